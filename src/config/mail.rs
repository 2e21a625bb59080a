//! The operator's mail server.

use lettre::message::Mailbox;
use secrecy::SecretString;
use url::Url;

use super::loopback::names_this_machine;
use super::reader::{Reader, Setting};

const SMTP_URL: Setting = Setting::secret(
    "AMDA_SMTP_URL",
    "an SMTP address, such as smtps://user:password@host, smtp://user:password@host:587?tls=required, or smtp://host:25 \
     without a password",
);
const MAIL_FROM: Setting = Setting::new(
    "AMDA_MAIL_FROM",
    "an e-mail address, such as amda@example.org or AMDA <amda@example.org>",
);

/// The mail server and the sender of mails.
#[derive(Debug, Clone)]
pub struct MailConfig {
    /// The server, which may hold a password: `smtps` from the first byte encrypted, `smtp` as its `tls` says.
    pub smtp_url: SecretString,
    /// The sender of mails.
    pub from: Mailbox,
}

/// Reads the mail server; without one, mail is only logged.
pub(super) fn read(reader: &mut Reader) -> Option<MailConfig> {
    let smtp_url = reader.value(&SMTP_URL, None, smtp_url);
    let has_url = smtp_url.is_some() || reader.is_given(&SMTP_URL);
    let from: Option<Mailbox> = reader.value(&MAIL_FROM, None, |text| text.parse().ok());
    if has_url && from.is_none() && !reader.is_given(&MAIL_FROM) {
        reader.reject(
            &MAIL_FROM,
            format!(
                "it is missing, and with AMDA_SMTP_URL it must be {}",
                MAIL_FROM.expected()
            ),
        );
    }
    Some(MailConfig {
        smtp_url: smtp_url?,
        from: from?,
    })
}

/// Parses an SMTP address. A password is accepted only over an encrypted connection, or on this machine.
fn smtp_url(text: &str) -> Option<SecretString> {
    let url = Url::parse(text).ok()?;
    let tls = url.query_pairs().find(|(name, _)| name == "tls");
    let tls = tls.map(|(_, value)| value.into_owned());
    let is_encrypted = match (url.scheme(), tls.as_deref()) {
        ("smtps", None) | ("smtp", Some("required")) => true,
        ("smtp", None | Some("opportunistic")) => false,
        _ => return None,
    };
    let is_open = url.password().is_some() && !is_encrypted && !names_this_machine(&url);
    (url.has_host() && !is_open).then(|| SecretString::from(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_sent_in_the_open() {
        for good in [
            "smtps://user:pass@mail.example.org",
            "smtps://user:pass@mail.example.org:465",
            "smtp://user:pass@mail.example.org:587?tls=required",
            "smtp://mail.example.org:25",
            "smtp://mail.example.org?tls=opportunistic",
            "smtp://user:pass@127.0.0.1:1025",
            "smtp://user:pass@[::1]:1025",
            "smtp://user:pass@localhost:1025",
        ] {
            assert!(smtp_url(good).is_some(), "{good}");
        }
        for bad in [
            "smtp://user:pass@mail.example.org:25",
            "smtp://user:pass@mail.example.org?tls=opportunistic",
            "smtp://user:pass@localhost.example.org",
            "smtp://mail.example.org?tls=maybe",
            "https://mail.example.org",
            "mail.example.org:25",
            "smtp:",
            "",
        ] {
            assert!(smtp_url(bad).is_none(), "{bad}");
        }
    }
}
