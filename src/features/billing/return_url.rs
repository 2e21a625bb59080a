//! The addresses to which buyers are sent back: pages of known origins alone, so that a link to Stripe leads nowhere else.

use thiserror::Error;
use url::{Origin, Url};

/// Maximum length of an address, in characters.
const MAX_CHARS: usize = 2048;

/// Mistake in an address to which a buyer is to be sent back.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ReturnUrlMistake {
    /// The text is not an address.
    #[error("this is not a web address; one looks like https://example.org/path")]
    NotAnAddress,
    /// The address is too long.
    #[error("the address has {0} characters; at most {MAX_CHARS} are possible")]
    TooLong(usize),
    /// It holds a character that browsers and servers read differently.
    #[error("the address holds a space, a backslash or a control character; percent-encode it")]
    Character,
    /// The address holds a user name or a password.
    #[error("the address holds a user name or password; give it without them")]
    Credentials,
    /// The page belongs to nobody known.
    #[error("buyers are not sent back to {origin}; the server's operator allows {}", .allowed.join(", "))]
    Origin {
        /// Its origin.
        origin: String,
        /// Those that are allowed.
        allowed: Vec<String>,
    },
}

/// Parses an address of a page of one of `origins`.
pub(super) fn parse(text: &str, origins: &[String]) -> Result<String, ReturnUrlMistake> {
    let length = text.chars().count();
    if length > MAX_CHARS {
        return Err(ReturnUrlMistake::TooLong(length));
    }
    // The parser drops some of these, and reads a backslash as a slash.
    if text
        .chars()
        .any(|c| c.is_control() || c.is_whitespace() || c == '\\')
    {
        return Err(ReturnUrlMistake::Character);
    }
    let url = Url::parse(text).map_err(|_| ReturnUrlMistake::NotAnAddress)?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(ReturnUrlMistake::Credentials);
    }
    let origin = url.origin();
    let is_known = |known: &String| Url::parse(known).is_ok_and(|known| known.origin() == origin);
    // The origin of another scheme is equal to none, not even to itself.
    if matches!(origin, Origin::Opaque(_)) || !url.has_host() || !origins.iter().any(is_known) {
        return Err(ReturnUrlMistake::Origin {
            origin: shown(&url),
            allowed: origins.to_vec(),
        });
    }
    Ok(url.into())
}

/// The origin as its reader wrote it.
fn shown(url: &Url) -> String {
    match url.origin() {
        Origin::Opaque(_) => format!("addresses of {}:", url.scheme()),
        origin @ Origin::Tuple(..) => origin.ascii_serialization(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origins() -> Vec<String> {
        ["https://app.example", "http://localhost:5173"]
            .map(str::to_owned)
            .to_vec()
    }

    fn mistake(text: &str) -> ReturnUrlMistake {
        parse(text, &origins()).unwrap_err()
    }

    #[test]
    fn a_page_of_a_known_origin_is_taken_with_its_query() {
        for (text, taken) in [
            ("https://app.example", "https://app.example/"),
            (
                "https://APP.example:443/done?a=b#c",
                "https://app.example/done?a=b#c",
            ),
            (
                "https://app.example/done?session={CHECKOUT_SESSION_ID}",
                "https://app.example/done?session={CHECKOUT_SESSION_ID}",
            ),
            ("http://localhost:5173/plans", "http://localhost:5173/plans"),
        ] {
            assert_eq!(parse(text, &origins()).as_deref(), Ok(taken), "{text}");
        }
    }

    #[test]
    fn a_page_of_another_origin_is_refused_however_it_is_written() {
        for text in [
            "https://evil.example/",
            "http://app.example/",
            "https://app.example:8443/",
            "https://app.example.evil.example/",
            "https://evil.example/https://app.example/",
            "https://evil.example?https://app.example",
            "https://app.example./",
            "http://localhost:5174/",
            "http://127.0.0.1:5173/",
            "javascript:alert(1)//https://app.example",
            "data:text/html,https://app.example",
            "file:///app.example",
            "ftp://app.example/",
            "blob:https://app.example/1",
            "app.example:443/",
        ] {
            assert!(
                matches!(mistake(text), ReturnUrlMistake::Origin { .. }),
                "{text}: {:?}",
                mistake(text)
            );
        }
    }

    #[test]
    fn what_browsers_and_servers_read_differently_is_refused() {
        for text in [
            "https://app.example\\@evil.example/",
            "https:\\\\evil.example",
            "https://app.example\t.evil.example/",
            " https://app.example/",
            "https://app.example/a b",
            "https://app.example/\u{0}",
            "https://app.example/\u{2028}",
        ] {
            assert_eq!(mistake(text), ReturnUrlMistake::Character, "{text:?}");
        }
        for text in ["https://app.example@evil.example/", "https://a:b@app.example/"] {
            assert_eq!(mistake(text), ReturnUrlMistake::Credentials, "{text}");
        }
        for text in ["", "/done", "//app.example/", "https://", "nonsense"] {
            assert_eq!(mistake(text), ReturnUrlMistake::NotAnAddress, "{text}");
        }
        let long = format!("https://app.example/{}", "x".repeat(MAX_CHARS));
        assert!(matches!(mistake(&long), ReturnUrlMistake::TooLong(_)));
    }
}
