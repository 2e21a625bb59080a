//! The record of what linked devices sent.

use buffa::Enumeration as _;
use serde::{Deserialize, Serialize};
use waproto::whatsapp as wa;
use waproto::whatsapp::message::protocol_message::Type;

/// A message that a linked device sent, as its recipients could read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SentMessage {
    /// Its id.
    pub message_id: String,
    /// `status@broadcast`, a group, or a person.
    pub to: String,
    /// `text`, `reaction`, `image`, `video`, `audio`, `revoke`, `edit`, `read` for a read receipt, `typing`, or `other`.
    pub kind: String,
    /// The text, the caption or the emoji.
    pub text: Option<String>,
    /// The message that a reaction, a revoke, an edit, a quoting reply or a read receipt is about.
    pub target_message_id: Option<String>,
    /// Milliseconds since 1970.
    pub at: u64,
    /// Numbers of the contacts who could read it; the author whose message a read receipt is about; who sees the typing.
    pub recipients: Vec<String>,
    /// The time after which a text disappears.
    #[serde(default)]
    pub timer_seconds: Option<u32>,
    /// The look of a text status.
    #[serde(default)]
    pub style: Option<SentStyle>,
    /// The picture, film or voice note.
    #[serde(default)]
    pub media: Option<SentMedia>,
    /// The protobuf of the whole message, in base64; absent for receipts and typing.
    #[serde(default)]
    pub protobuf: Option<String>,
    /// The number of times that devices sent it under this id; people see it once.
    #[serde(default = "once")]
    pub times: u32,
}

/// The look of a text status.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SentStyle {
    /// The ground, as `#RRGGBB`.
    pub background: Option<String>,
    /// The letters, as `#RRGGBB`.
    pub color: Option<String>,
    /// The font by WhatsApp's name for it, such as `SYSTEM` or `CALISTOGA_REGULAR`.
    pub font: Option<String>,
}

/// A picture, film or voice note that a device sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SentMedia {
    /// The MIME type that the message claims.
    pub mime_type: Option<String>,
    /// The size of the plain file that the message claims.
    pub size_bytes: Option<u64>,
    /// The playing time that the message claims.
    pub seconds: Option<u32>,
    /// True when it brings a preview.
    pub has_thumbnail: bool,
    /// True when its recipients could download and decrypt it, and its hashes match those in the message.
    pub opens: bool,
}

fn once() -> u32 {
    1
}

impl SentMessage {
    /// True when people take both for one message. Receipts and typing are never the same.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let is_message = !matches!(self.kind.as_str(), "read" | "typing");
        is_message && self.message_id == other.message_id && self.to == other.to
    }
}

/// The parts of a message that [`SentMessage`] records.
pub(super) struct Description {
    pub(super) kind: &'static str,
    pub(super) text: Option<String>,
    pub(super) target: Option<String>,
    pub(super) timer_seconds: Option<u32>,
    pub(super) style: Option<SentStyle>,
    pub(super) media: Option<SentMedia>,
}

impl Description {
    fn new(kind: &'static str, text: Option<String>) -> Self {
        Self {
            kind,
            text,
            target: None,
            timer_seconds: None,
            style: None,
            media: None,
        }
    }

    fn about(kind: &'static str, text: Option<String>, key: Option<&wa::MessageKey>) -> Self {
        Self {
            target: key.and_then(|key| key.id.clone()),
            ..Self::new(kind, text)
        }
    }

    fn of(kind: &'static str, text: Option<String>, media: SentMedia) -> Self {
        Self {
            media: Some(media),
            ..Self::new(kind, text)
        }
    }
}

/// Describes a message without wrappers. `media.opens` is false; the caller that has the media sets it.
pub(super) fn describe(message: &wa::Message) -> Description {
    if let Some(reaction) = message.reaction_message.as_option() {
        return Description::about("reaction", reaction.text.clone(), reaction.key.as_option());
    }
    if let Some(protocol) = message.protocol_message.as_option() {
        return describe_change(protocol);
    }
    if let Some(image) = message.image_message.as_option() {
        let media = SentMedia {
            mime_type: image.mimetype.clone(),
            size_bytes: image.file_length,
            seconds: None,
            has_thumbnail: image.jpeg_thumbnail.is_some(),
            opens: false,
        };
        return Description::of("image", image.caption.clone(), media);
    }
    if let Some(video) = message.video_message.as_option() {
        let media = SentMedia {
            mime_type: video.mimetype.clone(),
            size_bytes: video.file_length,
            seconds: video.seconds,
            has_thumbnail: video.jpeg_thumbnail.is_some(),
            opens: false,
        };
        return Description::of("video", video.caption.clone(), media);
    }
    if let Some(audio) = message.audio_message.as_option() {
        let media = SentMedia {
            mime_type: audio.mimetype.clone(),
            size_bytes: audio.file_length,
            seconds: audio.seconds,
            has_thumbnail: false,
            opens: false,
        };
        return Description::of("audio", None, media);
    }
    if let Some(text) = message.extended_text_message.as_option() {
        return describe_text(text);
    }
    if let Some(text) = &message.conversation {
        return Description::new("text", Some(text.clone()));
    }
    Description::new("other", None)
}

fn describe_change(protocol: &wa::message::ProtocolMessage) -> Description {
    let key = protocol.key.as_option();
    match protocol.r#type {
        Some(Type::REVOKE) => Description::about("revoke", None, key),
        Some(Type::MESSAGE_EDIT) => {
            let edited = protocol.edited_message.as_option().map(describe);
            Description::about("edit", edited.and_then(|edited| edited.text), key)
        }
        _ => Description::about("other", None, key),
    }
}

fn describe_text(text: &wa::message::ExtendedTextMessage) -> Description {
    let context = text.context_info.as_option();
    let style = SentStyle {
        background: text.background_argb.map(colour),
        color: text.text_argb.map(colour),
        font: text.font.map(|font| font.proto_name().to_owned()),
    };
    let is_plain = style.background.is_none() && style.color.is_none() && style.font.is_none();
    Description {
        target: context.and_then(|context| context.stanza_id.clone()),
        timer_seconds: context.and_then(|context| context.expiration),
        style: (!is_plain).then_some(style),
        ..Description::new("text", text.text.clone())
    }
}

/// `#RRGGBB` of a colour, without its opacity, which is always full.
fn colour(argb: u32) -> String {
    format!("#{:06X}", argb & 0x00ff_ffff)
}
