use tracing::info;

use super::{Letter, MailError, Smtp};
use crate::config::MailConfig;

/// Sends mails. Cheap to clone.
#[derive(Debug, Clone)]
pub enum Mailer {
    /// Sends by the operator's mail server.
    Smtp(Smtp),
    /// Sends nothing; logs a line for each mail.
    Log,
}

impl Mailer {
    /// A mailer as configured.
    ///
    /// # Errors
    /// [`MailError::Misconfigured`].
    pub fn new(config: Option<&MailConfig>) -> Result<Self, MailError> {
        match config {
            Some(config) => Smtp::new(config).map(Self::Smtp),
            None => Ok(Self::Log),
        }
    }

    /// Sends a mail; returns when the server accepted it.
    ///
    /// # Errors
    /// [`MailError`]; [`MailError::is_permanent`] says whether another try may help.
    pub async fn send(&self, letter: &Letter) -> Result<(), MailError> {
        match self {
            Self::Smtp(smtp) => smtp.send(letter).await,
            Self::Log => {
                let (user, about) = (letter.user, letter.about);
                info!(user.id = %user, mail.about = about, "no mail server is configured, so user {user} gets no mail about {about}");
                Ok(())
            }
        }
    }

    /// Connects and signs in to the configured server, if there is one; sends nothing.
    ///
    /// # Errors
    /// [`MailError`].
    pub async fn check(&self) -> Result<(), MailError> {
        match self {
            Self::Smtp(smtp) => smtp.check().await,
            Self::Log => Ok(()),
        }
    }
}
