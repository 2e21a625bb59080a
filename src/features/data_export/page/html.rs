//! The words of the page.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};

/// The look of the page.
const STYLE: &str = "
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 0 auto; padding: 1.5rem; }
h1, h2 { line-height: 1.2; }
h2 { margin-top: 3rem; }
nav a { margin-right: 1rem; }
article { border-top: 1px solid #8886; padding: .75rem 0; overflow-wrap: anywhere; }
article header { font-size: .875rem; opacity: .8; }
article p { margin: .25rem 0; white-space: pre-wrap; }
article p.earlier { opacity: .6; }
img, video { display: block; max-width: 100%; max-height: 24rem; margin-top: .5rem; }
";
/// The page loads the pictures beside it and nothing else.
const POLICY: &str =
    "default-src 'none'; img-src 'self' file:; media-src 'self' file:; style-src 'unsafe-inline'";

/// An item of a section.
#[derive(Debug, Default)]
pub(super) struct Item {
    /// The time, in ISO 8601.
    pub(super) at: String,
    /// The name of the contact.
    pub(super) who: String,
    /// The words, the oldest wording first.
    pub(super) wordings: Vec<String>,
    /// The path of the file in the archive.
    pub(super) file: Option<String>,
    /// The path of its thumbnail.
    pub(super) thumbnail: Option<String>,
    /// A remark.
    pub(super) note: Option<String>,
}

/// The beginning of the page, with links to its sections.
pub(super) fn head(at: DateTime<Utc>, sections: &[(&str, &str)]) -> String {
    let at = at.format("%-d %B %Y, %H:%M UTC");
    let mut links = String::new();
    for (id, title) in sections {
        let _ = write!(links, "<a href=\"#{}\">{}</a>", escape(id), escape(title));
    }
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <title>AMDA export</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
         <h1>What AMDA keeps of you</h1>\n<p>Exported on {at}. Your browser searches this page; all rows are in the folder \
         <a href=\"data/\">data</a>.</p>\n<nav>{links}</nav>\n"
    )
}

/// The end of the page.
pub(super) fn foot() -> &'static str {
    "</body>\n</html>\n"
}

/// The beginning of a section.
pub(super) fn begin_section(id: &str, title: &str) -> String {
    format!("<section id=\"{}\">\n<h2>{}</h2>\n", escape(id), escape(title))
}

/// The end of a section, which may have no items.
pub(super) fn end_section(is_empty: bool) -> &'static str {
    if is_empty {
        "<p>There are none.</p>\n</section>\n"
    } else {
        "</section>\n"
    }
}

/// An item of a section.
pub(super) fn item(item: &Item) -> String {
    let mut text = format!(
        "<article>\n<header><strong>{}</strong> · <time datetime=\"{at}\">{}</time>",
        escape(&item.who),
        escape(&readable(&item.at)),
        at = escape(&item.at),
    );
    if let Some(note) = &item.note {
        let _ = write!(text, " · {}", escape(note));
    }
    text.push_str("</header>\n");
    let newest = item.wordings.len().saturating_sub(1);
    for (at, wording) in item.wordings.iter().enumerate() {
        let class = if at < newest { " class=\"earlier\"" } else { "" };
        let _ = writeln!(text, "<p{class}>{}</p>", escape(wording));
    }
    text.push_str(&media(item.file.as_deref(), item.thumbnail.as_deref()));
    text.push_str("</article>\n");
    text
}

/// The file as browsers show it, else a link to it; without a file, its thumbnail.
fn media(file: Option<&str>, thumbnail: Option<&str>) -> String {
    let Some(file) = file else {
        return thumbnail.map(picture).unwrap_or_default();
    };
    let suffix = file.rsplit_once('.').map_or("", |(_, suffix)| suffix);
    let path = escape(file);
    match suffix {
        "jpg" | "png" | "gif" | "webp" => picture(file),
        "mp4" | "3gp" | "ogv" => format!("<video controls preload=\"none\" src=\"{path}\"></video>\n"),
        "aac" | "amr" | "m4a" | "mp3" | "ogg" | "wav" | "webm" => {
            format!("<audio controls preload=\"none\" src=\"{path}\"></audio>\n")
        }
        _ => format!("<p><a href=\"{path}\">{path}</a></p>\n"),
    }
}

fn picture(path: &str) -> String {
    format!("<img loading=\"lazy\" alt=\"\" src=\"{}\">\n", escape(path))
}

/// A time without its seconds: `2026-11-24 12:00`.
fn readable(at: &str) -> String {
    let minutes: String = at.chars().take(16).collect();
    minutes.replace('T', " ")
}

/// Text as it may stand between tags and in quoted attributes.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_strangers_wrote_is_never_markup() {
        let text = item(&Item {
            who: "<script>alert(1)</script>".to_owned(),
            wordings: vec!["a \"b\" & 'c' <img src=x onerror=alert(1)>".to_owned()],
            note: Some("\"><b>".to_owned()),
            ..Item::default()
        });

        assert!(
            !text.contains("<script") && !text.contains("<img") && !text.contains("<b>"),
            "{text}"
        );
        assert!(text.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), "{text}");
        assert!(text.contains("a &quot;b&quot; &amp; &#39;c&#39;"), "{text}");
    }

    #[test]
    fn a_file_is_shown_by_its_suffix_and_earlier_wordings_stand_above_the_last() {
        let text = item(&Item {
            at: "2026-11-24T12:00:01+00:00".to_owned(),
            wordings: vec!["helo".to_owned(), "hello".to_owned()],
            file: Some("media/1.mp4".to_owned()),
            ..Item::default()
        });

        assert!(text.contains(">2026-11-24 12:00<"), "{text}");
        assert!(
            text.contains("<p class=\"earlier\">helo</p>\n<p>hello</p>"),
            "{text}"
        );
        assert!(
            text.contains("<video controls preload=\"none\" src=\"media/1.mp4\">"),
            "{text}"
        );
    }
}
