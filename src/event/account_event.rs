use super::{
    ContactChange, Group, LinkEvent, Message, Mute, NumberChange, Pause, Receipt, SendEvent, TimerOfChat,
};

/// Something that happened to a linked account.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The link to WhatsApp changed.
    Link(LinkEvent),
    /// A message arrived: from a contact, or from another device of the owner's.
    Message(Box<Message>),
    /// Devices of a person received, read or played messages that the owner sent.
    Receipt(Receipt),
    /// The address book or WhatsApp has a name for a person, or a LID and a phone number were found to be one person's.
    Contact(ContactChange),
    /// A person changed their phone number.
    NumberChange(NumberChange),
    /// A chat or a person's statuses were muted or unmuted on the phone.
    Mute(Mute),
    /// WhatsApp described a group: when it first occurred on a connection, and whenever it changed.
    Group(Group),
    /// The phone told the timer of a disappearing chat when the account was linked.
    Timer(TimerOfChat),
    /// The outcome of a message of the outbox.
    Send(SendEvent),
    /// Sending is paused, because WhatsApp limited it.
    Pause(Pause),
}

impl Event {
    /// The kind, as metrics name it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Link(_) => "LINK",
            Self::Message(message) => message.content.kind(),
            Self::Receipt(_) => "RECEIPT",
            Self::Contact(_) => "CONTACT",
            Self::NumberChange(_) => "NUMBER_CHANGE",
            Self::Mute(_) => "MUTE",
            Self::Group(_) => "GROUP",
            Self::Timer(_) => "TIMER",
            Self::Send(_) => "SEND",
            Self::Pause(_) => "PAUSE",
        }
    }
}
