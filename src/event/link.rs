use chrono::{DateTime, Utc};

use super::Person;

/// A change of the link between WhatsApp and this server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkEvent {
    /// Show this QR code.
    Qr {
        /// The text inside the code.
        code: String,
        /// When WhatsApp stops taking it.
        expires_at: DateTime<Utc>,
        /// Which code this is, from 1.
        attempt: u32,
        /// How many codes there will be.
        attempts: u32,
    },
    /// All QR codes expired unscanned.
    QrExhausted,
    /// Show this code, to be typed on the phone.
    PairingCode {
        /// Eight characters.
        code: String,
        /// When WhatsApp stops taking it.
        expires_at: DateTime<Utc>,
    },
    /// WhatsApp wants a passkey for this link.
    PasskeyRequired,
    /// The phone agreed to the link; keys are being exchanged.
    Pairing,
    /// The phone refused the link, or it failed.
    PairingFailed {
        /// What WhatsApp said.
        reason: String,
    },
    /// The account is linked.
    Paired {
        /// The owner, by both names.
        owner: Person,
        /// The name that the owner goes by.
        push_name: Option<String>,
    },
    /// Logged in; contacts and settings are being fetched.
    Syncing,
    /// Logged in and listening.
    Online,
    /// The owner changed the name that they go by.
    PushName(String),
    /// This server has just been started, and connects to an account that was linked before.
    Resuming,
    /// The connection is gone; another try follows.
    Reconnecting {
        /// What ended it.
        reason: String,
        /// Which try the next one is, from 1.
        attempt: u32,
        /// When it is made.
        next_try_at: DateTime<Utc>,
    },
    /// The socket is open and nothing arrives.
    Deaf,
    /// Another program uses this very link.
    Replaced,
    /// The owner or WhatsApp removed the link.
    LoggedOut {
        /// What WhatsApp said.
        reason: String,
    },
    /// WhatsApp locked the account for a time.
    Banned {
        /// What WhatsApp said.
        reason: String,
        /// When it ends, where WhatsApp says.
        until: Option<DateTime<Utc>>,
    },
    /// WhatsApp no longer speaks with this version of the client.
    Outdated,
    /// The session ended in a way that it cannot mend by itself.
    Stopped {
        /// Why.
        reason: String,
    },
}
