//! Our outgoing messages in the library's words, with everything that they need.

use std::sync::Arc;
use std::time::Duration;

use whatsapp_rust::proto_helpers::{MessageBuilderExt as _, build_reaction_message};
use whatsapp_rust::waproto::whatsapp as wa;
use whatsapp_rust::{Client, Jid};

use super::deliver::{Ready, Undelivered};
use super::sender::Sender;
use super::status;
use crate::event::{Outgoing, Person};
use crate::whatsapp::session::Online;

impl Sender {
    /// Makes a message ready to leave, as long as the connection lasts.
    pub(super) async fn prepare(&self, online: &Online, outgoing: &Outgoing) -> Result<Ready, Undelivered> {
        let mut connection = self.online.clone();
        tokio::select! {
            biased;
            ready = self.compose(&online.client, outgoing) => ready,
            _ = connection.changed() => Err(Undelivered::Offline),
        }
    }

    async fn compose(&self, client: &Arc<Client>, outgoing: &Outgoing) -> Result<Ready, Undelivered> {
        Ok(match outgoing {
            Outgoing::StatusReaction {
                author,
                target_wa_id,
                emoji,
            } => {
                // A reaction to a status goes where statuses go, with its author as participant, and is encrypted for
                // the author alone. It carries none of the settings that a status itself carries: WhatsApp refuses that
                // (479).
                let status = Jid::status_broadcast();
                let key = wa::MessageKey {
                    remote_jid: Some(status.to_string()),
                    from_me: Some(false),
                    id: Some(target_wa_id.clone()),
                    participant: Some(by_lid(author)?.to_string()),
                };
                let now = self.now().timestamp_millis();
                Ready::Message {
                    to: status,
                    message: Box::new(build_reaction_message(key, emoji.clone(), now)),
                }
            }
            Outgoing::Text { to, text, .. } => {
                let address = by_number(to)?;
                if let Some(time) = self.budget.typing(text, &self.core.ids) {
                    self.type_for(client, to, time).await?;
                }
                Ready::Message {
                    to: address,
                    message: Box::new(wa::Message::text(text.clone())),
                }
            }
            Outgoing::Status { content, audience } => {
                let audience = status::resolve(client, audience).await?;
                let message = status::message(client, &*self.files, self.account, content).await?;
                Ready::Status {
                    message: Box::new(message),
                    audience,
                }
            }
            Outgoing::StatusRevoke {
                target_wa_id,
                audience,
            } => Ready::Status {
                audience: status::resolve(client, audience).await?,
                message: Box::new(status::revoke(target_wa_id)),
            },
            Outgoing::StatusView { author, target_wa_id } => Ready::View {
                author: by_lid(author)?,
                target_wa_id: target_wa_id.clone(),
            },
        })
    }

    /// Lets the other side see that the account is typing. WhatsApp passes that on from devices that are "unavailable"
    /// as well, so the phone goes on notifying its owner. What is sent next ends it.
    async fn type_for(&self, client: &Client, to: &Person, time: Duration) -> Result<(), Undelivered> {
        let lid = to.lid.as_deref().map(Jid::lid);
        let chat = match lid {
            Some(lid) if client.is_lid_migrated().await => lid,
            _ => by_number(to)?,
        };
        let shown = client.chatstate().send_composing(&chat).await;
        shown.map_err(|_| Undelivered::Offline)?;
        self.core.clock.sleep_until(self.now() + time).await;
        Ok(())
    }
}

/// Statuses name their authors by LID.
fn by_lid(person: &Person) -> Result<Jid, Undelivered> {
    let lid = person.lid.as_deref().map(Jid::lid);
    lid.or_else(|| person.phone_number.as_deref().map(Jid::pn))
        .ok_or_else(nobody)
}

/// The library turns a number into a LID where the account's chats are named so; the other way it may not know.
fn by_number(person: &Person) -> Result<Jid, Undelivered> {
    let number = person.phone_number.as_deref().map(Jid::pn);
    number
        .or_else(|| person.lid.as_deref().map(Jid::lid))
        .ok_or_else(nobody)
}

fn nobody() -> Undelivered {
    Undelivered::Impossible("the receiver has no name on WhatsApp".to_owned())
}
