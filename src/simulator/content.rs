//! The content of messages: builders for each kind, and what a wrapped message holds.

use buffa::MessageField;
use wacore_binary::Jid;
use waproto::whatsapp as wa;
use waproto::whatsapp::message::protocol_message::Type;
use waproto::whatsapp::message_association::AssociationType;

use super::event::{Part, ViewOnceForm};
use super::media::Media;
use super::{random, time};

/// A text message with the secret that later edits and reactions may use.
pub(super) fn text(text: &str) -> wa::Message {
    wa::Message {
        conversation: Some(text.to_owned()),
        ..with_secret()
    }
}

/// Lists the people whom the text or caption mentions.
pub(super) fn mention(message: &mut wa::Message, mentioned: &[Jid]) {
    if mentioned.is_empty() {
        return;
    }
    let context = context_of(message);
    context.mentioned_jid = mentioned.iter().map(ToString::to_string).collect();
}

/// Lets a message disappear after a time.
pub(super) fn disappear(message: &mut wa::Message, seconds: Option<u32>) {
    if seconds.is_some() {
        context_of(message).expiration = seconds;
    }
}

/// Removes the keys of media, without which nobody can open it.
pub(super) fn remove_keys(message: &mut wa::Message) {
    if let Some(image) = message.image_message.as_option_mut() {
        image.media_key = None;
    }
    if let Some(video) = message.video_message.as_option_mut() {
        video.media_key = None;
    }
    if let Some(audio) = message.audio_message.as_option_mut() {
        audio.media_key = None;
    }
}

/// The context of a text, picture or video; a plain text becomes an extended one, as in real clients.
fn context_of(message: &mut wa::Message) -> &mut wa::ContextInfo {
    if let Some(image) = message.image_message.as_option_mut() {
        return image.context_info.get_or_insert_default();
    }
    if let Some(video) = message.video_message.as_option_mut() {
        return video.context_info.get_or_insert_default();
    }
    let text = message.conversation.take();
    let extended = message.extended_text_message.get_or_insert_default();
    extended.text = text.or(extended.text.take());
    extended.context_info.get_or_insert_default()
}

/// A status of text, on a coloured ground.
pub(super) fn text_status(text: &str) -> wa::Message {
    let colours = [0xff1f_7a8c, 0xff7a_1f8c, 0xff8c_5a1f, 0xff1f_8c4d, 0xff8c_1f3a];
    let colour = colours[usize::from(random::secret::<1>()[0]) % colours.len()];
    wa::Message {
        extended_text_message: MessageField::some(wa::message::ExtendedTextMessage {
            text: Some(text.to_owned()),
            background_argb: Some(colour),
            text_argb: Some(0xffff_ffff),
            ..Default::default()
        }),
        ..with_secret()
    }
}

/// A message that carries nothing but its secret.
pub(super) fn with_secret() -> wa::Message {
    wa::Message {
        message_context_info: MessageField::some(wa::MessageContextInfo {
            message_secret: Some(random::secret::<32>().to_vec()),
            ..Default::default()
        }),
        ..Default::default()
    }
}

/// Marks media as view-once.
pub(super) fn view_once(mut media: wa::Message, form: ViewOnceForm) -> wa::Message {
    let info = media.message_context_info.take();
    if let Some(image) = media.image_message.as_option_mut() {
        image.view_once = Some(true);
    }
    if let Some(video) = media.video_message.as_option_mut() {
        video.view_once = Some(true);
    }
    if let Some(audio) = media.audio_message.as_option_mut() {
        audio.view_once = Some(true);
    }
    let wrap = |message| {
        MessageField::some(wa::message::FutureProofMessage {
            message: MessageField::some(message),
        })
    };
    let mut wrapped = wa::Message::default();
    match form {
        ViewOnceForm::ViewOnceMessage => wrapped.view_once_message = wrap(media),
        ViewOnceForm::ViewOnceMessageV2 => wrapped.view_once_message_v2 = wrap(media),
        ViewOnceForm::ViewOnceMessageV2Extension => {
            wrapped.view_once_message_v2_extension = wrap(media);
        }
        ViewOnceForm::Inline => wrapped = media,
    }
    wrapped.message_context_info = info.map_or_else(MessageField::none, MessageField::some);
    wrapped
}

/// Wraps media as a further file of the message that the key names.
pub(super) fn part(mut media: wa::Message, key: wa::MessageKey, part: Part) -> wa::Message {
    let association = wa::MessageAssociation {
        association_type: Some(match part {
            Part::HdImage => AssociationType::HD_IMAGE_DUAL_UPLOAD,
            Part::HdVideo => AssociationType::HD_VIDEO_DUAL_UPLOAD,
            Part::MotionPhoto => AssociationType::MOTION_PHOTO,
        }),
        parent_message_key: MessageField::some(key),
        ..Default::default()
    };
    let mut info = media.message_context_info.take().unwrap_or_default();
    info.message_association = MessageField::some(association);
    wa::Message {
        associated_child_message: MessageField::some(wa::message::FutureProofMessage {
            message: MessageField::some(media),
        }),
        message_context_info: MessageField::some(info),
        ..Default::default()
    }
}

/// A deletion of the message that the key names.
pub(super) fn revoke(key: wa::MessageKey) -> wa::Message {
    protocol(wa::message::ProtocolMessage {
        r#type: Some(Type::REVOKE),
        key: MessageField::some(key),
        ..Default::default()
    })
}

/// A message with another text or caption. `None` when it has neither.
pub(super) fn with_new_text(message: &wa::Message, new_text: &str) -> Option<wa::Message> {
    let mut edited = innermost(message).clone();
    edited.message_context_info = MessageField::none();
    if let Some(image) = edited.image_message.as_option_mut() {
        image.caption = Some(new_text.to_owned());
    } else if let Some(video) = edited.video_message.as_option_mut() {
        video.caption = Some(new_text.to_owned());
    } else if let Some(text) = edited.extended_text_message.as_option_mut() {
        text.text = Some(new_text.to_owned());
    } else {
        edited.conversation.as_ref()?;
        edited.conversation = Some(new_text.to_owned());
    }
    Some(edited)
}

/// An edit that replaces the content of the message named by the key.
pub(super) fn edit(key: wa::MessageKey, edited: wa::Message) -> wa::Message {
    protocol(wa::message::ProtocolMessage {
        r#type: Some(Type::MESSAGE_EDIT),
        key: MessageField::some(key),
        edited_message: MessageField::some(edited),
        timestamp_ms: i64::try_from(time::now_ms()).ok(),
        ..Default::default()
    })
}

/// Wraps an edit as phones do.
pub(super) fn wrapped_edit(edit: wa::Message) -> wa::Message {
    wa::Message {
        edited_message: MessageField::some(wa::message::FutureProofMessage {
            message: MessageField::some(edit),
        }),
        ..Default::default()
    }
}

fn protocol(message: wa::message::ProtocolMessage) -> wa::Message {
    wa::Message {
        protocol_message: MessageField::some(message),
        ..Default::default()
    }
}

/// The timer of a disappearing chat; 0 seconds turn it off.
pub(super) fn timer(seconds: u32) -> wa::Message {
    protocol(wa::message::ProtocolMessage {
        r#type: Some(Type::EPHEMERAL_SETTING),
        ephemeral_expiration: Some(seconds),
        ephemeral_setting_timestamp: i64::try_from(time::now()).ok(),
        ..Default::default()
    })
}

/// A reaction to the message that the key names.
pub(super) fn reaction(key: wa::MessageKey, emoji: &str) -> wa::Message {
    wa::Message {
        reaction_message: MessageField::some(wa::message::ReactionMessage {
            key: MessageField::some(key),
            text: Some(emoji.to_owned()),
            sender_timestamp_ms: i64::try_from(time::now_ms()).ok(),
            ..Default::default()
        }),
        ..Default::default()
    }
}

/// An answer that quotes a message in full.
pub(super) fn quote(text: &str, id: &str, author: String, quoted: wa::Message) -> wa::Message {
    let context = wa::ContextInfo {
        stanza_id: Some(id.to_owned()),
        participant: Some(author),
        quoted_message: MessageField::some(quoted),
        ..Default::default()
    };
    wa::Message {
        extended_text_message: MessageField::some(wa::message::ExtendedTextMessage {
            text: Some(text.to_owned()),
            context_info: MessageField::some(context),
            ..Default::default()
        }),
        ..with_secret()
    }
}

/// The copy of an own message that the phone sends to its linked devices.
pub(super) fn device_sent(destination: String, mut message: wa::Message) -> wa::Message {
    let info = message.message_context_info.take();
    wa::Message {
        device_sent_message: MessageField::some(wa::message::DeviceSentMessage {
            destination_jid: Some(destination),
            message: MessageField::some(message),
            ..Default::default()
        }),
        message_context_info: info.map_or_else(MessageField::none, MessageField::some),
        ..Default::default()
    }
}

/// The content of a message without its wrappers.
pub(super) fn innermost(message: &wa::Message) -> &wa::Message {
    let wrappers = [
        message.view_once_message.as_option(),
        message.view_once_message_v2.as_option(),
        message.view_once_message_v2_extension.as_option(),
        message.ephemeral_message.as_option(),
        message.document_with_caption_message.as_option(),
        message.edited_message.as_option(),
        message.associated_child_message.as_option(),
    ];
    let wrapped = wrappers
        .into_iter()
        .flatten()
        .find_map(|wrapper| wrapper.message.as_option());
    let sent = message
        .device_sent_message
        .as_option()
        .and_then(|sent| sent.message.as_option());
    wrapped.or(sent).map_or(message, innermost)
}

/// The stanza's `type` and its ciphertext's `mediatype`.
pub(super) fn stanza_kind(message: &wa::Message) -> (&'static str, Option<&'static str>) {
    let inner = innermost(message);
    if inner.image_message.is_set() {
        return ("media", Some(Media::Image.wire_name()));
    }
    if inner.video_message.is_set() {
        return ("media", Some(Media::Video.wire_name()));
    }
    if inner.audio_message.is_set() {
        return ("media", Some(Media::Audio.wire_name()));
    }
    if inner.reaction_message.is_set() {
        return ("reaction", None);
    }
    ("text", None)
}
