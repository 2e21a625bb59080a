//! Changes of earlier messages: deletions by the author, by an admin and by a forger, and edits.

use buffa::MessageField;
use wacore::message_edit::{MessageEditContext, encrypt_message_edit};
use waproto::whatsapp as wa;
use waproto::whatsapp::message::secret_encrypted_message::SecretEncType;

use super::content;
use super::error::{Doing as _, Result, SimulatorError};
use super::message_log::LoggedMessage;
use super::perform::new_message;
use super::stanza::STATUS;
use super::world::{Chat, World};

/// Values of the `edit` attribute of a stanza that changes an earlier message.
const EDITED: &str = "1";
const REVOKED_BY_SENDER: &str = "7";
const REVOKED_BY_ADMIN: &str = "8";

/// The form of an edit; clients differ.
#[derive(Clone, Copy, Default)]
pub(super) struct EditForm {
    /// True when it is sealed with the secret of the message that it changes.
    pub(super) is_encrypted: bool,
    /// True when it is wrapped in `editedMessage`.
    pub(super) is_wrapped: bool,
}

impl World {
    pub(super) async fn delete(&mut self, from: &str, target: &str) -> Result<String> {
        let hint = "an admin of a group uses adminDelete, anybody else can only send a forgedDelete";
        let target = self.logged_by(from, target, hint)?;
        let key = wa::MessageKey {
            from_me: Some(true),
            ..self.key_of(&target)?
        };
        let message = content::revoke(key);
        let revoke = new_message(from, target.chat, message, Some(REVOKED_BY_SENDER));
        self.send_new(revoke).await
    }

    pub(super) async fn admin_delete(&mut self, from: &str, target: &str) -> Result<String> {
        self.person(from)?;
        let target = self.logged(target)?;
        let refused = |why: String| Err(SimulatorError::Conflict(why));
        let Chat::Group(group) = &target.chat else {
            return refused(format!(
                "{} was not sent in a group: only groups have admins who delete",
                target.id
            ));
        };
        if target.author == from {
            return refused(format!("{from} wrote {}: authors use delete", target.id));
        }
        if !self.is_admin(group, from)? {
            return refused(format!(
                "{from} is no admin of group {group}, so phones would ignore it: use forgedDelete, or promote them first"
            ));
        }
        self.revoke_as_admin(from, target).await
    }

    pub(super) async fn forge_delete(&mut self, from: &str, target: &str) -> Result<String> {
        self.person(from)?;
        let target = self.logged(target)?;
        if target.author == from {
            return Err(SimulatorError::Conflict(format!(
                "{from} wrote {}, so its deletion would be real: use delete, or name another forger",
                target.id
            )));
        }
        match &target.chat {
            Chat::With(_) => {
                let key = wa::MessageKey {
                    from_me: Some(true),
                    ..self.key_of(&target)?
                };
                let chat = Chat::With(from.to_owned());
                let revoke = new_message(from, chat, content::revoke(key), Some(REVOKED_BY_SENDER));
                self.send_new(revoke).await
            }
            Chat::Group(group) if self.is_admin(group, from)? => Err(SimulatorError::Conflict(format!(
                "{from} is an admin of the group, so the deletion would be real: use adminDelete, or name another forger"
            ))),
            Chat::Group(_) | Chat::Status => self.revoke_as_admin(from, target).await,
        }
    }

    /// Sends a deletion of another member's message, in the form that admins use.
    async fn revoke_as_admin(&mut self, from: &str, target: LoggedMessage) -> Result<String> {
        let author = self.jid_of(self.person(&target.author)?).to_string();
        let key = wa::MessageKey {
            from_me: Some(false),
            participant: Some(author),
            ..self.key_of(&target)?
        };
        let revoke = new_message(from, target.chat, content::revoke(key), Some(REVOKED_BY_ADMIN));
        self.send_new(revoke).await
    }

    pub(super) async fn edit(
        &mut self,
        from: &str,
        target: &str,
        text: &str,
        form: EditForm,
    ) -> Result<String> {
        let target = self.logged_by(from, target, "only the author can edit a message")?;
        let key = wa::MessageKey {
            from_me: Some(true),
            ..self.key_of(&target)?
        };
        let edited = content::with_new_text(&target.message, text).ok_or_else(|| {
            SimulatorError::Conflict(format!(
                "{} has no text or caption that could be edited: name a text, a picture or a film",
                target.id
            ))
        })?;
        let mut message = content::edit(key.clone(), edited);
        if form.is_wrapped {
            message = content::wrapped_edit(message);
        }
        if form.is_encrypted {
            message = self.seal_edit(&target, key, &message)?;
        }
        let edit = new_message(from, target.chat, message, Some(EDITED));
        self.send_new(edit).await
    }

    /// Seals an edit with the secret of the message that it changes, as newer clients do.
    fn seal_edit(
        &self,
        target: &LoggedMessage,
        key: wa::MessageKey,
        edit: &wa::Message,
    ) -> Result<wa::Message> {
        let info = target.message.message_context_info.as_option();
        let secret = info.and_then(|info| info.message_secret.as_deref());
        let secret = secret.ok_or_else(|| {
            SimulatorError::Conflict(format!(
                "{} has no secret under which it could be edited: use a plain edit",
                target.id
            ))
        })?;
        let author = self.jid_of(self.person(&target.author)?).to_string();
        let context = MessageEditContext {
            original_msg_id: &target.id,
            original_sender_jid: &author,
            editor_jid: &author,
        };
        let (sealed, nonce) = encrypt_message_edit(edit, secret, &context).doing("sealing an edit")?;
        Ok(wa::Message {
            secret_encrypted_message: MessageField::some(wa::message::SecretEncryptedMessage {
                target_message_key: MessageField::some(key),
                enc_payload: Some(sealed),
                enc_iv: Some(nonce.to_vec()),
                secret_enc_type: Some(SecretEncType::MESSAGE_EDIT),
                ..Default::default()
            }),
            ..Default::default()
        })
    }

    pub(super) fn logged(&self, id: &str) -> Result<LoggedMessage> {
        self.log.find(id).cloned().ok_or_else(|| {
            SimulatorError::unknown("message", id, "use a messageId that an earlier event answered")
        })
    }

    pub(super) fn logged_by(&self, author: &str, id: &str, hint: &'static str) -> Result<LoggedMessage> {
        let logged = self.logged(id)?;
        if logged.author == author {
            return Ok(logged);
        }
        Err(SimulatorError::Conflict(format!(
            "{id} was written by {}, not by {author}: {hint}",
            logged.author
        )))
    }

    /// The key that names a message, without `fromMe`.
    pub(super) fn key_of(&self, logged: &LoggedMessage) -> Result<wa::MessageKey> {
        let author = self.jid_of(self.person(&logged.author)?).to_string();
        let chat = match &logged.chat {
            Chat::Status => STATUS.to_owned(),
            chat => self.chat_jid(chat)?.to_string(),
        };
        Ok(wa::MessageKey {
            remote_jid: Some(chat),
            id: Some(logged.id.clone()),
            participant: (!matches!(logged.chat, Chat::With(_))).then_some(author),
            ..Default::default()
        })
    }
}
