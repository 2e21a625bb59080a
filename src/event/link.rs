use chrono::{DateTime, Utc};

use super::Person;
use crate::id::AccountId;

/// A change of the link between WhatsApp and this server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkEvent {
    /// A QR code to show.
    Qr {
        /// The text inside the code.
        code: String,
        /// The time at which WhatsApp stops accepting it.
        expires_at: DateTime<Utc>,
        /// The number of this code, from 1.
        attempt: u32,
        /// The number of codes that there will be.
        attempts: u32,
    },
    /// All QR codes expired unscanned.
    QrExhausted,
    /// A code to show, which the owner types on the phone.
    PairingCode {
        /// Eight characters.
        code: String,
        /// The time at which WhatsApp stops accepting it.
        expires_at: DateTime<Utc>,
    },
    /// WhatsApp wants a passkey for this link.
    PasskeyRequired,
    /// The phone accepted the link; keys are being exchanged.
    Pairing,
    /// The phone refused the link, or it failed.
    PairingFailed {
        /// The reason that WhatsApp gave.
        reason: String,
    },
    /// The phone accepted the link, and is linked already to another account of the same user. The session ends.
    AlreadyLinked {
        /// The other account.
        other: AccountId,
    },
    /// The account is linked.
    Paired {
        /// The owner, by LID and phone number.
        owner: Person,
        /// The owner's push name.
        push_name: Option<String>,
    },
    /// Logged in; contacts and settings are being fetched.
    Syncing,
    /// Logged in and listening.
    Online,
    /// The owner changed their push name.
    PushName(String),
    /// This server has just been started, and connects to an account that was linked before.
    Resuming,
    /// The connection was lost; another try follows.
    Reconnecting {
        /// The reason of the loss.
        reason: String,
        /// The number of the next try, from 1.
        attempt: u32,
        /// The time of the next try.
        next_try_at: DateTime<Utc>,
    },
    /// The socket is open, but nothing arrives.
    Deaf,
    /// Another program uses this very link.
    Replaced,
    /// The owner or WhatsApp removed the link.
    LoggedOut {
        /// The reason that WhatsApp gave.
        reason: String,
    },
    /// WhatsApp banned the account for a time.
    Banned {
        /// The reason that WhatsApp gave.
        reason: String,
        /// The end of the ban; none when WhatsApp does not give it.
        until: Option<DateTime<Utc>>,
    },
    /// WhatsApp no longer accepts this version of the client.
    Outdated,
    /// The session ended in a way that it cannot recover from by itself.
    Stopped {
        /// The reason.
        reason: String,
    },
}
