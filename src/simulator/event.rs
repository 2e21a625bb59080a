//! What a contact or the owner can be made to do, and the message that says it.

use buffa::MessageField;
use serde::{Deserialize, Serialize};
use waproto::whatsapp as wa;
use waproto::whatsapp::message::protocol_message::Type;

use super::chance;
use super::groups::GroupChange;
use super::media::Media;
use super::presence::Typing;

/// Something that happens on WhatsApp. Its JSON form is tagged by `kind`, with fields in camelCase.
///
/// `from` is the number of a contact, or the phone's own when its owner does it on the phone. `chat` is the id of a
/// group, or the number of a contact when the owner writes; without it, a contact writes to the owner.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Event {
    /// A status, of text unless media is named.
    Status {
        /// Who posts.
        from: String,
        /// The text, or the caption.
        #[serde(default)]
        text: Option<String>,
        /// What to show.
        #[serde(default)]
        media: Option<Media>,
    },
    /// A message.
    Message {
        /// Who writes.
        from: String,
        /// Where.
        #[serde(default)]
        chat: Option<String>,
        /// The text, or the caption.
        #[serde(default)]
        text: Option<String>,
        /// What to show.
        #[serde(default)]
        media: Option<Media>,
    },
    /// Media to be seen once.
    ViewOnce {
        /// Who sends.
        from: String,
        /// Where.
        #[serde(default)]
        chat: Option<String>,
        /// The caption.
        #[serde(default)]
        text: Option<String>,
        /// What to show; an image unless said otherwise.
        #[serde(default)]
        media: Option<Media>,
        /// Whether linked devices get the content, or only the placeholder that they usually get.
        #[serde(default = "yes")]
        delivered: bool,
        /// How the message is wrapped.
        #[serde(default)]
        form: ViewOnceForm,
    },
    /// The author deletes a message or status for everyone.
    Delete {
        /// The author.
        from: String,
        /// What is deleted.
        message_id: String,
    },
    /// An admin of a group deletes what another member wrote.
    AdminDelete {
        /// The admin.
        from: String,
        /// What is deleted.
        message_id: String,
    },
    /// Somebody who is neither the author nor an admin sends a deletion all the same. Real phones ignore it.
    ForgedDelete {
        /// The forger.
        from: String,
        /// What the deletion names.
        message_id: String,
    },
    /// The author changes the text or the caption of a message.
    Edit {
        /// The author.
        from: String,
        /// What is changed.
        message_id: String,
        /// The new text.
        text: String,
        /// Whether it is sealed with the secret of the message that it changes, as newer clients do.
        #[serde(default)]
        encrypted: bool,
    },
    /// The owner answers a view-once message on the phone, quoting it with its media keys.
    QuoteViewOnce {
        /// The phone's own number.
        from: String,
        /// The view-once message.
        message_id: String,
        /// The answer.
        #[serde(default)]
        text: Option<String>,
    },
    /// The owner mutes a contact's chat, or with `status` the contact's statuses.
    Mute {
        /// The contact.
        from: String,
        /// Statuses in place of the chat.
        #[serde(default)]
        status: bool,
        /// False to unmute.
        #[serde(default = "yes")]
        muted: bool,
    },
    /// A reaction.
    Reaction {
        /// Who reacts.
        from: String,
        /// To what.
        message_id: String,
        /// The emoji; an empty one takes the reaction back.
        text: String,
    },
    /// A contact reads what a linked device sent.
    Read {
        /// The contact.
        from: String,
        /// What is read.
        message_id: String,
    },
    /// A contact looks at a status of the owner's that reached it.
    View {
        /// The contact.
        from: String,
        /// The status.
        message_id: String,
    },
    /// A contact is seen typing, by those linked devices that say that they are available.
    Typing {
        /// The contact.
        from: String,
        /// Where.
        #[serde(default)]
        chat: Option<String>,
        /// What the contact does; writes unless said otherwise.
        #[serde(default)]
        state: Typing,
    },
    /// An admin changes a group, or a member leaves it.
    Group {
        /// Who does it; the owner is an admin of every group.
        from: String,
        /// The group.
        chat: String,
        /// What is done.
        change: GroupChange,
    },
    /// The medium of a message is no longer served, until the phone uploads it anew.
    ExpireMedia {
        /// The message.
        message_id: String,
        /// The HTTP status of downloads: 403, 404 or 410.
        #[serde(default = "expired_code")]
        code: u16,
    },
}

/// How view-once content is marked. Clients of different ages use different forms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ViewOnceForm {
    /// Wrapped in `viewOnceMessage`, the oldest form.
    ViewOnceMessage,
    /// Wrapped in `viewOnceMessageV2`.
    #[default]
    ViewOnceMessageV2,
    /// Wrapped in `viewOnceMessageV2Extension`, which voice notes use.
    ViewOnceMessageV2Extension,
    /// Not wrapped; only the flag of the media says it.
    Inline,
}

fn expired_code() -> u16 {
    410
}

fn yes() -> bool {
    true
}

/// A text message with the secret that later edits and reactions may use.
pub(super) fn text(text: &str) -> wa::Message {
    wa::Message {
        conversation: Some(text.to_owned()),
        ..with_secret()
    }
}

/// A status of text, on a coloured ground.
pub(super) fn text_status(text: &str) -> wa::Message {
    let colours = [0xff1f_7a8c, 0xff7a_1f8c, 0xff8c_5a1f, 0xff1f_8c4d, 0xff8c_1f3a];
    let colour = colours[usize::from(chance::secret::<1>()[0]) % colours.len()];
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
            message_secret: Some(chance::secret::<32>().to_vec()),
            ..Default::default()
        }),
        ..Default::default()
    }
}

/// Marks media to be seen once.
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

/// A deletion of the message that the key names.
pub(super) fn revoke(key: wa::MessageKey) -> wa::Message {
    protocol(wa::message::ProtocolMessage {
        r#type: Some(Type::REVOKE),
        key: MessageField::some(key),
        ..Default::default()
    })
}

/// What a message says after its author gave it another text or caption, if it has any.
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

/// What the message that the key names says now.
pub(super) fn edit(key: wa::MessageKey, edited: wa::Message) -> wa::Message {
    protocol(wa::message::ProtocolMessage {
        r#type: Some(Type::MESSAGE_EDIT),
        key: MessageField::some(key),
        edited_message: MessageField::some(edited),
        timestamp_ms: i64::try_from(chance::now_ms()).ok(),
        ..Default::default()
    })
}

fn protocol(message: wa::message::ProtocolMessage) -> wa::Message {
    wa::Message {
        protocol_message: MessageField::some(message),
        ..Default::default()
    }
}

/// A reaction to the message that the key names.
pub(super) fn reaction(key: wa::MessageKey, emoji: &str) -> wa::Message {
    wa::Message {
        reaction_message: MessageField::some(wa::message::ReactionMessage {
            key: MessageField::some(key),
            text: Some(emoji.to_owned()),
            sender_timestamp_ms: i64::try_from(chance::now_ms()).ok(),
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

/// What a message holds once every wrapper is off.
pub(super) fn innermost(message: &wa::Message) -> &wa::Message {
    let wrappers = [
        message.view_once_message.as_option(),
        message.view_once_message_v2.as_option(),
        message.view_once_message_v2_extension.as_option(),
        message.ephemeral_message.as_option(),
        message.document_with_caption_message.as_option(),
        message.edited_message.as_option(),
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
        return ("media", Some(Media::Image.wire()));
    }
    if inner.video_message.is_set() {
        return ("media", Some(Media::Video.wire()));
    }
    if inner.audio_message.is_set() {
        return ("media", Some(Media::Audio.wire()));
    }
    if inner.reaction_message.is_set() {
        return ("reaction", None);
    }
    ("text", None)
}
