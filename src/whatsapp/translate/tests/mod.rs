//! Translations of single messages and events.

mod changes;
mod files;
mod people;
mod untrusted_input;

use chrono::{DateTime, Utc};
use whatsapp_rust::types::events::{self as library, DecryptFailMode, UnavailableType, UndecryptableMessage};
use whatsapp_rust::types::message::{MessageCategory, MessageInfo, MessageSource};
use whatsapp_rust::types::presence::ReceiptType;
use whatsapp_rust::wacore_binary::Jid as Address;
use whatsapp_rust::wacore_binary::builder::NodeBuilder;
use whatsapp_rust::waproto::whatsapp as wa;
use whatsapp_rust::waproto::whatsapp::message::{
    AudioMessage, DeviceSentMessage, DocumentMessage, ExtendedTextMessage, FutureProofMessage, ImageMessage,
    LocationMessage, ProtocolMessage, ReactionMessage, VideoMessage, protocol_message::Type,
};
use whatsapp_rust::waproto::whatsapp::message_association::AssociationType;

use super::{contact, message, without_content};
use crate::event::{Chat, Content, Event, Jid, MediaKind, Message, Person, ReceiptKind};

const ALICE_LID: &str = "1111@lid";
const ALICE: &str = "5511988887777@s.whatsapp.net";
const OWNER_LID: &str = "9999@lid";
const OWNER: &str = "5511999990000@s.whatsapp.net";
const GROUP: &str = "1203630@g.us";

fn address(text: &str) -> Address {
    text.parse().unwrap()
}

fn alice() -> Person {
    Person {
        lid: Some("1111".to_owned()),
        phone_number: Some("5511988887777".to_owned()),
    }
}

fn owner() -> Person {
    Person {
        lid: Some("9999".to_owned()),
        phone_number: Some("5511999990000".to_owned()),
    }
}

fn info(chat: &str, sender: &str, alt: Option<&str>) -> MessageInfo {
    MessageInfo {
        source: MessageSource {
            chat: address(chat),
            sender: address(sender),
            sender_alt: alt.map(address),
            is_from_me: sender.starts_with("9999") || sender.starts_with("5511999990000"),
            ..MessageSource::default()
        },
        id: "3EB0A".to_owned(),
        push_name: "Al".to_owned(),
        timestamp: DateTime::from_timestamp(1_790_000_000, 0).unwrap(),
        ..MessageInfo::default()
    }
}

/// Alice writes to the owner.
fn from_alice() -> MessageInfo {
    info(ALICE_LID, "1111:3@lid", Some(ALICE))
}

/// The owner writes to Alice, on the phone.
fn from_owner() -> MessageInfo {
    let mut info = info(ALICE_LID, OWNER_LID, Some(OWNER));
    info.source.recipient = Some(address(ALICE_LID));
    info.peer_recipient_pn = Some(address(ALICE));
    info
}

fn translated(info: &MessageInfo, body: &wa::Message) -> Message {
    match message(info, body, &owner()) {
        Some(Event::Message(message)) => *message,
        other => panic!("a message was wanted, not {other:?}"),
    }
}

fn content(body: &wa::Message) -> Content {
    translated(&from_alice(), body).content
}

fn text(words: &str) -> wa::Message {
    wa::Message {
        conversation: Some(words.to_owned()),
        ..Default::default()
    }
}

fn picture() -> ImageMessage {
    ImageMessage {
        direct_path: Some("/v/t62/1.enc?ccb=1".to_owned()),
        media_key: Some(vec![1; 32]),
        file_sha256: Some(vec![2; 32]),
        file_enc_sha256: Some(vec![3; 32]),
        file_length: Some(1_234),
        mimetype: Some("image/png".to_owned()),
        caption: Some("the sea".to_owned()),
        width: Some(640),
        height: Some(480),
        jpeg_thumbnail: Some(vec![0xff, 0xd8]),
        ..Default::default()
    }
}

fn image(picture: ImageMessage) -> wa::Message {
    wa::Message {
        image_message: picture.into(),
        ..Default::default()
    }
}

fn wrapped(message: wa::Message) -> FutureProofMessage {
    FutureProofMessage {
        message: message.into(),
    }
}

fn protocol(kind: Type, key: wa::MessageKey) -> ProtocolMessage {
    ProtocolMessage {
        r#type: Some(kind),
        key: key.into(),
        ..Default::default()
    }
}

fn saying(protocol: ProtocolMessage) -> wa::Message {
    wa::Message {
        protocol_message: protocol.into(),
        ..Default::default()
    }
}

fn key(from_me: bool, participant: Option<&str>) -> wa::MessageKey {
    wa::MessageKey {
        id: Some("TARGET".to_owned()),
        from_me: Some(from_me),
        participant: participant.map(str::to_owned),
        ..Default::default()
    }
}
