//! Makes things happen in a world: each [`Event`] becomes the message that real clients would send.

use std::sync::Arc;

use wacore_binary::builder::NodeBuilder;
use waproto::whatsapp as wa;

use super::chance;
use super::error::{Result, SimulatorError};
use super::event::{self, Event, ViewOnceForm};
use super::history::Said;
use super::media::{Media, MediaShelf};
use super::stanza::{SERVER, STATUS};
use super::world::{Chat, World};

/// The `edit` attribute of the stanzas that change others.
const EDITED: &str = "1";
const REVOKED_BY_SENDER: &str = "7";
const REVOKED_BY_ADMIN: &str = "8";

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
            Event::ForgedDelete { from, message_id } => self.forge(&from, &message_id).await,
            Event::Edit {
                from,
                message_id,
                text,
            } => self.edit(&from, &message_id, &text).await,
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
            Event::Read { from, message_id } => self.read(&from, message_id),
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

    async fn delete(&mut self, from: &str, target: &str) -> Result<String> {
        let target = self.said_by(from, target, "forgedDelete is for the message of somebody else")?;
        let key = wa::MessageKey {
            from_me: Some(true),
            ..self.key_of(&target)?
        };
        let message = event::revoke(key);
        let revoke = said(from, target.chat, message, Some(REVOKED_BY_SENDER));
        self.send_said(revoke).await
    }

    async fn forge(&mut self, from: &str, target: &str) -> Result<String> {
        self.person(from)?;
        let target = self.said(target)?;
        if target.author == from {
            return Err(SimulatorError::Conflict(format!(
                "{from} wrote {}, so its deletion would be real: use delete, or name another forger",
                target.id
            )));
        }
        let (chat, participant, edit) = match &target.chat {
            Chat::With(_) => (Chat::With(from.to_owned()), None, REVOKED_BY_SENDER),
            shared => {
                let author = self.name_of(self.person(&target.author)?).to_string();
                (shared.clone(), Some(author), REVOKED_BY_ADMIN)
            }
        };
        let key = wa::MessageKey {
            from_me: Some(participant.is_none()),
            participant,
            ..self.key_of(&target)?
        };
        let revoke = said(from, chat, event::revoke(key), Some(edit));
        self.send_said(revoke).await
    }

    async fn edit(&mut self, from: &str, target: &str, text: &str) -> Result<String> {
        let target = self.said_by(from, target, "only the author can edit a message")?;
        let key = wa::MessageKey {
            from_me: Some(true),
            ..self.key_of(&target)?
        };
        let edit = said(from, target.chat, event::edit(key, text), Some(EDITED));
        self.send_said(edit).await
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

    /// A contact's read receipt for what a linked device sent.
    fn read(&mut self, from: &str, message_id: String) -> Result<String> {
        let target = self.said(&message_id)?;
        let reader = self.name_of(self.person(from)?);
        let receipt = NodeBuilder::new("receipt")
            .attr("id", message_id.as_str())
            .attr("type", "read")
            .attr("t", chance::now());
        let receipt = match &target.chat {
            Chat::With(_) => receipt.attr("from", reader),
            shared => receipt
                .attr("from", self.chat_jid(shared)?)
                .attr("participant", reader),
        };
        self.deliver_to_all(&receipt.build(), None)?;
        Ok(message_id)
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

    async fn send_said(&mut self, said: Said) -> Result<String> {
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

    fn said(&self, id: &str) -> Result<Said> {
        self.log.find(id).cloned().ok_or_else(|| {
            SimulatorError::unknown("message", id, "use a messageId that an earlier event answered")
        })
    }

    fn said_by(&self, author: &str, id: &str, hint: &'static str) -> Result<Said> {
        let said = self.said(id)?;
        if said.author == author {
            return Ok(said);
        }
        Err(SimulatorError::Conflict(format!(
            "{id} was written by {}, not by {author}: {hint}",
            said.author
        )))
    }

    /// The key that names a message, without `fromMe`.
    fn key_of(&self, said: &Said) -> Result<wa::MessageKey> {
        let author = self.name_of(self.person(&said.author)?).to_string();
        let chat = match &said.chat {
            Chat::Status => STATUS.to_owned(),
            chat => self.chat_jid(chat)?.to_string(),
        };
        Ok(wa::MessageKey {
            remote_jid: Some(chat),
            id: Some(said.id.clone()),
            participant: (!matches!(said.chat, Chat::With(_))).then_some(author),
            ..Default::default()
        })
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
