//! The PostgreSQL that the configuration means: the operator's, or AMDA's own.

use secrecy::SecretString;

use super::embedded::{self, Embedded, EmbeddedError};
use crate::config::DatabaseConfig;

/// A PostgreSQL that answers, or at least has an address.
#[derive(Debug)]
pub struct Server {
    url: SecretString,
    /// The one that we started and have to stop.
    own: Option<Embedded>,
}

impl Server {
    /// For the server's life: starts AMDA's own PostgreSQL if that is what is configured.
    ///
    /// # Errors
    /// Why it does not start; among that [`EmbeddedError::InUse`] when another AMDA serves from the same folder.
    pub async fn start(config: &DatabaseConfig) -> Result<Self, EmbeddedError> {
        match config {
            DatabaseConfig::Url(url) => Ok(Self {
                url: url.clone(),
                own: None,
            }),
            DatabaseConfig::Embedded(config) => {
                let own = Embedded::start(config).await?;
                Ok(Self {
                    url: own.url().into(),
                    own: Some(own),
                })
            }
        }
    }

    /// For one command: uses AMDA's own PostgreSQL if another process runs it, and starts it otherwise.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub async fn reach(config: &DatabaseConfig) -> Result<Self, EmbeddedError> {
        match Self::running(config) {
            Some(server) => Ok(server),
            None => Self::start(config).await,
        }
    }

    /// The server if it needs no starting. One with an address of its own may still not answer.
    pub fn running(config: &DatabaseConfig) -> Option<Self> {
        let url = match config {
            DatabaseConfig::Url(url) => url.clone(),
            DatabaseConfig::Embedded(config) => embedded::running_url(config)?.into(),
        };
        Some(Self { url, own: None })
    }

    /// Where to connect as the role that owns the tables.
    pub fn url(&self) -> &SecretString {
        &self.url
    }

    /// Stops the server if it is our own. Call it when nothing uses it any more.
    ///
    /// # Errors
    /// When it cannot be stopped.
    pub async fn stop(self) -> Result<(), EmbeddedError> {
        match self.own {
            Some(own) => own.stop().await,
            None => Ok(()),
        }
    }
}
