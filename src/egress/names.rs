use std::fmt::Debug;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use async_trait::async_trait;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use thiserror::Error;

use super::Reach;
use super::address::{is_loopback, is_public};

/// Where names lead: the operating system's answer, or a test's.
#[async_trait]
pub trait Names: Debug + Send + Sync {
    /// The addresses of `name`.
    ///
    /// # Errors
    /// When they cannot be found out.
    async fn look_up(&self, name: &str) -> io::Result<Vec<IpAddr>>;
}

/// As the operating system answers.
#[derive(Debug, Clone, Copy)]
pub struct SystemNames;

#[async_trait]
impl Names for SystemNames {
    async fn look_up(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        let found = tokio::net::lookup_host((name, 0)).await?;
        Ok(found.map(|address| address.ip()).collect())
    }
}

/// Why a name leads nowhere that may be called.
#[derive(Debug, Error)]
pub(super) enum NameError {
    /// It is not known.
    #[error("{name} is not known")]
    Unknown {
        name: String,
        #[source]
        cause: io::Error,
    },
    /// It leads to this machine or its network alone.
    #[error("{name} does not lead to the public internet")]
    NotPublic { name: String },
}

/// Answers the client with those addresses of a name that may be called, and it connects to no other.
#[derive(Debug, Clone)]
pub(super) struct CheckedNames {
    reach: Reach,
    names: Arc<dyn Names>,
}

impl CheckedNames {
    pub(super) fn new(reach: Reach, names: Arc<dyn Names>) -> Self {
        Self { reach, names }
    }

    async fn look_up(&self, name: String) -> Result<Vec<SocketAddr>, NameError> {
        let found = match self.names.look_up(&name).await {
            Ok(found) => found,
            Err(cause) => return Err(NameError::Unknown { name, cause }),
        };
        let may_be_called = |address: &IpAddr| {
            is_public(*address) || self.reach == Reach::PublicAndLoopback && is_loopback(*address)
        };
        let checked: Vec<_> = found
            .into_iter()
            .filter(may_be_called)
            .map(|address| SocketAddr::new(address, 0))
            .collect();
        if checked.is_empty() {
            return Err(NameError::NotPublic { name });
        }
        Ok(checked)
    }
}

impl Resolve for CheckedNames {
    fn resolve(&self, name: Name) -> Resolving {
        let (names, name) = (self.clone(), name.as_str().to_owned());
        Box::pin(async move {
            let checked = names.look_up(name).await?;
            Ok(Box::new(checked.into_iter()) as Addrs)
        })
    }
}
