//! What a client's handlers tell its session.

use std::time::Duration;

use crate::event::Person;

/// Something that concerns the link rather than what is said on it.
#[derive(Debug)]
pub(super) enum Notice {
    /// The library dials.
    Dialling,
    /// A QR code to show, and how long it is good for.
    Qr(String, Duration),
    /// A pairing code to show, and how long it is good for.
    Code(String, Duration),
    /// The phone agreed.
    Paired {
        /// The owner.
        owner: Person,
        /// What a business calls itself.
        push_name: Option<String>,
    },
    /// Everything is up.
    Online,
    /// The owner goes by another name.
    PushName(String),
    /// The connection is gone, or goes, for this reason.
    Lost(String),
    /// The session cannot go on.
    Ended(End),
}

/// Why a session cannot go on by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    /// No QR code was scanned.
    QrExhausted,
    /// The link was refused or failed.
    PairingFailed(String),
    /// WhatsApp wants a passkey.
    Passkey,
    /// Another program uses this link.
    Replaced,
    /// The link was removed.
    LoggedOut(String),
    /// The account is locked, for so long if WhatsApp says.
    Banned(String, Option<Duration>),
    /// The client is too old.
    Outdated,
    /// Anything else.
    Stopped(String),
}
