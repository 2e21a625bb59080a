use chrono::{DateTime, Utc};
use lettre::Message;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use url::Url;
use uuid::Uuid;

use super::error::MailError;
use crate::id::UserId;

/// A mail to one user, as text and as HTML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// The source of its `Message-ID`; the same for each try.
    pub id: Uuid,
    /// The recipient.
    pub user: UserId,
    /// Its topic for the log; nothing private.
    pub about: &'static str,
    /// The recipient's e-mail address.
    pub to: String,
    /// The subject: one line.
    pub subject: String,
    /// The body as plain text.
    pub text: String,
    /// The body as a whole HTML page, escaped.
    pub html: String,
    /// The language, as a tag.
    pub language: &'static str,
    /// The link that unsubscribes from such mail with one click; none for mail that cannot be unsubscribed from.
    pub unsubscribe: Option<Url>,
    /// The time at which it was written.
    pub written_at: DateTime<Utc>,
}

impl Letter {
    /// Composes the message.
    ///
    /// # Errors
    /// [`MailError::Unwritable`].
    pub(super) fn write(&self, from: &Mailbox) -> Result<Message, MailError> {
        let unwritable = |error: lettre::error::Error| MailError::Unwritable(error.into());
        let to = self
            .to
            .parse()
            .map_err(|error: lettre::address::AddressError| MailError::Unwritable(error.into()))?;
        let message_id = format!("<{}@{}>", self.id.simple(), from.email.domain());
        let mut message = Message::builder()
            .from(from.clone())
            .to(Mailbox::new(None, to))
            .subject(&self.subject)
            .date(self.written_at.into())
            .message_id(Some(message_id))
            // Keeps automatic absence replies away.
            .raw_header(header("Auto-Submitted", "auto-generated"))
            .raw_header(header("Content-Language", self.language));
        if let Some(url) = &self.unsubscribe {
            message = message
                .raw_header(header("List-Unsubscribe", &format!("<{url}>")))
                .raw_header(header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"));
        }
        let both = MultiPart::alternative_plain_html(self.text.clone(), self.html.clone());
        message.multipart(both).map_err(unwritable)
    }
}

fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::clock::SystemClock;
    use crate::id::Ids;

    fn letter(to: &str, subject: &str) -> Letter {
        Letter {
            id: Uuid::from_u128(7),
            user: Ids::new(Arc::new(SystemClock)).next(),
            about: "TEST",
            to: to.to_owned(),
            subject: subject.to_owned(),
            text: "Olá".to_owned(),
            html: "<p>Olá</p>".to_owned(),
            language: "pt",
            unsubscribe: Some("https://amda.example/unsubscribe?token=abc".parse().unwrap()),
            written_at: "2026-11-24T12:00:00Z".parse().unwrap(),
        }
    }

    fn written(letter: &Letter) -> Result<String, MailError> {
        let message = letter.write(&"AMDA <amda@amda.example>".parse().unwrap())?;
        Ok(String::from_utf8(message.formatted()).unwrap())
    }

    #[test]
    fn a_letter_is_the_same_letter_at_each_try() {
        let letter = letter("ana@example.org", "Olá");

        let message_id = "Message-ID: <00000000000000000000000000000007@amda.example>";
        assert!(written(&letter).unwrap().contains(message_id));
        assert!(written(&letter).unwrap().contains(message_id));
    }

    #[test]
    fn a_line_break_in_a_subject_begins_no_header() {
        let wrong = letter("ana@example.org", "Hi\r\nBcc: eve@example.org");

        assert!(!written(&wrong).unwrap().contains("\nBcc:"));
    }

    #[test]
    fn an_address_that_is_none_makes_no_letter() {
        for to in ["ana", "ana@", "a@b\r\nBcc: eve@example.org", "<>"] {
            let error = written(&letter(to, "Olá")).unwrap_err();
            assert!(error.is_permanent(), "{to}");
        }
    }
}
