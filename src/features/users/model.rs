//! Validated values of a user's profile.

use std::fmt;

use crate::clock::find_zone;
use crate::visible_text::{count_letters, visible_line};

pub(super) const LONGEST_EMAIL: usize = 254;
/// Field of the input that holds the code of an invitation.
pub(super) const INVITATION: &str = "invitation";
const LONGEST_NAME: usize = 100;
const LONGEST_LANGUAGE_TAG: usize = 35;

/// A value that was wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The input's field.
    pub field: &'static str,
    /// The fault, and a correct form.
    pub message: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.message)
    }
}

impl Mistake {
    pub(super) fn new(field: &'static str, message: impl Into<String>) -> Self {
        Self {
            field,
            message: message.into(),
        }
    }
}

/// An e-mail address without the space around it. Whether mail arrives there is another question.
pub(super) fn parse_email(text: &str) -> Result<String, Mistake> {
    let email = text.trim();
    let wrong = |why: &str| {
        let message = format!("this is not an e-mail address: {why}; write one like alice@example.org");
        Err(Mistake::new("email", message))
    };
    if email.len() > LONGEST_EMAIL {
        return wrong("it is longer than 254 bytes");
    }
    let Some((local, domain)) = email.rsplit_once('@') else {
        return wrong("it has no @");
    };
    let is_odd = |c: char| c.is_whitespace() || c.is_control() || "@,;:<>()[]\\\"".contains(c);
    if local.is_empty() || local.len() > 64 || local.contains(is_odd) {
        return wrong("the part before the @ is empty, too long, or has a character that cannot be there");
    }
    let is_label = |label: &str| {
        let inner = |c: char| c.is_alphanumeric() || c == '-';
        !label.is_empty() && label.chars().all(inner) && !label.starts_with('-') && !label.ends_with('-')
    };
    let is_host = domain == "localhost" || domain.contains('.');
    if !is_host || !domain.split('.').all(is_label) {
        return wrong("the part after the @ is not a domain");
    }
    Ok(email.to_owned())
}

/// The form in which e-mail addresses are compared, everywhere: two are one when they differ in the space around them and
/// the case of ASCII letters only. The database's index on addresses says the same.
pub(super) fn email_key(email: &str) -> String {
    email.trim().to_ascii_lowercase()
}

/// A name to show: one line of visible letters; one without any is none.
pub(super) fn parse_display_name(text: &str) -> Result<Option<String>, Mistake> {
    let name = visible_line(text, usize::MAX);
    let letters = name.as_deref().map_or(0, count_letters);
    if letters > LONGEST_NAME {
        let message = format!("the name has {letters} letters; at most {LONGEST_NAME} are possible");
        return Err(Mistake::new("displayName", message));
    }
    Ok(name)
}

/// A well-formed BCP 47 language tag.
pub(super) fn parse_locale(text: &str) -> Result<String, Mistake> {
    let mut subtags = text.split('-');
    let is_language =
        |tag: &str| (2..=8).contains(&tag.len()) && tag.bytes().all(|b| b.is_ascii_alphabetic());
    let is_subtag =
        |tag: &str| (1..=8).contains(&tag.len()) && tag.bytes().all(|b| b.is_ascii_alphanumeric());
    let is_tag = text.len() <= LONGEST_LANGUAGE_TAG
        && subtags.next().is_some_and(is_language)
        && subtags.all(is_subtag);
    if is_tag {
        Ok(text.to_owned())
    } else {
        let message = "this is not a language tag of BCP 47; write one like en or pt-BR";
        Err(Mistake::new("locale", message))
    }
}

/// A zone of the IANA time zone database.
pub(super) fn parse_time_zone(text: &str) -> Result<String, Mistake> {
    let zone = find_zone(text.trim()).ok_or_else(|| {
        let message = "this is not a time zone of the IANA database; write one like Europe/Berlin or UTC";
        Mistake::new("timeZone", message)
    })?;
    Ok(zone.name().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e_mail_addresses_are_told_from_other_text() {
        for good in [
            "alice@example.org",
            " a.b+c@mail.example.co.uk ",
            "ünï@exämple.de",
            "me@localhost",
        ] {
            assert_eq!(parse_email(good).as_deref(), Ok(good.trim()));
        }
        for bad in [
            "",
            "alice",
            "@example.org",
            "alice@",
            "alice@example",
            "a b@example.org",
            "a@b@example.org",
            "a@-example.org",
            "a@example..org",
            "a@example.org\r\nBcc: b@example.org",
        ] {
            let mistake = parse_email(bad).unwrap_err();
            assert!(mistake.message.contains("alice@example.org"), "{bad}");
        }
        assert!(parse_email(&format!("a@{}.org", "x".repeat(260))).is_err());
    }

    #[test]
    fn a_display_name_is_one_visible_line_and_bounded() {
        assert_eq!(parse_display_name("  Zoë  "), Ok(Some("Zoë".to_owned())));
        assert_eq!(parse_display_name("  "), Ok(None));
        assert_eq!(parse_display_name(&"ö".repeat(100)), Ok(Some("ö".repeat(100))));
        assert!(
            parse_display_name(&"ö".repeat(101))
                .unwrap_err()
                .message
                .contains("101")
        );
        assert_eq!(parse_display_name("\u{3164}\u{200B}"), Ok(None));
        assert_eq!(
            parse_display_name("\u{202E}two\nlines"),
            Ok(Some("two lines".to_owned()))
        );
        let family = "👨‍👩‍👧‍👦".repeat(100);
        assert_eq!(parse_display_name(&family), Ok(Some(family)));
    }

    #[test]
    fn languages_and_zones_are_told_from_other_text() {
        for good in ["en", "pt-BR", "zh-Hant-TW", "sr-Latn", "de-CH-1996"] {
            assert!(parse_locale(good).is_ok(), "{good}");
        }
        for bad in ["", "e", "en_US", "en-", "1n", "english please"] {
            assert!(parse_locale(bad).is_err(), "{bad}");
        }
        for text in ["Europe/Berlin", "europe/berlin", " EUROPE/BERLIN"] {
            assert_eq!(parse_time_zone(text), Ok("Europe/Berlin".to_owned()), "{text}");
        }
        for bad in ["", "Berlin", "+02:00", "Mars/Olympus"] {
            assert!(parse_time_zone(bad).is_err(), "{bad}");
        }
    }
}
