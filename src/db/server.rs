//! The PostgreSQL of the configuration: the operator's, or AMDA's own.

use secrecy::SecretString;

use super::embedded::{self, Embedded, EmbeddedError};
use crate::config::DatabaseConfig;

/// A PostgreSQL server with a known address, started by this process or by another.
#[derive(Debug)]
pub struct Server {
    url: SecretString,
    /// The server that this process started and has to stop.
    own: Option<Embedded>,
}

impl Server {
    /// Starts AMDA's own PostgreSQL if that is configured, for as long as the server runs.
    ///
    /// # Errors
    /// [`EmbeddedError`] when it does not start; [`EmbeddedError::InUse`] when another AMDA serves from the same
    /// folder.
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

    /// Connects one command: uses AMDA's own PostgreSQL if another process runs it, and starts it otherwise.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub async fn reach(config: &DatabaseConfig) -> Result<Self, EmbeddedError> {
        match Self::running(config) {
            Some(server) => Ok(server),
            None => Self::start(config).await,
        }
    }

    /// The server, if it runs already. One of the operator's is taken to run, and may not answer.
    pub fn running(config: &DatabaseConfig) -> Option<Self> {
        let url = match config {
            DatabaseConfig::Url(url) => url.clone(),
            DatabaseConfig::Embedded(config) => embedded::running_url(config)?.into(),
        };
        Some(Self { url, own: None })
    }

    /// The URL to connect as the role that owns the tables.
    pub fn url(&self) -> &SecretString {
        &self.url
    }

    /// Stops the server if this process started it. Call it when nothing uses the server any more.
    ///
    /// # Errors
    /// [`EmbeddedError`] when it cannot be stopped.
    pub async fn stop(self) -> Result<(), EmbeddedError> {
        match self.own {
            Some(own) => own.stop().await,
            None => Ok(()),
        }
    }
}
