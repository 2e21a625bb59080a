//! Content of a message, under all its wrappers.

use whatsapp_rust::waproto::whatsapp as wa;
use whatsapp_rust::waproto::whatsapp::message::protocol_message::Type;
use whatsapp_rust::waproto::whatsapp::message::{ProtocolMessage, ReactionMessage};
use whatsapp_rust::waproto::whatsapp::message_association::AssociationType;

use super::bounds::{ID_LETTERS, bounded_text, clip};
use super::media::{self, Lost};
use super::people;
use crate::event::{Chat, Content, MediaReference, Message, Person};

/// Most wrappers that are opened. Real messages have at most three.
const MAX_WRAPPERS: usize = 8;
/// Longest emoji sequence that is kept.
const EMOJI_LETTERS: usize = 32;

/// Message without its wrappers.
pub(super) struct Opened<'a> {
    /// The innermost message.
    pub(super) body: &'a wa::Message,
    /// True when a wrapper says that the message is view-once.
    pub(super) is_view_once: bool,
    /// The message of which it is a further file; none for a message of its own.
    pub(super) part_of: Option<PartOf<'a>>,
}

/// The association of a further file with its message.
#[derive(Clone, Copy)]
pub(super) struct PartOf<'a> {
    /// The message's id.
    parent: &'a str,
    /// True for an HD copy. Only a copy that the same programs show counts.
    is_better: bool,
}

/// Takes a message out of its wrappers.
pub(super) fn open(message: &wa::Message) -> Opened<'_> {
    let mut opened = Opened {
        body: message,
        is_view_once: false,
        part_of: part_of(message),
    };
    for _ in 0..MAX_WRAPPERS {
        let (inner, is_view_once) = inside(opened.body);
        opened.is_view_once |= is_view_once;
        let Some(inner) = inner else { break };
        opened.body = inner;
        opened.part_of = opened.part_of.or_else(|| part_of(inner));
    }
    opened
}

/// Reads the association of the second upload of a picture or video, or of the moving half of a picture. The pictures of an
/// album are associated with it as well, but are messages of their own.
fn part_of(message: &wa::Message) -> Option<PartOf<'_>> {
    let context = message.message_context_info.as_option()?;
    let association = context.message_association.as_option()?;
    let is_better = match association.association_type? {
        AssociationType::HD_VIDEO_DUAL_UPLOAD | AssociationType::HD_IMAGE_DUAL_UPLOAD => true,
        AssociationType::MOTION_PHOTO | AssociationType::HEVC_VIDEO_DUAL_UPLOAD => false,
        _ => return None,
    };
    let parent = association.parent_message_key.as_option()?;
    Some(PartOf {
        parent: parent.id.as_deref().unwrap_or_default(),
        is_better,
    })
}

/// Content of the outermost wrapper, and true when that wrapper means view-once. None when there is no wrapper.
fn inside(message: &wa::Message) -> (Option<&wa::Message>, bool) {
    if let Some(sent) = message.device_sent_message.as_option() {
        return (sent.message.as_option(), false);
    }
    let view_once = [
        &message.view_once_message,
        &message.view_once_message_v2,
        &message.view_once_message_v2_extension,
    ];
    if let Some(wrapper) = view_once.into_iter().find_map(|field| field.as_option()) {
        return (wrapper.message.as_option(), true);
    }
    let others = [
        &message.ephemeral_message,
        &message.document_with_caption_message,
        &message.edited_message,
        &message.group_mentioned_message,
        &message.associated_child_message,
        &message.lottie_sticker_message,
        &message.bot_invoke_message,
        &message.group_status_message,
        &message.group_status_message_v2,
        &message.question_message,
        &message.question_reply_message,
        &message.spoiler_message,
        &message.status_add_yours,
    ];
    let wrapper = others.into_iter().find_map(|field| field.as_option());
    (wrapper.and_then(|wrapper| wrapper.message.as_option()), false)
}

/// Reads the content. None for a message between the owner's devices.
pub(super) fn read(opened: &Opened<'_>, envelope: &Message, owner: &Person) -> Option<Content> {
    let body = opened.body;
    if let Some(protocol) = body.protocol_message.as_option() {
        return read_protocol_message(protocol, envelope, owner);
    }
    if let Some(reaction) = body.reaction_message.as_option() {
        return Some(read_reaction(reaction));
    }
    if opened.is_view_once || has_view_once_flag(body) {
        return Some(Content::ViewOnce(file(body).and_then(Result::ok).map(Box::new)));
    }
    // Anything else that claims to be a part is shown, and so is kept.
    let is_picture = body.image_message.as_option().is_some() || body.video_message.as_option().is_some();
    if let Some(part) = opened.part_of
        && is_picture
    {
        return Some(read_part(part, body));
    }
    if let Some(text) = text(body) {
        return Some(Content::Text(bounded_text(text).unwrap_or_default()));
    }
    if let Some(file) = file(body) {
        return Some(match file {
            Ok(media) => Content::Media(Box::new(media)),
            Err(Lost { kind, caption }) => Content::LostMedia { kind, caption },
        });
    }
    Some(Content::Other(other_kind(body)))
}

fn read_part(part: PartOf<'_>, body: &wa::Message) -> Content {
    let better = file(body).filter(|_| part.is_better).and_then(Result::ok);
    Content::Part {
        target_wa_id: clip(part.parent, ID_LETTERS),
        better: better.map(Box::new),
    }
}

/// Reads the file of a message. None when the message has no file.
pub(super) fn file(body: &wa::Message) -> Option<Result<MediaReference, Lost>> {
    if let Some(image) = body.image_message.as_option() {
        Some(media::image(image))
    } else if let Some(video) = body.video_message.as_option() {
        Some(media::video(video))
    } else if let Some(round) = body.ptv_message.as_option() {
        Some(media::video(round))
    } else if let Some(audio) = body.audio_message.as_option() {
        Some(media::audio(audio))
    } else if let Some(sticker) = body.sticker_message.as_option() {
        Some(media::sticker(sticker))
    } else {
        body.document_message.as_option().map(media::document)
    }
}

/// Returns true when the file itself is marked view-once.
pub(super) fn has_view_once_flag(body: &wa::Message) -> bool {
    let flags = [
        body.image_message.as_option().and_then(|image| image.view_once),
        body.video_message.as_option().and_then(|video| video.view_once),
        body.ptv_message.as_option().and_then(|round| round.view_once),
        body.audio_message.as_option().and_then(|audio| audio.view_once),
    ];
    flags.contains(&Some(true))
}

fn text(body: &wa::Message) -> Option<&str> {
    let extended = || body.extended_text_message.as_option()?.text.as_deref();
    body.conversation
        .as_deref()
        .filter(|text| !text.is_empty())
        .or_else(extended)
}

fn read_reaction(reaction: &ReactionMessage) -> Content {
    let target = reaction.key.as_option().and_then(|key| key.id.as_deref());
    let Some(target) = target.filter(|id| !id.is_empty()) else {
        return Content::Other("reaction to nothing");
    };
    let emoji = clip(reaction.text.as_deref().unwrap_or_default(), EMOJI_LETTERS);
    Content::Reaction {
        target_wa_id: clip(target, ID_LETTERS),
        emoji: Some(emoji).filter(|emoji| !emoji.is_empty()),
    }
}

fn read_protocol_message(protocol: &ProtocolMessage, envelope: &Message, owner: &Person) -> Option<Content> {
    let target = protocol.key.as_option().and_then(|key| key.id.as_deref());
    let target = target.filter(|id| !id.is_empty()).map(|id| clip(id, ID_LETTERS));
    match (protocol.r#type, target) {
        (Some(Type::REVOKE), Some(target_wa_id)) => Some(Content::Revoke {
            target_wa_id,
            target_sender: claimed_author(protocol, envelope, owner),
            by_admin: None,
        }),
        (Some(Type::MESSAGE_EDIT), Some(target_wa_id)) => Some(read_edit(protocol, target_wa_id)),
        (
            Some(
                Type::REVOKE
                | Type::MESSAGE_EDIT
                | Type::EPHEMERAL_SETTING
                | Type::SHARE_PHONE_NUMBER
                | Type::LIMIT_SHARING
                | Type::REMINDER_MESSAGE
                | Type::STATUS_MENTION_MESSAGE,
            ),
            _,
        ) => Some(Content::Other("protocol message")),
        // The other kinds are between the owner's own devices: keys, history, settings.
        _ => None,
    }
}

/// Author of the message that a revoke claims to delete; None for the revoker's own.
///
/// The key is written from the revoker's point of view: `participant` names the author in groups, `from_me` marks the
/// revoker's own message. Only a key that names another person, or that disowns the message in a chat of two, is a claim
/// on another person's message.
fn claimed_author(protocol: &ProtocolMessage, envelope: &Message, owner: &Person) -> Option<Person> {
    let key = protocol.key.as_option()?;
    if let Some(author) = key.participant.as_deref().and_then(people::parse_person) {
        return (!people::are_same(&author, &envelope.sender)).then_some(author);
    }
    match &envelope.chat {
        // In a chat of two, a message that is not the revoker's is the other person's.
        Chat::Direct(other) if key.from_me == Some(false) => {
            Some(if envelope.is_from_me { other } else { owner }.clone())
        }
        _ => None,
    }
}

fn read_edit(protocol: &ProtocolMessage, target_wa_id: String) -> Content {
    let Some(message) = protocol.edited_message.as_option() else {
        return Content::Other("edit to nothing");
    };
    let inner = open(message).body;
    // A file without a caption: the edit removed it.
    let emptied = || file(inner).map(|_| "");
    match text(inner).or_else(|| caption(inner)).or_else(emptied) {
        Some(text) => Content::Edit {
            target_wa_id,
            text: bounded_text(text).unwrap_or_default(),
        },
        None => Content::Other("edit without text"),
    }
}

/// Caption of a file, which an edit changes without sending the file again.
fn caption(body: &wa::Message) -> Option<&str> {
    let captions = [
        body.image_message
            .as_option()
            .and_then(|image| image.caption.as_deref()),
        body.video_message
            .as_option()
            .and_then(|video| video.caption.as_deref()),
        body.document_message
            .as_option()
            .and_then(|document| document.caption.as_deref()),
    ];
    captions.into_iter().flatten().find(|caption| !caption.is_empty())
}

/// Name of a kind of message that AMDA does not keep.
fn other_kind(body: &wa::Message) -> &'static str {
    let kinds = [
        (body.poll_creation_message.is_set(), "poll"),
        (body.poll_creation_message_v2.is_set(), "poll"),
        (body.poll_creation_message_v3.is_set(), "poll"),
        (body.poll_creation_message_v5.is_set(), "poll"),
        (body.poll_update_message.is_set(), "vote"),
        (body.location_message.is_set(), "location"),
        (body.live_location_message.is_set(), "live location"),
        (body.contact_message.is_set(), "contact card"),
        (body.contacts_array_message.is_set(), "contact card"),
        (body.group_invite_message.is_set(), "group invitation"),
        (body.album_message.is_set(), "album"),
        (body.event_message.is_set(), "event"),
        (body.call.is_set(), "call"),
        (body.call_log_messsage.is_set(), "call"),
        (body.enc_reaction_message.is_set(), "encrypted reaction"),
        (body.secret_encrypted_message.is_set(), "encrypted edit"),
        (body.keep_in_chat_message.is_set(), "kept message"),
        (body.pin_in_chat_message.is_set(), "pinned message"),
        (body.placeholder_message.is_set(), "placeholder"),
    ];
    let known = kinds.into_iter().find(|(is_set, _)| *is_set);
    known.map_or("unknown", |(_, name)| name)
}
