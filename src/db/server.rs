//! The PostgreSQL of the configuration: the operator's, or AMDA's own.

use super::embedded::{self, Embedded, EmbeddedError};
use crate::config::{DatabaseConfig, DatabaseUrls};

/// A PostgreSQL server with a known address, started by this process or by another.
#[derive(Debug)]
pub struct Server {
    urls: DatabaseUrls,
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
            DatabaseConfig::Urls(urls) => Ok(Self {
                urls: urls.clone(),
                own: None,
            }),
            DatabaseConfig::Embedded(config) => {
                let own = Embedded::start(config).await?;
                Ok(Self {
                    urls: own.urls(),
                    own: Some(own),
                })
            }
        }
    }

    /// Connects one command: uses AMDA's own PostgreSQL if another process runs it, and starts it otherwise. Creates no
    /// database: a command that looks at one must not make one where the folder's name is wrong.
    ///
    /// # Errors
    /// [`EmbeddedError::Missing`] when there is no database, and as [`Server::start`].
    pub async fn reach(config: &DatabaseConfig) -> Result<Self, EmbeddedError> {
        match config {
            DatabaseConfig::Embedded(config) if !embedded::exists(config) => Err(EmbeddedError::Missing {
                folder: config.folder.clone(),
            }),
            _ => Self::reach_or_create(config).await,
        }
    }

    /// As [`Server::reach`], and creates the database if there is none.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub async fn reach_or_create(config: &DatabaseConfig) -> Result<Self, EmbeddedError> {
        match Self::running(config) {
            Some(server) => Ok(server),
            None => Self::start(config).await,
        }
    }

    /// The server, if it runs already. One of the operator's is taken to run, and may not answer.
    pub fn running(config: &DatabaseConfig) -> Option<Self> {
        let urls = match config {
            DatabaseConfig::Urls(urls) => urls.clone(),
            DatabaseConfig::Embedded(config) => embedded::running_urls(config)?,
        };
        Some(Self { urls, own: None })
    }

    /// The URLs of the server's role and of the owner of the tables.
    pub fn urls(&self) -> &DatabaseUrls {
        &self.urls
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
