//! View-once messages that the owner quotes in a reply: the quoted copy has their keys.

use whatsapp_rust::waproto::whatsapp as wa;

use super::bounds::{ID_LETTERS, clip};
use super::content::{Opened, file, has_view_once_flag, open};
use super::people;
use crate::event::{Chat, Message, Origin, Person, QuotedViewOnce};

/// View-once message that the owner's message quotes; None when there is none or its file cannot be downloaded.
pub(super) fn view_once(opened: &Opened<'_>, envelope: &Message, owner: &Person) -> Option<QuotedViewOnce> {
    if !envelope.is_from_me {
        return None;
    }
    let context = context(opened.body)?;
    let quoted = open(context.quoted_message.as_option()?);
    if !quoted.is_view_once && !has_view_once_flag(quoted.body) {
        return None;
    }
    let author = context.participant.as_deref().and_then(people::parse_person);
    let sender = match (author, &envelope.chat) {
        (Some(author), _) => author,
        (None, Chat::Direct(other)) => other.clone(),
        (None, _) => return None,
    };
    let wa_id = clip(context.stanza_id.as_deref()?, ID_LETTERS);
    let mut media = file(quoted.body)?.ok()?;
    media.origin = Some(Origin {
        wa_id: wa_id.clone(),
        chat: envelope.chat.clone(),
        is_from_me: people::are_same(&sender, owner),
        sender: sender.clone(),
    });
    Some(QuotedViewOnce { wa_id, sender, media })
}

/// Context of a message, which holds the message that it quotes and the people whom it mentions.
pub(super) fn context(body: &wa::Message) -> Option<&wa::ContextInfo> {
    let contexts = [
        body.extended_text_message
            .as_option()
            .and_then(|m| m.context_info.as_option()),
        body.image_message
            .as_option()
            .and_then(|m| m.context_info.as_option()),
        body.video_message
            .as_option()
            .and_then(|m| m.context_info.as_option()),
        body.audio_message
            .as_option()
            .and_then(|m| m.context_info.as_option()),
        body.sticker_message
            .as_option()
            .and_then(|m| m.context_info.as_option()),
        body.document_message
            .as_option()
            .and_then(|m| m.context_info.as_option()),
        body.ptv_message
            .as_option()
            .and_then(|m| m.context_info.as_option()),
    ];
    contexts.into_iter().flatten().next()
}
