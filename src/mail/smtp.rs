use std::fmt;
use std::time::Duration;

use lettre::message::Mailbox;
use lettre::transport::smtp::PoolConfig;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use secrecy::ExposeSecret;

use super::error::MailError;
use super::letter::Letter;
use crate::config::MailConfig;

/// Time limit of each answer of the server.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(20);
/// Maximum number of open connections.
const MAX_CONNECTIONS: u32 = 4;

/// A connection pool to an SMTP server.
#[derive(Clone)]
pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Smtp {
    /// The operator's server.
    ///
    /// # Errors
    /// [`MailError::Misconfigured`].
    pub fn new(config: &MailConfig) -> Result<Self, MailError> {
        let url = config.smtp_url.expose_secret();
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
            .map_err(MailError::Misconfigured)?
            .timeout(Some(ANSWER_TIMEOUT))
            .pool_config(PoolConfig::new().max_size(MAX_CONNECTIONS))
            .build();
        Ok(Self {
            transport,
            from: config.from.clone(),
        })
    }

    pub(super) async fn send(&self, letter: &Letter) -> Result<(), MailError> {
        let message = letter.write(&self.from)?;
        self.transport.send(message).await?;
        Ok(())
    }

    pub(super) async fn check(&self) -> Result<(), MailError> {
        if self.transport.test_connection().await? {
            Ok(())
        } else {
            Err(MailError::NotAMailServer)
        }
    }
}

impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Smtp")
    }
}
