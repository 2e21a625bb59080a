//! HTTP to addresses that users give: webhooks' receivers and browsers' push services.
//!
//! ```text
//! Egress::check (what was typed) -> kept;  Egress::post -> check again -> look the name up -> only public addresses
//!       -> TLS -> status and the first of the body
//! ```
//!
//! Whoever types an address here makes this server call it, so it must never lead to what only this server can reach:
//! its own machine, its network, its cloud's metadata. A name is looked up by us, and only the very addresses that were
//! checked are connected to, so that no second look-up can answer otherwise. Redirects are not followed, proxies of the
//! environment are not used, and neither time nor size of an answer is up to the other side.

mod address;
mod failure;
mod names;
mod target;

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Client, Response};
use rustls::{ClientConfig, RootCertStore};
use tokio::time::Instant;
use url::Url;

pub use address::is_public;
pub use failure::Failure;
pub use names::{Names, SystemNames};
pub use target::Refusal;

use names::CheckedNames;

/// How much of an answer is read; the rest is dropped.
pub const MOST_READ_BYTES: usize = 64 << 10;
/// How long a connection is kept for the next request.
const KEPT_OPEN: Duration = Duration::from_secs(30);

/// How far a request may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Public addresses over https alone.
    Public,
    /// Also this machine's own addresses, over http too: for development and tests.
    PublicAndLoopback,
}

/// How long the other side is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// Until there is a connection.
    pub connect: Duration,
    /// For everything: the look-up, the connection, the request, and the answer as far as it is read.
    pub whole: Duration,
}

impl Patience {
    /// As it is in service.
    pub const USUAL: Self = Self {
        connect: Duration::from_secs(5),
        whole: Duration::from_secs(10),
    };
}

/// Calls addresses that users give. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Egress {
    client: Client,
    reach: Reach,
}

/// What was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The `Retry-After` header as it came; [`Reply::retry_at`] reads it.
    pub retry_after: Option<String>,
    /// The first of the body, at most [`MOST_READ_BYTES`].
    pub body: Vec<u8>,
    /// How long it took.
    pub took: Duration,
}

impl Egress {
    /// A client that goes as far as `reach` allows, waits as long as `patience`, and asks `names` where names lead.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(reach: Reach, patience: Patience, names: Arc<dyn Names>) -> Result<Self, Failure> {
        let client = Client::builder()
            .tls_backend_preconfigured(tls()?)
            .dns_resolver(CheckedNames::new(reach, names))
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .referer(false)
            .connect_timeout(patience.connect)
            .timeout(patience.whole)
            .pool_idle_timeout(KEPT_OPEN)
            .user_agent(concat!("AMDA/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| Failure::of(&error))?;
        Ok(Self { client, reach })
    }

    /// Reads an address as a user typed it.
    ///
    /// # Errors
    /// [`Refusal`], which says what would be right.
    pub fn check(&self, text: &str) -> Result<Url, Refusal> {
        target::read(text, self.reach)
    }

    /// Posts `body` once. Any answer is a [`Reply`], whatever its status.
    ///
    /// # Errors
    /// [`Failure`] when there was no answer.
    pub async fn post(
        &self,
        url: &Url,
        content_type: &str,
        headers: &[(&str, String)],
        body: Vec<u8>,
    ) -> Result<Reply, Failure> {
        // What was kept may have been allowed by another configuration.
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
        Ok(read(response, begun).await)
    }
}

impl Reply {
    /// Whether the other side took it.
    pub const fn is_success(&self) -> bool {
        self.status >= 200 && self.status < 300
    }

    /// When the other side wants to be asked again, if it said so.
    pub fn retry_at(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let text = self.retry_after.as_deref()?.trim();
        match text.parse::<u32>() {
            Ok(seconds) => Some(now + TimeDelta::seconds(i64::from(seconds))),
            Err(_) => DateTime::parse_from_rfc2822(text).ok().map(|at| at.to_utc()),
        }
    }
}

/// The answer with the first of its body. An answer that breaks off, or drips until the time is up, still has a status.
async fn read(mut response: Response, begun: Instant) -> Reply {
    let retry_after = response
        .headers()
        .get(RETRY_AFTER)
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned);
    let mut body = Vec::new();
    while body.len() < MOST_READ_BYTES
        && let Ok(Some(chunk)) = response.chunk().await
    {
        let room = MOST_READ_BYTES - body.len();
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
    }
    Reply {
        status: response.status().as_u16(),
        retry_after,
        body,
        took: begun.elapsed(),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn retry_at(text: &str) -> Option<String> {
        let reply = Reply {
            status: 503,
            retry_after: Some(text.to_owned()),
            body: Vec::new(),
            took: Duration::ZERO,
        };
        let now = "2026-11-24T12:00:00Z".parse().unwrap();
        reply.retry_at(now).map(|at| at.to_rfc3339())
    }

    #[test]
    fn the_time_to_ask_again_is_read_as_seconds_or_as_a_date() {
        assert_eq!(retry_at("120").unwrap(), "2026-11-24T12:02:00+00:00");
        assert_eq!(
            retry_at(" Tue, 24 Nov 2026 13:00:00 GMT ").unwrap(),
            "2026-11-24T13:00:00+00:00"
        );
        for nonsense in ["", "soon", "-5", "1.5", "99999999999999"] {
            assert_eq!(retry_at(nonsense), None, "{nonsense}");
        }
    }
}
