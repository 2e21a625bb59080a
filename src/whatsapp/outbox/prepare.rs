//! Prepares our outgoing messages: composed for the library, with everything that they need.

use std::sync::Arc;
use std::time::Duration;

use whatsapp_rust::proto_helpers::{MessageBuilderExt as _, build_reaction_message};
use whatsapp_rust::waproto::whatsapp as wa;
use whatsapp_rust::{Client, Jid};

use super::deliver::{DeliveryError, PreparedMessage};
use super::sender::Sender;
use super::status;
use crate::event::{Outgoing, Person};
use crate::whatsapp::session::OnlineClient;

impl Sender {
    /// Prepares a message; fails when the connection is lost meanwhile.
    pub(super) async fn prepare(
        &self,
        online: &OnlineClient,
        outgoing: &Outgoing,
    ) -> Result<PreparedMessage, DeliveryError> {
        let mut connection = self.online.clone();
        tokio::select! {
            biased;
            ready = self.compose(&online.client, outgoing) => ready,
            _ = connection.changed() => Err(DeliveryError::Offline),
        }
    }

    async fn compose(
        &self,
        client: &Arc<Client>,
        outgoing: &Outgoing,
    ) -> Result<PreparedMessage, DeliveryError> {
        Ok(match outgoing {
            Outgoing::StatusReaction {
                author,
                target_wa_id,
                emoji,
            } => {
                // A reaction to a status goes to the chat of statuses, with the author as participant, and is encrypted
                // for the author alone. It must carry none of the settings of a status: WhatsApp refuses that (479).
                let status = Jid::status_broadcast();
                let key = wa::MessageKey {
                    remote_jid: Some(status.to_string()),
                    from_me: Some(false),
                    id: Some(target_wa_id.clone()),
                    participant: Some(by_lid(author)?.to_string()),
                };
                let now = self.now().timestamp_millis();
                PreparedMessage::Message {
                    to: status,
                    message: Box::new(build_reaction_message(key, emoji.clone(), now)),
                    timer_seconds: None,
                }
            }
            Outgoing::Text {
                to,
                text,
                timer_seconds,
                ..
            } => {
                let address = by_number(to)?;
                if let Some(time) = self.budget.typing(text, &self.core.ids) {
                    self.show_typing(client, to, time).await?;
                }
                PreparedMessage::Message {
                    to: address,
                    message: Box::new(wa::Message::text(text.clone())),
                    timer_seconds: *timer_seconds,
                }
            }
            Outgoing::Status { content, audience } => {
                let audience = status::resolve(client, self.account.id, audience).await?;
                let message = status::message(client, &*self.files, self.account, content).await?;
                PreparedMessage::Status {
                    message: Box::new(message),
                    audience,
                }
            }
            Outgoing::StatusRevoke {
                target_wa_id,
                audience,
            } => PreparedMessage::Status {
                audience: status::resolve(client, self.account.id, audience).await?,
                message: Box::new(status::revoke(target_wa_id)),
            },
            Outgoing::StatusView { author, target_wa_id } => PreparedMessage::View {
                author: by_lid(author)?,
                target_wa_id: target_wa_id.clone(),
            },
        })
    }

    /// Shows the account as typing to the receiver, for `time`; the next message ends it. WhatsApp passes that on from
    /// devices that are "unavailable" as well, so the phone goes on notifying its owner.
    async fn show_typing(&self, client: &Client, to: &Person, time: Duration) -> Result<(), DeliveryError> {
        let lid = to.lid.as_deref().map(Jid::lid);
        let chat = match lid {
            Some(lid) if client.is_lid_migrated().await => lid,
            _ => by_number(to)?,
        };
        let shown = client.chatstate().send_composing(&chat).await;
        shown.map_err(|_| DeliveryError::Offline)?;
        self.core.clock.sleep_until(self.now() + time).await;
        Ok(())
    }
}

/// Address by LID, as statuses name their authors; by number where there is no LID.
fn by_lid(person: &Person) -> Result<Jid, DeliveryError> {
    let lid = person.lid.as_deref().map(Jid::lid);
    lid.or_else(|| person.phone_number.as_deref().map(Jid::pn))
        .ok_or_else(nameless)
}

/// Address by number, which the library turns into a LID where the account's chats are named by LID; the other way
/// round it may not know. By LID where there is no number.
fn by_number(person: &Person) -> Result<Jid, DeliveryError> {
    let number = person.phone_number.as_deref().map(Jid::pn);
    number
        .or_else(|| person.lid.as_deref().map(Jid::lid))
        .ok_or_else(nameless)
}

fn nameless() -> DeliveryError {
    DeliveryError::Impossible("the receiver has no name on WhatsApp".to_owned())
}
