//! Reads a mail as a mail program does: unfolds and decodes headers, takes parts apart, decodes bodies.

use data_encoding::BASE64;

/// A mail, or a part of one.
#[derive(Debug, Clone)]
pub(crate) struct Parsed {
    headers: Vec<(String, String)>,
    /// The decoded body; empty when there are parts.
    pub(crate) body: String,
    /// The parts in their order.
    pub(crate) parts: Vec<Parsed>,
}

impl Parsed {
    /// Reads a mail with CRLF line ends.
    pub(crate) fn of(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
        let unfolded = head.replace("\r\n ", " ").replace("\r\n\t", " ");
        let headers: Vec<(String, String)> = unfolded
            .split("\r\n")
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), decode_words(value.trim())))
            .collect();
        let mut parsed = Self {
            headers,
            body: String::new(),
            parts: Vec::new(),
        };
        match parsed.boundary() {
            Some(boundary) => parsed.parts = parts(body, &boundary),
            None => parsed.body = decode_body(body, parsed.find("content-transfer-encoding")),
        }
        parsed
    }

    /// A header that there must be, and once.
    pub(crate) fn header(&self, name: &str) -> &str {
        let found: Vec<_> = self.headers.iter().filter(|(known, _)| known == name).collect();
        assert_eq!(found.len(), 1, "{name} in {:#?}", self.headers);
        &found[0].1
    }

    fn find(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value.as_str())
    }

    fn boundary(&self) -> Option<String> {
        let kind = self.find("content-type");
        let (_, rest) = kind
            .starts_with("multipart/")
            .then(|| kind.split_once("boundary=\""))??;
        Some(rest.split_once('"')?.0.to_owned())
    }
}

fn parts(body: &str, boundary: &str) -> Vec<Parsed> {
    let delimiter = format!("--{boundary}");
    let pieces: Vec<&str> = body.split(&delimiter).collect();
    assert!(
        pieces.last().unwrap().starts_with("--"),
        "the last part is closed"
    );
    let inner = pieces[1..pieces.len() - 1].iter();
    inner
        .map(|piece| Parsed::of(piece.trim_start_matches("\r\n").strip_suffix("\r\n").unwrap()))
        .collect()
}

fn decode_body(body: &str, encoding: &str) -> String {
    let text = match encoding {
        "quoted-printable" => unquote(&body.replace("=\r\n", "")),
        "base64" => String::from_utf8(BASE64.decode(body.replace("\r\n", "").as_bytes()).unwrap()).unwrap(),
        "7bit" | "8bit" => body.to_owned(),
        other => panic!("no mail program reads {other:?}"),
    };
    text.replace("\r\n", "\n")
}

/// Decodes the encoded words of a header.
fn decode_words(value: &str) -> String {
    let mut out = String::new();
    let mut rest = value;
    let mut was_encoded = false;
    while let Some((before, after)) = rest.split_once("=?utf-8?") {
        // White space between two encoded words is none.
        if !(was_encoded && before.trim().is_empty()) {
            out.push_str(before);
        }
        let (how, after) = after.split_once('?').unwrap();
        let (word, after) = after.split_once("?=").unwrap();
        out.push_str(&match how {
            "b" | "B" => String::from_utf8(BASE64.decode(word.as_bytes()).unwrap()).unwrap(),
            "q" | "Q" => unquote(&word.replace('_', " ")),
            other => panic!("no mail program reads {other:?}"),
        });
        rest = after;
        was_encoded = true;
    }
    out + rest
}

fn unquote(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        if *first == b'=' {
            let digits = std::str::from_utf8(&after[..2]).unwrap();
            bytes.push(u8::from_str_radix(digits, 16).unwrap());
            rest = &after[2..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8(bytes).unwrap()
}
