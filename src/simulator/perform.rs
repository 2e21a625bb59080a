//! Events of the people in a world: each [`Event`] becomes the message that a real client would send.

use wacore_binary::Jid;
use wacore_binary::builder::NodeBuilder;
use waproto::whatsapp as wa;

use super::changes::EditForm;
use super::content;
use super::error::{Result, SimulatorError};
use super::event::{Event, Part};
use super::media::{Media, MediaStore};
use super::message_log::LoggedMessage;
use super::person::BusinessProfile;
use super::random;
use super::stanza::server;
use super::time;
use super::world::{Chat, World};

/// HTTP statuses with which WhatsApp refuses a download of expired media.
const EXPIRED_CODES: [u16; 3] = [403, 404, 410];

impl World {
    /// Performs an event. Returns the id of the message that it sends, or that it is about.
    pub(super) async fn perform(&mut self, event: Event, media_store: &MediaStore) -> Result<String> {
        match event {
            Event::Status { from, text, media } => self.post_status(&from, text, media, media_store).await,
            Event::Message {
                from,
                chat,
                text,
                media,
            } => {
                let chat = self.chat_for(&from, chat.as_deref())?;
                let message = message_of(text, media, media_store)?;
                self.send_message(&from, chat, message).await
            }
            Event::MessageWith {
                from,
                chat,
                text,
                media,
                mentions,
                timer_seconds,
                without_keys,
            } => {
                let chat = self.chat_for(&from, chat.as_deref())?;
                let mentioned = self.jids_of(&mentions)?;
                let text = text.map(|text| with_mentions(text, &mentions, &mentioned));
                let mut message = message_of(text, media, media_store)?;
                content::mention(&mut message, &mentioned);
                content::disappear(&mut message, timer_seconds);
                if without_keys {
                    content::remove_keys(&mut message);
                }
                self.send_message(&from, chat, message).await
            }
            Event::Part {
                from,
                message_id,
                part,
            } => self.send_part(&from, &message_id, part, media_store).await,
            Event::SetTimer { from, chat, seconds } => {
                let chat = self.chat_for(&from, chat.as_deref())?;
                self.send_message(&from, chat, content::timer(seconds)).await
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
                let media = media_store.make(media.unwrap_or(Media::Image), text)?;
                let message = content::view_once(with_secret(media), form);
                self.send_view_once(&from, chat, message, delivered).await
            }
            Event::Delete { from, message_id } => self.delete(&from, &message_id).await,
            Event::AdminDelete { from, message_id } => self.admin_delete(&from, &message_id).await,
            Event::ForgedDelete { from, message_id } => self.forge_delete(&from, &message_id).await,
            Event::Edit {
                from,
                message_id,
                text,
                encrypted,
                wrapped,
            } => {
                let form = EditForm {
                    is_encrypted: encrypted,
                    is_wrapped: wrapped,
                };
                self.edit(&from, &message_id, &text, form).await
            }
            Event::QuoteViewOnce {
                from,
                message_id,
                text,
            } => self.quote(&from, &message_id, text).await,
            Event::Mute { from, status, muted } => self.mute(&from, status, muted),
            Event::BusinessName { from, name } => self.verify_name(&from, &name),
            Event::ChangeNumber { from, number } => self.change_number(&from, &number),
            Event::Reaction {
                from,
                message_id,
                text,
            } => self.react(&from, &message_id, &text).await,
            Event::Read { from, message_id } => self.read(&from, &message_id),
            Event::View { from, message_id } => self.view(&from, &message_id),
            Event::Typing { from, chat, state } => {
                let chat = self.chat_for(&from, chat.as_deref())?;
                self.show_typing(&from, &chat, state)
            }
            Event::Group { from, chat, change } => self.change_group(&from, &chat, change),
            Event::Business { from, profile } => self.become_business(from, profile),
            Event::Reinstall { from } => self.reinstall(&from),
            Event::Raw(raw) => self.send_raw(raw).await,
            Event::Stanza { stanza } => self.send_stanza(&stanza),
            Event::ExpireMedia { message_id, code } => self.expire_media(&message_id, code, media_store),
        }
    }

    fn become_business(&mut self, from: String, profile: BusinessProfile) -> Result<String> {
        self.contact_mut(&from)?.business = Some(profile);
        Ok(from)
    }

    fn jids_of(&self, numbers: &[String]) -> Result<Vec<Jid>> {
        let jid = |number: &String| Ok(self.jid_of(self.person(number)?));
        numbers.iter().map(jid).collect()
    }

    async fn post_status(
        &mut self,
        from: &str,
        text: Option<String>,
        media: Option<Media>,
        media_store: &MediaStore,
    ) -> Result<String> {
        self.person(from)?;
        let message = match media {
            Some(media) => with_secret(media_store.make(media, text)?),
            None => content::text_status(&required(text)?),
        };
        self.send_message(from, Chat::Status, message).await
    }

    async fn send_part(
        &mut self,
        from: &str,
        target: &str,
        part: Part,
        media_store: &MediaStore,
    ) -> Result<String> {
        let target = self.logged_by(from, target, "only the author sends further files of a message")?;
        let media = match part {
            Part::HdImage => Media::Image,
            Part::HdVideo | Part::MotionPhoto => Media::Video,
        };
        let media = with_secret(media_store.make(media, None)?);
        let message = content::part(media, self.key_of(&target)?, part);
        self.send_message(from, target.chat, message).await
    }

    async fn send_view_once(
        &mut self,
        from: &str,
        chat: Chat,
        message: wa::Message,
        is_delivered: bool,
    ) -> Result<String> {
        let message = new_message(from, chat, message, None);
        let id = message.id.clone();
        if is_delivered {
            self.send(message).await?;
        } else {
            self.send_placeholder(message).await?;
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
        let target = self.logged(target)?;
        let author = self.jid_of(self.person(&target.author)?).to_string();
        let text = text.unwrap_or_else(|| "Nice!".to_owned());
        let quoted = wa::Message {
            message_context_info: buffa::MessageField::none(),
            ..target.message.clone()
        };
        let message = content::quote(&text, &target.id, author, quoted);
        self.send_message(from, target.chat, message).await
    }

    async fn react(&mut self, from: &str, target: &str, emoji: &str) -> Result<String> {
        let target = self.logged(target)?;
        let key = wa::MessageKey {
            from_me: Some(target.author == from),
            ..self.key_of(&target)?
        };
        let message = content::reaction(key, emoji);
        self.send_message(from, target.chat, message).await
    }

    fn mute(&mut self, contact: &str, is_status: bool, is_muted: bool) -> Result<String> {
        let jid = self.jid_of(self.person(contact)?);
        if is_status {
            self.app_state.set_status_mute(&jid, is_muted)?;
        } else {
            self.app_state.set_mute(&jid, is_muted)?;
        }
        self.announce_app_state("regular_high")?;
        Ok(jid.to_string())
    }

    /// Gives a contact new keys and notifies the devices. Returns the contact's JID.
    fn reinstall(&mut self, from: &str) -> Result<String> {
        self.contact_mut(from)?.reinstall()?;
        let jid = self.jid_of(self.person(from)?);
        let notification = NodeBuilder::new("notification")
            .attr("from", jid.clone())
            .attr("id", random::message_id())
            .attr("t", time::now())
            .attr("type", "encrypt")
            .children([NodeBuilder::new("identity").build()])
            .build();
        self.deliver_to_all(&notification, None)?;
        Ok(jid.to_string())
    }

    /// Stops serving the medium of a message. Returns the message's id.
    fn expire_media(&self, message_id: &str, code: u16, media_store: &MediaStore) -> Result<String> {
        if !EXPIRED_CODES.contains(&code) {
            return Err(SimulatorError::invalid(
                "code",
                code.to_string(),
                "WhatsApp answers 403, 404 or 410 when a medium is no longer served",
            ));
        }
        media_store.expire(&self.logged(message_id)?.message, code)?;
        Ok(message_id.to_owned())
    }

    /// Notifies every linked device that a collection has new patches.
    pub(super) fn announce_app_state(&mut self, collection: &str) -> Result<()> {
        self.announce_app_state_except(collection, None)
    }

    /// Notifies as [`Self::announce_app_state`] does, but not the device that made the patch.
    pub(super) fn announce_app_state_except(&mut self, collection: &str, maker: Option<u16>) -> Result<()> {
        let changed = NodeBuilder::new("collection")
            .attr("name", collection)
            .attr("version", self.app_state.version(collection))
            .build();
        let notification = NodeBuilder::new("notification")
            .attr("from", server())
            .attr("id", random::message_id())
            .attr("t", time::now())
            .attr("type", "server_sync")
            .children([changed])
            .build();
        self.deliver_to_all(&notification, maker)
    }

    /// Delivers one stanza to every linked device except one.
    pub(super) fn deliver_to_all(&mut self, node: &wacore_binary::Node, except: Option<u16>) -> Result<()> {
        let devices: Vec<u16> = self.devices.keys().copied().collect();
        for device in devices.into_iter().filter(|id| Some(*id) != except) {
            self.deliver(device, node.clone())?;
        }
        Ok(())
    }

    async fn send_message(&mut self, from: &str, chat: Chat, message: wa::Message) -> Result<String> {
        self.person(from)?;
        self.send_new(new_message(from, chat, message, None)).await
    }

    /// Sends a message and returns its id.
    pub(super) async fn send_new(&mut self, message: LoggedMessage) -> Result<String> {
        let id = message.id.clone();
        self.send(message).await?;
        Ok(id)
    }

    /// The chat that an event names; without a name, the chat of its sender with the owner.
    pub(super) fn chat_for(&self, from: &str, chat: Option<&str>) -> Result<Chat> {
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

/// A new message with a fresh id, stamped with the time.
pub(super) fn new_message(
    author: &str,
    chat: Chat,
    message: wa::Message,
    edit: Option<&str>,
) -> LoggedMessage {
    LoggedMessage {
        id: random::message_id(),
        author: author.to_owned(),
        chat,
        at: time::now(),
        edit: edit.map(str::to_owned),
        message,
    }
}

/// The text as clients write it: a mentioned person stands as `@` and the user part of their JID.
fn with_mentions(text: String, numbers: &[String], jids: &[Jid]) -> String {
    numbers.iter().zip(jids).fold(text, |text, (number, jid)| {
        text.replace(&format!("@{number}"), &format!("@{}", jid.user))
    })
}

fn message_of(text: Option<String>, media: Option<Media>, media_store: &MediaStore) -> Result<wa::Message> {
    match media {
        Some(media) => Ok(with_secret(media_store.make(media, text)?)),
        None => Ok(content::text(&required(text)?)),
    }
}

fn with_secret(media: wa::Message) -> wa::Message {
    wa::Message {
        message_context_info: content::with_secret().message_context_info,
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
