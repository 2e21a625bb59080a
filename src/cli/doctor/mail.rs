//! Check of the mail server.

use super::finding::Finding;
use crate::config::Config;
use crate::mail::{MailError, Mailer};

const MAIL: &str = "mail";

pub(super) async fn check(config: &Config) -> Finding {
    if config.mail.is_none() {
        return Finding::skipped(
            MAIL,
            "no server is configured (AMDA_SMTP_URL), so no mail is sent, and nobody resets a password by mail",
        );
    }
    match connect(config).await {
        Ok(()) => Finding::fine(
            MAIL,
            "the mail server takes our connection and our password, if there is one",
        ),
        Err(error) => Finding::failed(MAIL, &error),
    }
}

async fn connect(config: &Config) -> Result<(), MailError> {
    Mailer::new(config.mail.as_ref())?.check().await
}
