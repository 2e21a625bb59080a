use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use data_encoding::BASE32_NOPAD;
use fred::clients::{Client, SubscriberClient};
use fred::interfaces::{ClientLike as _, PubsubInterface as _};
use fred::types::config::{
    Config, ReconnectError, ReconnectPolicy, ServerConfig, TcpConfig, TlsConnector, UnresponsiveConfig,
};
use fred::types::{Builder, RespVersion};
use ring::hmac;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::time::timeout;
use tracing::warn;
use url::Url;

use super::outage::Outage;
use super::{RedisError, Script, Subscription, inspect};
use crate::system_roots;
use crate::telemetry;

/// Port of a URL that names none.
const PORT: u16 = 6379;
/// Time limit of making a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// Time limit of a command that nobody waits for.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(1);
/// Time limit of a script, for which a request waits.
const SCRIPT_TIMEOUT: Duration = Duration::from_millis(50);
/// Time without an answer after which a connection is replaced.
const UNRESPONSIVE_AFTER: Duration = Duration::from_secs(4);
/// Number of received messages that may wait to be read; more are lost, and [`Subscription`] says so.
const MESSAGE_BACKLOG: usize = 4096;
/// Number of commands that may wait to be written; more are refused.
const COMMAND_BACKLOG: usize = 4096;
/// Bytes of the hash of what a key is about.
const KEY_BYTES: usize = 20;

/// A connection to Redis, replaced whenever it is lost. Cheap to clone.
#[derive(Clone)]
pub struct Redis {
    shared: Arc<Shared>,
}

struct Shared {
    client: Client,
    subscriber: SubscriberClient,
    outage: Outage,
    /// The beginning of all keys and channels of this installation.
    prefix: String,
    key: hmac::Key,
}

impl Redis {
    /// Connects to `url`. `secret` is the same on every node of an installation and differs between installations, so
    /// that several can share a Redis. A Redis that is away is no error: it is connected to when it is back.
    ///
    /// # Errors
    /// [`RedisError`] of a server that cannot be used before somebody changes a setting.
    pub async fn open(url: &SecretString, secret: &[u8]) -> Result<Self, RedisError> {
        let outage = Outage::default();
        match inspect(url).await {
            Ok(server) if server.evicts => warn!(
                "{} removes keys when its memory is short, and limits with them; set maxmemory-policy to noeviction",
                server.version
            ),
            Ok(_) => {}
            Err(error) if error.is_absence() => outage.failed(&error),
            Err(error) => return Err(error),
        }
        let mut builder = builder(url)?;
        builder
            .with_config(|config| config.fail_fast = false)
            .set_policy(ReconnectPolicy::new_exponential(0, 100, 2_000, 2));
        let (client, subscriber) = (builder.build()?, builder.build_subscriber_client()?);
        // Both tasks end with the clients.
        let _ = (client.connect(), subscriber.connect());
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
        let prefix = format!("amda:{}", &hashed(&key, "installation")[..8]);
        let redis = Self {
            shared: Arc::new(Shared {
                client,
                subscriber,
                outage,
                prefix,
                key,
            }),
        };
        redis.wait_until_connected().await;
        Ok(redis)
    }

    /// The name of the channel `name` of this installation.
    pub fn channel(&self, name: &str) -> String {
        format!("{}:{name}", self.shared.prefix)
    }

    /// Runs `script` on the key of `about` among those of `kind`. None when Redis does not answer within 50 ms, or did
    /// not a moment ago.
    pub async fn run(&self, script: &Script, kind: &str, about: &str, args: &[i64]) -> Option<Vec<i64>> {
        let shared = &self.shared;
        if shared.outage.is_fresh() {
            return None;
        }
        let key = format!("{}:{kind}:{}", shared.prefix, hashed(&shared.key, about));
        let asked = async {
            self.require_connection()?;
            script.call(&shared.client, &key, args).await
        };
        // Boxed, because the library's future is large, and part of every operation with a limit.
        let answer = Box::pin(timeout(SCRIPT_TIMEOUT, asked)).await;
        self.note(answer.unwrap_or_else(|_| Err(RedisError::timeout())))
            .ok()
    }

    /// Publishes each payload on its channel.
    ///
    /// # Errors
    /// [`RedisError`]; then some may have been published.
    pub async fn publish(&self, messages: Vec<(String, String)>) -> Result<(), RedisError> {
        let published = async {
            self.require_connection()?;
            let pipeline = self.shared.client.pipeline();
            for (channel, payload) in messages {
                let () = pipeline.publish(channel, payload).await?;
            }
            let _: Vec<i64> = pipeline.all().await?;
            Ok(())
        };
        self.note(published.await)
    }

    /// Subscribes to `channels`, from when Redis can be reached.
    pub fn subscribe(&self, channels: Vec<String>) -> Subscription {
        Subscription::new(self.shared.subscriber.clone(), channels)
    }

    /// Asks for a sign of life.
    ///
    /// # Errors
    /// [`RedisError`].
    pub async fn ping(&self) -> Result<(), RedisError> {
        let answered = async {
            self.require_connection()?;
            let _: String = self.shared.client.ping(None).await?;
            Ok(())
        };
        self.note(answered.await)
    }

    /// Closes the connections.
    pub async fn close(&self) {
        let closed = async { tokio::join!(self.shared.client.quit(), self.shared.subscriber.quit()) };
        // Without a connection there is nothing to close.
        let _ = timeout(COMMAND_TIMEOUT, closed).await;
    }

    /// Commands without a connection would wait in the library until there is one.
    fn require_connection(&self) -> Result<(), RedisError> {
        if self.shared.client.is_connected() {
            Ok(())
        } else {
            Err(RedisError::disconnected())
        }
    }

    fn note<T>(&self, result: Result<T, RedisError>) -> Result<T, RedisError> {
        match &result {
            Ok(_) => self.shared.outage.worked(),
            Err(error) => self.shared.outage.failed(error),
        }
        result
    }

    /// Waits for the connection for as long as one takes, unless Redis is known to be away.
    async fn wait_until_connected(&self) {
        if self.shared.outage.is_fresh() {
            return;
        }
        let connected = timeout(CONNECT_TIMEOUT, self.shared.client.wait_for_connect()).await;
        if let Ok(Err(error)) = connected {
            let error = RedisError::from(error);
            warn!(
                "Redis was there and is not any more: {}",
                telemetry::chain(&error)
            );
        }
    }
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Redis({})", self.shared.prefix)
    }
}

/// The settings of every connection to `url`; the first one fails at once.
pub(super) fn builder(url: &SecretString) -> Result<Builder, RedisError> {
    let mut builder = Builder::from_config(config(url)?);
    builder
        .with_connection_config(|connection| {
            connection.connection_timeout = CONNECT_TIMEOUT;
            connection.internal_command_timeout = CONNECT_TIMEOUT;
            connection.max_command_buffer_len = COMMAND_BACKLOG;
            // A command that may have been carried out is not sent again: it would count twice.
            connection.max_command_attempts = 1;
            // A password may be changed on both sides while AMDA runs.
            connection.reconnect_on_auth_error = true;
            // A primary that became a replica: its name may lead to the new primary.
            connection.reconnect_errors = vec![ReconnectError::ReadOnly, ReconnectError::Loading];
            connection.unresponsive = UnresponsiveConfig {
                max_timeout: Some(UNRESPONSIVE_AFTER),
                interval: Duration::from_secs(1),
            };
            connection.tcp = TcpConfig {
                nodelay: Some(true),
                ..TcpConfig::default()
            };
        })
        .with_performance_config(|performance| {
            performance.default_command_timeout = COMMAND_TIMEOUT;
            performance.broadcast_channel_capacity = MESSAGE_BACKLOG;
        });
    Ok(builder)
}

fn config(url: &SecretString) -> Result<Config, RedisError> {
    let mut url = Url::parse(url.expose_secret()).map_err(fred::error::Error::from)?;
    let is_encrypted = url.scheme() == "rediss";
    // The library would load the trusted certificates by itself, and fail for a malformed one.
    let _ = url.set_scheme("redis");
    let mut config = Config::from_url_centralized(url.as_str())?;
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    config.server = ServerConfig::new_centralized(host, url.port().unwrap_or(PORT));
    // So that one connection receives messages and answers pings.
    config.version = RespVersion::RESP3;
    if is_encrypted {
        config.tls = Some(TlsConnector::from(system_roots::client_config()).into());
    }
    Ok(config)
}

/// The hash of `about`, which tells nobody without the secret what it is.
fn hashed(key: &hmac::Key, about: &str) -> String {
    let tag = hmac::sign(key, about.as_bytes());
    BASE32_NOPAD.encode(&tag.as_ref()[..KEY_BYTES]).to_lowercase()
}
