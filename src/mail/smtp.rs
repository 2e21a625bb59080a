use std::fmt;
use std::time::Duration;

use lettre::message::Mailbox;
use lettre::transport::smtp::PoolConfig;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use secrecy::ExposeSecret;

use super::error::MailError;
use super::letter::Letter;
use crate::config::MailConfig;
use crate::telemetry;

/// How long the server may take for each answer.
const PATIENCE: Duration = Duration::from_secs(20);
/// How many connections are open at most.
const CONNECTIONS: u32 = 4;

/// A mail server, spoken to by SMTP.
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
            .map_err(|error| MailError::Misconfigured(telemetry::chain(&error)))?
            .timeout(Some(PATIENCE))
            .pool_config(PoolConfig::new().max_size(CONNECTIONS))
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
            Err(MailError::Misconfigured(
                "it does not answer as a mail server".to_owned(),
            ))
        }
    }
}

impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Smtp")
    }
}
