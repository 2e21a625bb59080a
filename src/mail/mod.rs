//! Mail to users: one letter at a time, by SMTP or, where no server is configured, by a line in the log that says that
//! there would have been one.
//!
//! A letter's id is chosen by whoever writes it, before it is sent, and becomes its `Message-ID`: a letter that is sent
//! again because nobody knows whether it was sent is the same letter. Nothing here decides whether to send, or when.
//! Neither what a letter says nor whom it is for is ever logged, nor what a server says of it, for that repeats both.

mod error;
mod letter;
mod smtp;

pub use error::MailError;
pub use letter::Letter;
pub use smtp::Smtp;

use tracing::info;

use crate::config::MailConfig;

/// Sends letters. Cheap to clone.
#[derive(Debug, Clone)]
pub enum Mailer {
    /// By the operator's mail server.
    Smtp(Smtp),
    /// Nowhere: there is a line in the log for each.
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

    /// Sends a letter; returns when the server took it.
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

    /// Connects and introduces itself, as far as a server is configured, and sends nothing.
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
