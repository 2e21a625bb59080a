use std::time::Duration;

use fred::clients::SubscriberClient;
use fred::interfaces::{ClientLike as _, EventInterface as _, PubsubInterface as _};
use fred::types::Message;
use fred::types::config::Server;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, sleep_until};

/// Interval between tries to subscribe.
const RETRY_INTERVAL: Duration = Duration::from_secs(1);
/// Time without a message after which a sign of life is asked for, so that a dead connection is noticed and replaced.
const PING_INTERVAL: Duration = Duration::from_secs(2);

/// What a subscriber hears.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// A message.
    Message(String),
    /// Messages may have been lost before this moment: the connection is new, or the reader was too slow.
    Gap,
}

/// The messages on some channels. The channels are subscribed to again on each new connection, as often as it takes.
#[derive(Debug)]
pub struct Subscription {
    client: SubscriberClient,
    channels: Vec<String>,
    messages: Receiver<Message>,
    connections: Receiver<Server>,
    is_subscribed: bool,
    /// The time of the last message or sign of life. Kept here, because the wait for the next message may be given up often.
    quiet_since: Instant,
}

impl Subscription {
    pub(super) fn new(client: SubscriberClient, channels: Vec<String>) -> Self {
        Self {
            messages: client.message_rx(),
            connections: client.reconnect_rx(),
            client,
            channels,
            is_subscribed: false,
            quiet_since: Instant::now(),
        }
    }

    /// The next message, or gap between messages; waits for it. Nothing is lost when the wait is given up.
    pub async fn next(&mut self) -> Heard {
        loop {
            if !self.is_subscribed && self.client.is_connected() {
                self.is_subscribed = self.client.subscribe(self.channels.clone()).await.is_ok();
                if self.is_subscribed {
                    self.quiet_since = Instant::now();
                    return Heard::Gap;
                }
            }
            let next_try = if self.is_subscribed {
                self.quiet_since + PING_INTERVAL
            } else {
                Instant::now() + RETRY_INTERVAL
            };
            tokio::select! {
                message = self.messages.recv() => match message {
                    Ok(message) => {
                        self.quiet_since = Instant::now();
                        return Heard::Message(message.value.into_string().unwrap_or_default());
                    }
                    Err(RecvError::Lagged(_)) => return Heard::Gap,
                    // The client lives as long as `self`.
                    Err(RecvError::Closed) => std::future::pending().await,
                },
                // Of a new connection, whose number does not matter.
                _ = self.connections.recv() => self.is_subscribed = false,
                () = sleep_until(next_try) => {
                    if self.is_subscribed {
                        self.quiet_since = Instant::now();
                        // Without an answer the library replaces the connection.
                        let _: Result<String, _> = self.client.ping(None).await;
                    }
                }
            }
        }
    }
}
