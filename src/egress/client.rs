use std::sync::Arc;
use std::time::Duration;

use reqwest::Client;
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use rustls::{ClientConfig, RootCertStore};
use tokio::time::Instant;
use url::Url;

use super::names::CheckedNames;
use super::{Failure, Names, Refusal, Reply, target};

/// Time for which an idle connection is kept for the next request.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);

/// The addresses that requests may go to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Public addresses, over https only.
    Public,
    /// Also this machine's own addresses, over http too; for development and tests.
    PublicAndLoopback,
    /// Every address over https, and this machine's own over http too: for addresses that the operator configured.
    Configured,
    /// Every address, over http too: for what the operator runs in a network of their own.
    OwnNetwork,
}

/// The timeouts of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// Time limit of the connection.
    pub connect: Duration,
    /// Time limit of everything: look-up, connection, request, and the response as far as it is read.
    pub total: Duration,
}

impl Timeouts {
    /// The timeouts in service.
    pub const USUAL: Self = Self {
        connect: Duration::from_secs(5),
        total: Duration::from_secs(10),
    };
}

/// An HTTP client for addresses of one [`Reach`]. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Egress {
    client: Client,
    reach: Reach,
}

impl Egress {
    /// A client for the addresses of `reach`, with these timeouts, that looks names up by `names`.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(reach: Reach, timeouts: Timeouts, names: Arc<dyn Names>) -> Result<Self, Failure> {
        let client = Client::builder()
            .tls_backend_preconfigured(tls()?)
            .dns_resolver(CheckedNames::new(reach, names))
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .referer(false)
            .connect_timeout(timeouts.connect)
            .timeout(timeouts.total)
            .pool_idle_timeout(IDLE_TIMEOUT)
            .user_agent(concat!("AMDA/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| Failure::of(&error))?;
        Ok(Self { client, reach })
    }

    /// Parses and checks an address as a user typed it.
    ///
    /// # Errors
    /// [`Refusal`], which says what would be right.
    pub fn check(&self, text: &str) -> Result<Url, Refusal> {
        target::read(text, self.reach)
    }

    /// Posts `body` once. Any response is a [`Reply`], whatever its status.
    ///
    /// # Errors
    /// [`Failure`] when there was no response.
    pub async fn post(
        &self,
        url: &Url,
        content_type: &str,
        headers: &[(&str, String)],
        body: Vec<u8>,
    ) -> Result<Reply, Failure> {
        // A stored address may have been allowed by another configuration.
        let url = self.check(url.as_str())?;
        let begun = Instant::now();
        let mut request = self.client.post(url).header(CONTENT_TYPE, content_type);
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let response = request
            .body(body)
            .send()
            .await
            .map_err(|error| Failure::of(&error))?;
        Ok(Reply::read(response, begun).await)
    }

    /// Gets a document once. Any response is a [`Reply`], whatever its status; a redirect is one too.
    ///
    /// # Errors
    /// [`Failure`] when there was no response.
    pub async fn get(&self, url: &Url) -> Result<Reply, Failure> {
        let url = self.check(url.as_str())?;
        let begun = Instant::now();
        let request = self.client.get(url).header(ACCEPT, "application/json");
        let response = request.send().await.map_err(|error| Failure::of(&error))?;
        Ok(Reply::read(response, begun).await)
    }
}

fn tls() -> Result<ClientConfig, Failure> {
    let mut roots = RootCertStore::empty();
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Failure::Tls(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(config)
}
