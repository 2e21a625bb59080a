use std::fmt;

use serde::{Deserialize, Serialize};

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
