//! Makes things happen in a world: each [`Event`] becomes the message that real clients would send.

use std::sync::Arc;

use wacore_binary::builder::NodeBuilder;
use waproto::whatsapp as wa;

use super::chance;
use super::error::{Result, SimulatorError};
use super::event::{self, Event, ViewOnceForm};
use super::history::Said;
use super::media::{Media, MediaShelf};
use super::stanza::SERVER;
use super::world::{Chat, World};

/// How WhatsApp refuses a download whose time is over.
const EXPIRED_CODES: [u16; 3] = [403, 404, 410];

impl World {
    /// Makes an event happen, and answers the id of the message that it sent, or that it is about.
    pub(super) async fn happen(&mut self, event: Event, store: &Arc<MediaShelf>) -> Result<String> {
        match event {
            Event::Status { from, text, media } => self.status(&from, text, media, store).await,
            Event::Message {
                from,
                chat,
                text,
                media,
            } => {
                let chat = self.chat_for(&from, chat.as_deref())?;
                let message = content(text, media, store)?;
                self.say_in(&from, chat, message).await
            }
            Event::ViewOnce {
                from,
                chat,
                text,
                media,
                delivered,
                form,
            } => {
                let chat = self.chat_for(&from, chat.as_deref())?;
                let media = store.make(media.unwrap_or(Media::Image), text)?;
                self.view_once(&from, chat, media, delivered, form).await
            }
            Event::Delete { from, message_id } => self.delete(&from, &message_id).await,
            Event::AdminDelete { from, message_id } => self.admin_delete(&from, &message_id).await,
            Event::ForgedDelete { from, message_id } => self.forge(&from, &message_id).await,
            Event::Edit {
                from,
                message_id,
                text,
                encrypted,
            } => self.edit(&from, &message_id, &text, encrypted).await,
            Event::QuoteViewOnce {
                from,
                message_id,
                text,
            } => self.quote(&from, &message_id, text).await,
            Event::Mute { from, status, muted } => self.mute(&from, status, muted),
            Event::Reaction {
                from,
                message_id,
                text,
            } => self.react(&from, &message_id, &text).await,
            Event::Read { from, message_id } => self.read(&from, &message_id),
            Event::View { from, message_id } => self.view(&from, &message_id),
            Event::Typing { from, chat, state } => {
                let chat = self.chat_for(&from, chat.as_deref())?;
                self.type_in(&from, &chat, state)
            }
            Event::Group { from, chat, change } => self.change_group(&from, &chat, change),
            Event::ExpireMedia { message_id, code } => self.expire_media(&message_id, code, store),
        }
    }

    async fn status(
        &mut self,
        from: &str,
        text: Option<String>,
        media: Option<Media>,
        store: &Arc<MediaShelf>,
    ) -> Result<String> {
        self.person(from)?;
        let message = match media {
            Some(media) => with_secret(store.make(media, text)?),
            None => event::text_status(&required(text)?),
        };
        self.say_in(from, Chat::Status, message).await
    }

    async fn view_once(
        &mut self,
        from: &str,
        chat: Chat,
        media: wa::Message,
        is_delivered: bool,
        form: ViewOnceForm,
    ) -> Result<String> {
        let message = event::view_once(with_secret(media), form);
        let said = said(from, chat, message, None);
        let id = said.id.clone();
        if is_delivered {
            self.send(said).await?;
        } else {
            self.send_placeholder(said).await?;
        }
        Ok(id)
    }

    async fn quote(&mut self, from: &str, target: &str, text: Option<String>) -> Result<String> {
        if from != self.owner.number {
            return Err(SimulatorError::invalid(
                "from",
                from,
                "only the owner of the phone saw the view-once message, so name the phone's own number",
            ));
        }
        let target = self.said(target)?;
        let author = self.name_of(self.person(&target.author)?).to_string();
        let text = text.unwrap_or_else(|| "Nice!".to_owned());
        let quoted = wa::Message {
            message_context_info: buffa::MessageField::none(),
            ..target.message.clone()
        };
        let message = event::quote(&text, &target.id, author, quoted);
        self.say_in(from, target.chat, message).await
    }

    async fn react(&mut self, from: &str, target: &str, emoji: &str) -> Result<String> {
        let target = self.said(target)?;
        let key = wa::MessageKey {
            from_me: Some(target.author == from),
            ..self.key_of(&target)?
        };
        let message = event::reaction(key, emoji);
        self.say_in(from, target.chat, message).await
    }

    fn mute(&mut self, contact: &str, is_status: bool, is_muted: bool) -> Result<String> {
        let jid = self.name_of(self.person(contact)?);
        if is_status {
            self.app_state.set_status_mute(&jid, is_muted)?;
        } else {
            self.app_state.set_mute(&jid, is_muted)?;
        }
        self.announce_app_state("regular_high")?;
        Ok(jid.to_string())
    }

    /// The medium of a message is no longer served. Answers the message's id.
    fn expire_media(&self, message_id: &str, code: u16, store: &MediaShelf) -> Result<String> {
        if !EXPIRED_CODES.contains(&code) {
            return Err(SimulatorError::invalid(
                "code",
                code.to_string(),
                "WhatsApp answers 403, 404 or 410 when a medium is no longer served",
            ));
        }
        store.expire(&self.said(message_id)?.message, code)?;
        Ok(message_id.to_owned())
    }

    /// Tells every linked device that a collection has new patches.
    pub(super) fn announce_app_state(&mut self, collection: &str) -> Result<()> {
        self.announce_app_state_except(collection, None)
    }

    /// As [`Self::announce_app_state`], but not to the device that made the patch.
    pub(super) fn announce_app_state_except(&mut self, collection: &str, maker: Option<u16>) -> Result<()> {
        let changed = NodeBuilder::new("collection")
            .attr("name", collection)
            .attr("version", self.app_state.version(collection))
            .build();
        let notification = NodeBuilder::new("notification")
            .attr("from", SERVER)
            .attr("id", chance::message_id())
            .attr("t", chance::now())
            .attr("type", "server_sync")
            .children([changed])
            .build();
        self.deliver_to_all(&notification, maker)
    }

    /// Delivers one stanza to every linked device but one.
    pub(super) fn deliver_to_all(&mut self, node: &wacore_binary::Node, but: Option<u16>) -> Result<()> {
        let devices: Vec<u16> = self.devices.keys().copied().collect();
        for device in devices.into_iter().filter(|id| Some(*id) != but) {
            self.deliver(device, node.clone())?;
        }
        Ok(())
    }

    async fn say_in(&mut self, from: &str, chat: Chat, message: wa::Message) -> Result<String> {
        self.person(from)?;
        self.send_said(said(from, chat, message, None)).await
    }

    pub(super) async fn send_said(&mut self, said: Said) -> Result<String> {
        let id = said.id.clone();
        self.send(said).await?;
        Ok(id)
    }

    /// The chat that an event names.
    fn chat_for(&self, from: &str, chat: Option<&str>) -> Result<Chat> {
        let Some(chat) = chat else {
            if from == self.owner.number {
                return Err(SimulatorError::Conflict(
                    "the owner must write to somebody: name a contact's number or a group's id as chat"
                        .to_owned(),
                ));
            }
            self.person(from)?;
            return Ok(Chat::With(from.to_owned()));
        };
        if let Ok(group) = self.group(chat) {
            if from != self.owner.number && !group.members.iter().any(|member| member == from) {
                return Err(SimulatorError::Conflict(format!(
                    "{from} is no member of group {chat}: name one of its members"
                )));
            }
            return Ok(Chat::Group(group.id.clone()));
        }
        let number = chat.strip_suffix("@s.whatsapp.net").unwrap_or(chat);
        self.person(number)?;
        if from == self.owner.number {
            Ok(Chat::With(number.to_owned()))
        } else {
            Ok(Chat::With(from.to_owned()))
        }
    }
}

/// A message as it will be remembered, with a fresh id.
pub(super) fn said(author: &str, chat: Chat, message: wa::Message, edit: Option<&str>) -> Said {
    Said {
        id: chance::message_id(),
        author: author.to_owned(),
        chat,
        at: chance::now(),
        edit: edit.map(str::to_owned),
        message,
    }
}

fn content(text: Option<String>, media: Option<Media>, store: &Arc<MediaShelf>) -> Result<wa::Message> {
    match media {
        Some(media) => Ok(with_secret(store.make(media, text)?)),
        None => Ok(event::text(&required(text)?)),
    }
}

fn with_secret(media: wa::Message) -> wa::Message {
    wa::Message {
        message_context_info: event::with_secret().message_context_info,
        ..media
    }
}

fn required(text: Option<String>) -> Result<String> {
    text.ok_or(SimulatorError::Invalid {
        what: "text",
        value: String::new(),
        hint: "a message without media needs a text",
    })
}
