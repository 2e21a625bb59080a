//! Faults that a driver can inject.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;

use super::connection::Handle;
use super::error::{Result, SimulatorError};
use super::stanza::{STATUS, attr, stream_error};
use super::time;
use super::world::World;

/// A fault. Its JSON form is tagged by `kind`, with fields in camelCase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Fault {
    /// The connections break without a stream error.
    Cut,
    /// The connections stay open, but for this many seconds nothing is delivered and nothing answered.
    Stall {
        /// Duration in seconds.
        seconds: u64,
    },
    /// The server ends the streams with error 503, as it does for maintenance.
    StreamError503,
    /// The streams end because another client connected with the same identity.
    Replaced,
    /// The streams end because the device was unlinked; it still is linked, so that only the notice is wrong.
    Unauthorized,
    /// The account is banned for a time: every login is refused until the ban is over.
    Ban {
        /// WhatsApp's reason; 101 is for messages to strangers.
        #[serde(default = "ban_code")]
        code: u16,
        /// Duration in seconds.
        #[serde(default = "ban_seconds")]
        seconds: u64,
    },
    /// The next login of each device is refused because its client is too old.
    Outdated,
    /// The next message is delivered twice.
    DuplicateNext,
    /// The next message arrives with a flipped bit.
    CorruptNext,
    /// The next message that a device sends is refused.
    NackNext {
        /// 463 is the reach-out timelock, 429 too many, 479 malformed.
        code: u16,
    },
    /// The next message that a device sends reaches its recipients, but the connection breaks before its ack.
    LoseAnswer,
    /// The reach-out timelock: for this many seconds every message to a person or group is refused with 463, and the
    /// account's state gives the end.
    Timelock {
        /// Duration in seconds.
        seconds: u64,
    },
    /// Downloads answer 404, or 410 by `code`, except those of media that the phone uploads again meanwhile.
    MediaMissing {
        /// The HTTP status.
        #[serde(default = "missing_code")]
        code: u16,
        /// Duration in seconds.
        #[serde(default = "media_seconds")]
        seconds: u64,
    },
    /// Downloads break off half way, except those of media that the phone uploads again meanwhile.
    MediaTruncated {
        /// Duration in seconds.
        #[serde(default = "media_seconds")]
        seconds: u64,
    },
    /// Downloads arrive with a flipped bit, except those of media that the phone uploads again meanwhile.
    MediaTampered {
        /// Duration in seconds.
        #[serde(default = "media_seconds")]
        seconds: u64,
    },
}

fn ban_code() -> u16 {
    101
}

fn ban_seconds() -> u64 {
    60
}

fn missing_code() -> u16 {
    404
}

fn media_seconds() -> u64 {
    60
}

/// Faults of the next delivery.
#[derive(Clone, Copy, Default)]
pub(super) struct NextDelivery {
    pub(super) is_duplicated: bool,
    pub(super) is_corrupted: bool,
}

/// Injected faults that have not taken effect yet.
#[derive(Default)]
pub(super) struct PendingFaults {
    pub(super) next_delivery: NextDelivery,
    pub(super) nack_next: Option<u16>,
    pub(super) drops_next_ack: bool,
    /// The end of the reach-out timelock, in seconds since 1970.
    pub(super) timelock_until: u64,
    /// The refusal of the next logins; `None` when they are accepted.
    pub(super) login_refusal: Option<Refusal>,
}

/// The reason for which logins are refused.
#[derive(Clone, Copy)]
pub(super) enum Refusal {
    /// Banned until this moment, with this code.
    Banned { until: tokio::time::Instant, code: u16 },
    /// Client too old; refuses one login.
    Outdated,
}

/// WhatsApp's code for the reach-out timelock.
const TIMELOCKED: u16 = 463;

impl PendingFaults {
    /// Takes the code with which a message of a device is to be refused, if any.
    pub(super) fn take_message_refusal(&mut self, message: &Node) -> Option<u16> {
        let is_peer = attr(message, "category") == "peer";
        if is_peer {
            return None;
        }
        let is_locked = self.timelock_until > time::now() && attr(message, "to") != STATUS;
        self.nack_next.take().or_else(|| is_locked.then_some(TIMELOCKED))
    }

    /// Takes the `<failure>` for a login, if one is due.
    pub(super) fn take_login_refusal(&mut self) -> Option<Node> {
        let failure = NodeBuilder::new("failure").attr("location", "frc");
        match self.login_refusal? {
            Refusal::Banned { until, code } => {
                let left = until.saturating_duration_since(tokio::time::Instant::now());
                if left.is_zero() {
                    self.login_refusal = None;
                    return None;
                }
                let failure = failure
                    .attr("reason", 402)
                    .attr("code", code)
                    .attr("expire", left.as_secs().max(1));
                Some(failure.build())
            }
            Refusal::Outdated => {
                self.login_refusal = None;
                Some(failure.attr("reason", 405).build())
            }
        }
    }
}

impl World {
    /// Injects a fault of this phone's devices; media faults are the media store's.
    pub(super) fn fail(&mut self, fault: Fault) -> Result<()> {
        match fault {
            Fault::Cut => self.for_each_connection(fault, |_, connection| connection.disconnect()),
            Fault::Stall { seconds } => self.for_each_connection(fault, |_, connection| {
                connection.stall(Duration::from_secs(seconds));
            }),
            Fault::StreamError503 => self.end_streams(fault, &stream_error(Some(503), None)),
            Fault::Replaced => self.end_streams(fault, &stream_error(None, Some("replaced"))),
            Fault::Unauthorized => self.end_streams(fault, &stream_error(Some(401), Some("device_removed"))),
            Fault::Ban { code, seconds } => {
                let until = tokio::time::Instant::now() + Duration::from_secs(seconds);
                self.pending_faults.login_refusal = Some(Refusal::Banned { until, code });
                self.disconnect_all();
                Ok(())
            }
            Fault::Outdated => {
                self.pending_faults.login_refusal = Some(Refusal::Outdated);
                self.disconnect_all();
                Ok(())
            }
            Fault::DuplicateNext => {
                self.pending_faults.next_delivery.is_duplicated = true;
                Ok(())
            }
            Fault::CorruptNext => {
                self.pending_faults.next_delivery.is_corrupted = true;
                Ok(())
            }
            Fault::NackNext { code } => {
                self.pending_faults.nack_next = Some(code);
                Ok(())
            }
            Fault::LoseAnswer => {
                self.pending_faults.drops_next_ack = true;
                Ok(())
            }
            Fault::Timelock { seconds } => {
                self.pending_faults.timelock_until = time::now() + seconds;
                Ok(())
            }
            Fault::MediaMissing { .. } | Fault::MediaTruncated { .. } | Fault::MediaTampered { .. } => Ok(()),
        }
    }

    fn end_streams(&mut self, fault: Fault, end: &Node) -> Result<()> {
        self.for_each_connection(fault, |world, connection| world.send_on(connection, end.clone()))
    }

    fn for_each_connection(&mut self, fault: Fault, act: impl Fn(&mut Self, &Handle)) -> Result<()> {
        let connections: Vec<Handle> = self.connections.values().cloned().collect();
        if connections.is_empty() {
            return Err(SimulatorError::Conflict(format!(
                "{fault:?} needs a connected device, and none of this phone is connected"
            )));
        }
        for connection in connections {
            act(self, &connection);
        }
        Ok(())
    }

    fn disconnect_all(&mut self) {
        for connection in self.connections.values() {
            connection.disconnect();
        }
    }
}
