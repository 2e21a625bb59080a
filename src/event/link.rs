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
        /// The cause.
        cause: PairingFailure,
        /// The cause in English, as WhatsApp gave it where it did.
        message: String,
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
        /// The cause of the loss, in English.
        message: String,
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
        /// The cause.
        cause: LogoutCause,
        /// The cause in English, as WhatsApp gave it where it did.
        message: String,
    },
    /// WhatsApp banned the account for a time.
    Banned {
        /// The cause in English, as WhatsApp gave it.
        message: String,
        /// The end of the ban; none when WhatsApp does not give it.
        until: Option<DateTime<Utc>>,
    },
    /// WhatsApp no longer accepts this version of the client.
    Outdated,
    /// The session ended in a way that it cannot recover from by itself.
    Stopped {
        /// The cause.
        cause: StopCause,
        /// The cause in English.
        message: String,
    },
}

/// Cause of a link that was not completed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PairingFailure {
    /// The phone's WhatsApp is too old for linked devices.
    PhoneOutdated,
    /// Nobody typed the pairing code on the phone in time.
    CodeExpired,
    /// Any other cause.
    Failed,
}

/// Cause of the removal of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogoutCause {
    /// The phone or WhatsApp removed the linked device.
    DeviceRemoved,
    /// WhatsApp locked the account.
    AccountLocked,
    /// The phone of another owner accepted the link than before.
    OtherOwner,
}

/// Cause of the end of a session that cannot recover by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopCause {
    /// WhatsApp refused the login.
    LoginRefused,
    /// The server restarted while the account was being linked.
    LinkingInterrupted,
    /// The account has no link to log in with.
    NotLinked,
}
