//! What can happen on WhatsApp, in our own words: the vocabulary of everything above the library.
//!
//! The enums are closed and matched without a wildcard, so that a new variant must be read everywhere.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::id::{ContactId, MediaId, SendId};

/// Something that happened to a linked account.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The link to WhatsApp changed.
    Link(LinkEvent),
    /// A message arrived: from a contact, or from another device of the owner's.
    Message(Box<Message>),
    /// Somebody's devices received, read or played messages that the owner sent.
    Receipt(Receipt),
    /// The address book has a name for a person, or their two names were found to be one person's.
    Contact(ContactChange),
    /// A chat or a person's statuses were muted or unmuted on the phone.
    Mute(Mute),
    /// WhatsApp described a group: when it was first heard of on a connection, and whenever it changed.
    Group(Group),
    /// The outbox has news of something that this server sent.
    Send(SendEvent),
    /// Nothing more is sent for a time, because WhatsApp said so.
    Pause(Pause),
}

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

/// One person on WhatsApp, by LID, by phone number, or both. Never neither, once it has come through `translate`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Person {
    /// The user part of their LID.
    pub lid: Option<String>,
    /// Their phone number: digits with country code, no plus.
    pub phone_number: Option<String>,
}

/// A conversation.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Chat {
    /// With one person.
    Direct(Person),
    /// A group, by its full JID.
    Group(Jid),
    /// Everybody's statuses (`status@broadcast`).
    Status,
    /// A channel, by its full JID.
    Channel(Jid),
}

/// A WhatsApp address of a group or channel, such as `1203630@g.us`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Jid(pub String);

impl fmt::Display for Jid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a group is called.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Group {
    /// Which.
    pub jid: Jid,
    /// Its name; null for a group without one.
    pub subject: Option<String>,
}

/// A message, as WhatsApp delivered it.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// Where it was written.
    pub chat: Chat,
    /// Who wrote it; the owner, when [`Message::is_from_me`].
    pub sender: Person,
    /// WhatsApp's id, unique within a chat and a sender.
    pub wa_id: String,
    /// The owner wrote it, on another device.
    pub is_from_me: bool,
    /// What the sender calls themselves.
    pub push_name: Option<String>,
    /// When the sender sent it, by WhatsApp's clock.
    pub sent_at: DateTime<Utc>,
    /// It came out of WhatsApp's store, for it was sent while this server was away.
    pub is_offline: bool,
    /// What it says.
    pub content: Content,
    /// A view-once message that this one quotes, with its keys: so the owner's reply gives its content away.
    pub quoted_view_once: Option<Box<QuotedViewOnce>>,
}

/// What a message says.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// Words.
    Text(String),
    /// A picture, video, sound, sticker or document.
    Media(Box<MediaReference>),
    /// A message to be viewed once, in a wrapper or by flag; no media when WhatsApp kept it from linked devices.
    ViewOnce(Option<Box<MediaReference>>),
    /// A reaction to a message; no emoji takes it back.
    Reaction {
        /// The message reacted to.
        target_wa_id: String,
        /// Null when the reaction was taken back.
        emoji: Option<String>,
    },
    /// A message or status was deleted for everyone.
    Revoke {
        /// The message to delete.
        target_wa_id: String,
        /// Whose message it claims to be, where it says; null means the revoker's own.
        target_sender: Option<Person>,
        /// Whether the revoker runs the group, which alone gives the right to delete what others wrote. The session asks
        /// WhatsApp before the message is taken in. Null where it makes no difference (the revoker's own message, a chat
        /// that is no group), and where WhatsApp did not answer within a few seconds: then nobody knows, and a phone
        /// would do nothing.
        by_admin: Option<bool>,
    },
    /// A message was edited.
    Edit {
        /// The message that was edited.
        target_wa_id: String,
        /// What it says now.
        text: String,
    },
    /// It never decrypted; WhatsApp was asked to send it again.
    Undecrypted,
    /// A kind that AMDA does not keep: a poll, a location, a call, a protocol message.
    Other(&'static str),
}

/// A view-once message as it is quoted in a reply.
#[derive(Debug, Clone, PartialEq)]
pub struct QuotedViewOnce {
    /// The id of the view-once message.
    pub wa_id: String,
    /// Who sent it.
    pub sender: Person,
    /// Its media, with keys.
    pub media: MediaReference,
}

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, async_graphql::Enum)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum MediaKind {
    /// A picture.
    Image,
    /// A video, or a picture that moves.
    Video,
    /// A sound or voice message.
    Audio,
    /// A sticker.
    Sticker,
    /// Any other file.
    Document,
}

impl MediaKind {
    /// As the database spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Image => "IMAGE",
            Self::Video => "VIDEO",
            Self::Audio => "AUDIO",
            Self::Sticker => "STICKER",
            Self::Document => "DOCUMENT",
        }
    }
}

impl FromStr for MediaKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        [
            Self::Image,
            Self::Video,
            Self::Audio,
            Self::Sticker,
            Self::Document,
        ]
        .into_iter()
        .find(|kind| kind.as_str() == text)
        .ok_or_else(|| format!("'{text}' is no kind of media"))
    }
}

/// Where WhatsApp serves a file, and the keys and hashes to open and check it with.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct MediaReference {
    /// What it is.
    pub kind: MediaKind,
    /// As the sender declared it.
    pub mime_type: String,
    /// The words under it.
    pub caption: Option<String>,
    /// The path on WhatsApp's media hosts.
    pub direct_path: String,
    /// The key that the file's keys are derived from.
    pub media_key: Vec<u8>,
    /// SHA-256 of the plain file.
    pub sha256: Vec<u8>,
    /// SHA-256 of the encrypted file.
    pub encrypted_sha256: Vec<u8>,
    /// Length of the plain file.
    pub size_bytes: u64,
    /// In pixels.
    pub width: Option<u32>,
    /// In pixels.
    pub height: Option<u32>,
    /// Of a video or sound.
    pub duration_seconds: Option<f64>,
    /// A small JPEG that came with the message.
    pub thumbnail: Option<Vec<u8>>,
    /// The message that it came with: by it the phone is asked for the file when WhatsApp no longer serves it.
    #[serde(default)]
    pub origin: Option<Origin>,
}

/// The message that a file came with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// Its id.
    pub wa_id: String,
    /// Where it was written.
    pub chat: Chat,
    /// Who wrote it.
    pub sender: Person,
    /// The owner wrote it.
    pub is_from_me: bool,
}

impl fmt::Debug for MediaReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Keys and captions stay out of logs.
        write!(f, "MediaReference({:?}, {} bytes)", self.kind, self.size_bytes)
    }
}

/// Somebody's devices saw messages of the owner's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Where.
    pub chat: Chat,
    /// Whose devices.
    pub from: Person,
    /// Which messages.
    pub wa_ids: Vec<String>,
    /// How far they came.
    pub kind: ReceiptKind,
    /// When, by WhatsApp's clock.
    pub at: DateTime<Utc>,
}

/// How far a message came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReceiptKind {
    /// To a device.
    Delivered,
    /// Before somebody's eyes.
    Read,
    /// A sound or view-once message was opened.
    Played,
}

/// What the address book says of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactChange {
    /// Who.
    pub person: Person,
    /// Their name in the owner's address book; null when nothing was said of it.
    pub name: Option<String>,
}

/// The owner muted or unmuted somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mute {
    /// Who; a direct chat's other side.
    pub person: Person,
    /// Their statuses, or the chat with them.
    pub what: Muted,
    /// Muted, or no longer.
    pub is_muted: bool,
}

/// What a mute is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Muted {
    /// The chat's notifications.
    Chat,
    /// The person's statuses.
    Statuses,
}

/// News of something in the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendEvent {
    /// What was sent.
    pub send: SendId,
    /// What became of it.
    pub outcome: SendOutcome,
    /// When.
    pub at: DateTime<Utc>,
}

/// What became of a send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendOutcome {
    /// Handed to WhatsApp.
    Sent,
    /// WhatsApp took it.
    Acked,
    /// WhatsApp refused it.
    Rejected {
        /// WhatsApp's code, such as 463.
        code: String,
    },
    /// It could not be sent, and will not be tried again.
    Failed {
        /// Why.
        reason: String,
    },
}

/// A time in which nothing is sent for the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pause {
    /// Its end. It takes the place of the end of an earlier pause.
    pub until: DateTime<Utc>,
    /// WhatsApp's code: 429 for too many messages, 463 for messages to people who never wrote.
    pub code: String,
}

/// A message that AMDA sends; what the outbox keeps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outgoing {
    /// A reaction to a contact's status.
    StatusReaction {
        /// The author of the status.
        author: Person,
        /// The status.
        target_wa_id: String,
        /// The emoji.
        emoji: String,
    },
    /// Words to a contact.
    Text {
        /// To whom.
        to: Person,
        /// The contact's row, for the receiver of the news.
        contact: ContactId,
        /// The words.
        text: String,
    },
    /// A status of the owner's.
    Status {
        /// What it shows.
        content: StatusContent,
        /// Everybody else who may see it, and at least one. WhatsApp shows it to the owner's own devices as well. Who is
        /// known by number alone is looked up before it is sent; numbers without WhatsApp are left out.
        audience: Vec<Person>,
    },
    /// A status of the owner's is deleted for everyone.
    StatusRevoke {
        /// The status.
        target_wa_id: String,
        /// Everybody who may have seen it.
        audience: Vec<Person>,
    },
    /// A contact's status counts as seen by the owner: its author finds the owner among its viewers, unless the owner's
    /// read receipts are off.
    StatusView {
        /// The author of the status.
        author: Person,
        /// The status.
        target_wa_id: String,
    },
}

/// What a status of the owner's shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum StatusContent {
    /// Words on a ground.
    Text {
        /// The words.
        text: String,
        /// The ground's colour, as alpha, red, green and blue.
        background_argb: u32,
        /// WhatsApp's number of the typeface.
        font: i32,
    },
    /// A picture or a video.
    Media {
        /// Which file.
        file: OutgoingFile,
        /// The words under it.
        caption: Option<String>,
    },
}

/// A file of ours that is to be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutgoingFile {
    /// Its row; whoever sends it reads the content by this.
    pub media: MediaId,
    /// What it is.
    pub kind: MediaKind,
    /// Its real type.
    pub mime_type: String,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// Of a video.
    pub duration_seconds: Option<u32>,
    /// A small JPEG.
    pub thumbnail: Option<Vec<u8>>,
}
