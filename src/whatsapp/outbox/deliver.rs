//! Our outgoing messages in the library's words.

use chrono::{DateTime, Utc};
use thiserror::Error;
use whatsapp_rust::proto_helpers::{MessageBuilderExt as _, build_reaction_message};
use whatsapp_rust::waproto::whatsapp as wa;
use whatsapp_rust::{Client, ErrorChainExt as _, Jid, SendError, SendOptions};

use crate::whatsapp::event::{Outgoing, Person};

/// Why a message did not leave.
#[derive(Debug, Error)]
pub(super) enum Undelivered {
    /// The connection went. It may be tried again.
    #[error("the connection was lost")]
    Offline,
    /// It cannot be sent, however often it is tried.
    #[error("{0}")]
    Impossible(String),
}

/// Sends `outgoing` under the id `wa_id`. Returns when it is written to the socket; the answer comes later.
pub(super) async fn deliver(
    client: &Client,
    outgoing: &Outgoing,
    wa_id: &str,
    now: DateTime<Utc>,
) -> Result<(), Undelivered> {
    let (to, message) = match outgoing {
        Outgoing::StatusReaction {
            author,
            target_wa_id,
            emoji,
        } => {
            // A reaction to a status goes where statuses go, with its author as participant, and is encrypted for the
            // author alone. It carries none of the settings that a status itself carries: WhatsApp refuses that (479).
            let status = Jid::status_broadcast();
            let key = wa::MessageKey {
                remote_jid: Some(status.to_string()),
                from_me: Some(false),
                id: Some(target_wa_id.clone()),
                participant: Some(by_lid(author)?.to_string()),
            };
            let message = build_reaction_message(key, emoji.clone(), now.timestamp_millis());
            (status, message)
        }
        Outgoing::Text { to, text, .. } => (by_number(to)?, wa::Message::text(text.clone())),
        Outgoing::Status { .. } | Outgoing::StatusRevoke { .. } => {
            return Err(Undelivered::Impossible("statuses are not sent yet".to_owned()));
        }
    };
    let options = SendOptions::default().with_message_id(wa_id);
    match client.send_message_with_options(to, message, options).await {
        Ok(_) => Ok(()),
        Err(error) => Err(failure(&error)),
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

fn failure(error: &SendError) -> Undelivered {
    if let Some(refusal) = error.server_rejection() {
        return Undelivered::Impossible(format!("WhatsApp refused what it needs: {refusal:?}"));
    }
    match error {
        SendError::Client(_) | SendError::NotLoggedIn | SendError::Iq(_) => Undelivered::Offline,
        error if error.is_transport_unavailable() => Undelivered::Offline,
        error => Undelivered::Impossible(error.to_string()),
    }
}
