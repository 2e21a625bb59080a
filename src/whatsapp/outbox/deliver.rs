//! Prepared messages, and their way into the socket.

use thiserror::Error;
use whatsapp_rust::waproto::whatsapp as wa;
use whatsapp_rust::{Client, ErrorChainExt as _, Jid, SendError, SendOptions, StatusSendOptions};

use super::refusal;

/// Error of a message that did not leave.
#[derive(Debug, Error)]
pub(super) enum DeliveryError {
    /// The connection was lost. The message may be tried again.
    #[error("the connection was lost")]
    Offline,
    /// Something that the message needs is not available now. It may be tried again.
    #[error("{0}")]
    Unready(String),
    /// WhatsApp refused with this code, which means a pause. The message is not tried again.
    #[error("WhatsApp refused with {0}")]
    Refused(String),
    /// The message can never be sent.
    #[error("{0}")]
    Impossible(String),
}

/// Message with everything that it needs to be sent.
#[derive(Debug)]
pub(super) enum PreparedMessage {
    /// A message to one chat.
    Message {
        /// The chat.
        to: Jid,
        /// The message.
        message: Box<wa::Message>,
        /// The time after which it disappears.
        timer_seconds: Option<u32>,
    },
    /// A status, or its deletion, to everybody who may see it.
    Status {
        /// The status, or its deletion.
        message: Box<wa::Message>,
        /// Addresses by LID.
        audience: Vec<Jid>,
    },
    /// A receipt that a status was seen.
    View {
        /// Its author.
        author: Jid,
        /// The status.
        target_wa_id: String,
    },
}

impl PreparedMessage {
    /// Id of WhatsApp's acknowledgement: that of the message, `wa_id`, or of the status that was seen.
    pub(super) fn ack_id<'a>(&'a self, wa_id: &'a str) -> &'a str {
        match self {
            Self::Message { .. } | Self::Status { .. } => wa_id,
            Self::View { target_wa_id, .. } => target_wa_id,
        }
    }

    /// Returns true for a message that is sealed under the key of statuses.
    pub(super) const fn is_status(&self) -> bool {
        matches!(self, Self::Status { .. })
    }

    /// Sends the message under the id `wa_id`. Returns when it is written to the socket; the answer comes later.
    pub(super) async fn send(self, client: &Client, wa_id: &str) -> Result<(), DeliveryError> {
        let sent = match self {
            Self::Message {
                to,
                message,
                timer_seconds,
            } => {
                let mut options = SendOptions::default().with_message_id(wa_id);
                options.ephemeral_expiration = timer_seconds;
                client.send_message_with_options(to, *message, options).await
            }
            Self::Status { message, audience } => {
                let options = StatusSendOptions {
                    message_id: Some(wa_id.to_owned()),
                    ..StatusSendOptions::default()
                };
                client.status().send_raw(*message, &audience, options).await
            }
            Self::View { author, target_wa_id } => {
                let (statuses, seen) = (Jid::status_broadcast(), [target_wa_id.as_str()]);
                let marked = client.mark_as_read(&statuses, Some(&author), &seen).await;
                // Only a lost connection makes it fail.
                return marked.map_err(|_| DeliveryError::Offline);
            }
        };
        sent.map(drop).map_err(|error| failure(&error))
    }
}

fn failure(error: &SendError) -> DeliveryError {
    if let Some(refusal) = error.server_rejection() {
        return refused(refusal.code, refusal.text);
    }
    match error {
        SendError::Client(_) | SendError::NotLoggedIn | SendError::Iq(_) => DeliveryError::Offline,
        error if error.is_transport_unavailable() => DeliveryError::Offline,
        error => DeliveryError::Impossible(error.to_string()),
    }
}

/// Reads WhatsApp's refusal of something that a message needs: keys, devices, names.
pub(super) fn refused(code: u16, text: &str) -> DeliveryError {
    let code_text = code.to_string();
    if refusal::means_pause(&code_text) {
        return DeliveryError::Refused(code_text);
    }
    match code {
        500..=599 => DeliveryError::Unready("WhatsApp cannot answer now".to_owned()),
        _ => DeliveryError::Impossible(format!("WhatsApp refused what it needs with {code}: {text}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_s_code_means_a_pause_another_try_or_giving_up() {
        for code in [429, 463] {
            let error = refused(code, "");
            assert!(
                matches!(&error, DeliveryError::Refused(named) if *named == code.to_string()),
                "{error:?}"
            );
        }
        for code in [500, 503, 599] {
            assert!(matches!(refused(code, ""), DeliveryError::Unready(_)), "{code}");
        }
        for code in [400, 404, 479] {
            assert!(
                matches!(refused(code, ""), DeliveryError::Impossible(_)),
                "{code}"
            );
        }
    }
}
