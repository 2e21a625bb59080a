use std::fmt;

use serde::{Deserialize, Serialize};

/// One person on WhatsApp, by LID, by phone number, or both. At least one is set after `translate`.
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
    /// The statuses (`status@broadcast`).
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

/// A group and its name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Group {
    /// The group's JID.
    pub jid: Jid,
    /// Its name; none for a group without one.
    pub subject: Option<String>,
}

/// A change of a person's names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactChange {
    /// The person.
    pub person: Person,
    /// Their name in the owner's address book; none when the change does not give it.
    pub name: Option<String>,
    /// Their name as a business, which WhatsApp verified; none when the change does not give it.
    pub verified_name: Option<String>,
}

/// A person changed their phone number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberChange {
    /// Their former number, and their former LID where WhatsApp says it.
    pub from: Person,
    /// Their new number, and their new LID where WhatsApp says it.
    pub to: Person,
}

/// The owner muted or unmuted a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mute {
    /// The person; of a direct chat, the other side.
    pub person: Person,
    /// The muted thing: their statuses, or the chat with them.
    pub what: Muted,
    /// True when muted, false when unmuted.
    pub is_muted: bool,
}

/// The target of a mute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Muted {
    /// The chat's notifications.
    Chat,
    /// The person's statuses.
    Statuses,
}
