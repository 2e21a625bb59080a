use std::fmt::Debug;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use async_trait::async_trait;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use thiserror::Error;

use super::Reach;
use super::address::{is_loopback, is_public};

/// Name resolution: by the operating system, or by a test.
#[async_trait]
pub trait Names: Debug + Send + Sync {
    /// The addresses of `name`.
    ///
    /// # Errors
    /// When the look-up fails.
    async fn look_up(&self, name: &str) -> io::Result<Vec<IpAddr>>;
}

/// Name resolution by the operating system.
#[derive(Debug, Clone, Copy)]
pub struct SystemNames;

#[async_trait]
impl Names for SystemNames {
    async fn look_up(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        let found = tokio::net::lookup_host((name, 0)).await?;
        Ok(found.map(|address| address.ip()).collect())
    }
}

/// Refusal of a name. It does not repeat the name: addresses are stored encrypted, and their errors are not.
#[derive(Debug, Error)]
pub(super) enum NameError {
    /// The name is not known.
    #[error("the name is not known")]
    Unknown(#[source] io::Error),
    /// The name leads only to this machine or its network.
    #[error("the name does not lead to the public internet")]
    NotPublic,
}

/// Gives the HTTP client only those addresses of a name that may be called; it connects to no other.
#[derive(Debug, Clone)]
pub(super) struct CheckedNames {
    reach: Reach,
    names: Arc<dyn Names>,
}

impl CheckedNames {
    pub(super) fn new(reach: Reach, names: Arc<dyn Names>) -> Self {
        Self { reach, names }
    }

    async fn look_up(&self, name: &str) -> Result<Vec<SocketAddr>, NameError> {
        let found = self.names.look_up(name).await.map_err(NameError::Unknown)?;
        let may_be_called = |address: &IpAddr| match self.reach {
            Reach::Public => is_public(*address),
            Reach::PublicAndLoopback => is_public(*address) || is_loopback(*address),
            Reach::Configured | Reach::OwnNetwork => true,
        };
        let checked: Vec<_> = found
            .into_iter()
            .filter(may_be_called)
            .map(|address| SocketAddr::new(address, 0))
            .collect();
        if checked.is_empty() {
            return Err(NameError::NotPublic);
        }
        Ok(checked)
    }
}

impl Resolve for CheckedNames {
    fn resolve(&self, name: Name) -> Resolving {
        let names = self.clone();
        Box::pin(async move {
            let checked = names.look_up(name.as_str()).await?;
            Ok(Box::new(checked.into_iter()) as Addrs)
        })
    }
}
