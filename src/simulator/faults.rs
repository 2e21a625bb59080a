//! Faults on command.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;

use super::chance;
use super::error::{Result, SimulatorError};
use super::line::Line;
use super::stanza::{STATUS, attr, stream_error};
use super::world::World;

/// Something that goes wrong. Its JSON form is tagged by `kind`, with fields in camelCase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Fault {
    /// The connections break without a word.
    Cut,
    /// The connections stay open, but for this many seconds nothing is delivered and nothing answered.
    Stall {
        /// How long.
        seconds: u64,
    },
    /// The server ends the streams with error 503, as it does for maintenance.
    StreamError503,
    /// The streams end because somebody else connected with the same identity.
    Replaced,
    /// The streams end because the device was unlinked; it still is linked, so that only the notice is wrong.
    Unauthorized,
    /// The account is banned for a time: every login is refused until the ban is over.
    Ban {
        /// WhatsApp's reason; 101 is for messages to strangers.
        #[serde(default = "ban_code")]
        code: u16,
        /// How long.
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
    /// The next message that a device sends reaches everybody, but in place of the answer the connection breaks.
    LoseAnswer,
    /// The reach-out timelock: for this many seconds every message to a person or group is refused with 463, and the
    /// account's state says until when.
    Timelock {
        /// How long.
        seconds: u64,
    },
    /// Downloads, but of what the phone uploads again meanwhile, answer 404, or 410 if `code` says so, for the next so many seconds.
    MediaMissing {
        /// The HTTP status.
        #[serde(default = "missing_code")]
        code: u16,
        /// How long.
        #[serde(default = "media_seconds")]
        seconds: u64,
    },
    /// Downloads, but of what the phone uploads again meanwhile, break off half way, for the next so many seconds.
    MediaTruncated {
        /// How long.
        #[serde(default = "media_seconds")]
        seconds: u64,
    },
    /// Downloads, but of what the phone uploads again meanwhile, arrive with a flipped bit, for the next so many seconds.
    MediaTampered {
        /// How long.
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

/// Faults that wait for their moment.
#[derive(Default)]
pub(super) struct Armed {
    pub(super) next_delivery: NextDelivery,
    pub(super) nack_next: Option<u16>,
    pub(super) loses_answer: bool,
    /// Until when the account may not reach out, in seconds since 1970.
    pub(super) timelock_until: u64,
    /// How each next login is refused; `None` once it was.
    pub(super) refuse_login: Option<Refusal>,
}

/// Why logins are refused.
#[derive(Clone, Copy)]
pub(super) enum Refusal {
    /// Until this moment, with this code.
    Banned { until: tokio::time::Instant, code: u16 },
    /// Once.
    Outdated,
}

/// WhatsApp's code for the reach-out timelock.
const TIMELOCKED: u16 = 463;

impl Armed {
    /// The code with which a message of a device is refused, if it is.
    pub(super) fn refuse_message(&mut self, message: &Node) -> Option<u16> {
        let is_peer = attr(message, "category") == "peer";
        if is_peer {
            return None;
        }
        let is_locked = self.timelock_until > chance::now() && attr(message, "to") != STATUS;
        self.nack_next.take().or_else(|| is_locked.then_some(TIMELOCKED))
    }

    /// `<failure>` for a login, if one is due.
    pub(super) fn refuse(&mut self) -> Option<Node> {
        let failure = NodeBuilder::new("failure").attr("location", "frc");
        match self.refuse_login? {
            Refusal::Banned { until, code } => {
                let left = until.saturating_duration_since(tokio::time::Instant::now());
                if left.is_zero() {
                    self.refuse_login = None;
                    return None;
                }
                let failure = failure
                    .attr("reason", 402)
                    .attr("code", code)
                    .attr("expire", left.as_secs().max(1));
                Some(failure.build())
            }
            Refusal::Outdated => {
                self.refuse_login = None;
                Some(failure.attr("reason", 405).build())
            }
        }
    }
}

impl World {
    /// Makes a fault that concerns this phone's devices.
    pub(super) fn fail(&mut self, fault: Fault) -> Result<()> {
        match fault {
            Fault::Cut => self.each_line(fault, |_, line| line.cut()),
            Fault::Stall { seconds } => {
                self.each_line(fault, |_, line| line.stall(Duration::from_secs(seconds)))
            }
            Fault::StreamError503 => self.end_streams(fault, &stream_error(Some(503), None)),
            Fault::Replaced => self.end_streams(fault, &stream_error(None, Some("replaced"))),
            Fault::Unauthorized => self.end_streams(fault, &stream_error(Some(401), Some("device_removed"))),
            Fault::Ban { code, seconds } => {
                let until = tokio::time::Instant::now() + Duration::from_secs(seconds);
                self.armed.refuse_login = Some(Refusal::Banned { until, code });
                self.cut_all();
                Ok(())
            }
            Fault::Outdated => {
                self.armed.refuse_login = Some(Refusal::Outdated);
                self.cut_all();
                Ok(())
            }
            Fault::DuplicateNext => {
                self.armed.next_delivery.is_duplicated = true;
                Ok(())
            }
            Fault::CorruptNext => {
                self.armed.next_delivery.is_corrupted = true;
                Ok(())
            }
            Fault::NackNext { code } => {
                self.armed.nack_next = Some(code);
                Ok(())
            }
            Fault::LoseAnswer => {
                self.armed.loses_answer = true;
                Ok(())
            }
            Fault::Timelock { seconds } => {
                self.armed.timelock_until = chance::now() + seconds;
                Ok(())
            }
            Fault::MediaMissing { .. } | Fault::MediaTruncated { .. } | Fault::MediaTampered { .. } => Ok(()),
        }
    }

    fn end_streams(&mut self, fault: Fault, end: &Node) -> Result<()> {
        self.each_line(fault, |world, line| world.say(line, end.clone()))
    }

    fn each_line(&mut self, fault: Fault, act: impl Fn(&mut Self, &Line)) -> Result<()> {
        let lines: Vec<Line> = self.lines.values().cloned().collect();
        if lines.is_empty() {
            return Err(SimulatorError::Conflict(format!(
                "{fault:?} needs a connected device, and none of this phone is connected"
            )));
        }
        for line in lines {
            act(self, &line);
        }
        Ok(())
    }

    fn cut_all(&mut self) {
        for line in self.lines.values() {
            line.cut();
        }
    }
}
