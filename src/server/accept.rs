//! The media type of a response, negotiated from `Accept`.

use axum::http::{HeaderMap, header};

/// Media type of a GraphQL response. It decides the status too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// `application/graphql-response+json`: the status says whether the operation was executed.
    Graphql,
    /// `application/json`: a well-formed request always gets 200.
    Json,
}

impl Format {
    /// The `Content-Type` header.
    pub(super) const fn content_type(self) -> &'static str {
        match self {
            Self::Graphql => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        }
    }

    /// The better of the two by `Accept`; none when it allows neither. A client without preference gets JSON, as
    /// clients older than the specification expect.
    pub(super) fn negotiate(headers: &HeaderMap) -> Option<Self> {
        let ranges = ranges(headers);
        if ranges.is_empty() {
            return Some(Self::Json);
        }
        let graphql = quality(&ranges, "application", "graphql-response+json");
        let json = quality(&ranges, "application", "json");
        let is_named = ranges
            .iter()
            .any(|range| range.subtype == "graphql-response+json");
        if graphql > 0.0 && (graphql > json || (is_named && graphql >= json)) {
            return Some(Self::Graphql);
        }
        (json > 0.0).then_some(Self::Json)
    }
}

/// True when a browser asks for a page: `Accept` names HTML, and does not prefer JSON to it.
pub(super) fn wants_page(headers: &HeaderMap) -> bool {
    let ranges = ranges(headers);
    let page = ranges
        .iter()
        .filter(|range| range.kind == "text" && range.subtype == "html")
        .map(|range| range.quality)
        .fold(0.0, f32::max);
    page > 0.0 && page >= quality(&ranges, "application", "json")
}

/// True when a client accepts a subscription's events as the parts of one response.
pub(super) fn accepts_multipart(headers: &HeaderMap) -> bool {
    ranges(headers)
        .iter()
        .any(|range| range.kind == "multipart" && range.subtype == "mixed" && range.quality > 0.0)
}

struct Range {
    kind: String,
    subtype: String,
    quality: f32,
}

fn ranges(headers: &HeaderMap) -> Vec<Range> {
    headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(parse)
        .collect()
}

fn parse(text: &str) -> Option<Range> {
    let mut parts = text.split(';').map(str::trim);
    let (kind, subtype) = parts.next()?.split_once('/')?;
    let quality = parts
        .filter_map(|parameter| parameter.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("q"))
        .map_or(Some(1.0), |(_, value)| value.trim().parse().ok())?;
    Some(Range {
        kind: kind.to_ascii_lowercase(),
        subtype: subtype.to_ascii_lowercase(),
        quality,
    })
}

/// The quality value of a type, by the most specific range that covers it; 0 when none does.
fn quality(ranges: &[Range], kind: &str, subtype: &str) -> f32 {
    let specificity = |range: &Range| match (range.kind.as_str(), range.subtype.as_str()) {
        (k, s) if k == kind && s == subtype => Some(2),
        (k, "*") if k == kind => Some(1),
        ("*", "*") => Some(0),
        _ => None,
    };
    ranges
        .iter()
        .filter_map(|range| Some((specificity(range)?, range.quality)))
        .max_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)))
        .map_or(0.0, |(_, quality)| quality)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepting(value: &str) -> HeaderMap {
        HeaderMap::from_iter([(header::ACCEPT, value.parse().unwrap())])
    }

    #[test]
    fn the_media_type_follows_the_quality_values() {
        let cases = [
            ("*/*", Some(Format::Json)),
            ("application/*", Some(Format::Json)),
            ("application/json", Some(Format::Json)),
            ("application/graphql-response+json", Some(Format::Graphql)),
            (
                "application/graphql-response+json, application/json;q=0.9",
                Some(Format::Graphql),
            ),
            (
                "application/graphql-response+json;q=0.5, application/json;q=0.9",
                Some(Format::Json),
            ),
            (
                "application/json, application/graphql-response+json",
                Some(Format::Graphql),
            ),
            ("application/json;q=0, */*", Some(Format::Graphql)),
            ("APPLICATION/JSON; charset=utf-8; q=0.2", Some(Format::Json)),
            ("text/html", None),
            ("application/json;q=0", None),
        ];

        for (accept, wanted) in cases {
            assert_eq!(Format::negotiate(&accepting(accept)), wanted, "{accept}");
        }
        assert_eq!(Format::negotiate(&HeaderMap::new()), Some(Format::Json));
    }

    #[test]
    fn only_a_browser_gets_a_page() {
        assert!(wants_page(&accepting(
            "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
        )));
        assert!(!wants_page(&accepting("*/*")));
        assert!(!wants_page(&accepting("application/json, text/html;q=0.5")));
    }
}
