//! A message that is ready, on its way into the socket.

use thiserror::Error;

use whatsapp_rust::waproto::whatsapp as wa;
use whatsapp_rust::{Client, ErrorChainExt as _, Jid, SendError, SendOptions, StatusSendOptions};

use super::settle;

/// Why a message did not leave.
#[derive(Debug, Error)]
pub(super) enum Undelivered {
    /// The connection went. It may be tried again.
    #[error("the connection was lost")]
    Offline,
    /// What it needs cannot be had now. It may be tried again.
    #[error("{0}")]
    Unready(String),
    /// WhatsApp's code says that nothing more is to be sent for a time. It is not tried again.
    #[error("WhatsApp refused with {0}")]
    Refused(String),
    /// It cannot be sent, however often it is tried.
    #[error("{0}")]
    Impossible(String),
}

/// A message with everything that it needs.
#[derive(Debug)]
pub(super) enum Ready {
    /// To one chat.
    Message {
        /// Where.
        to: Jid,
        /// What.
        message: Box<wa::Message>,
    },
    /// To everybody who may see a status.
    Status {
        /// The status, or its deletion.
        message: Box<wa::Message>,
        /// By LID.
        audience: Vec<Jid>,
    },
    /// That a status was seen.
    View {
        /// Its author.
        author: Jid,
        /// The status.
        target_wa_id: String,
    },
}

impl Ready {
    /// The id that WhatsApp's answer bears: that of the message, `wa_id`, or of the status that was seen.
    pub(super) fn answered_as<'a>(&'a self, wa_id: &'a str) -> &'a str {
        match self {
            Self::Message { .. } | Self::Status { .. } => wa_id,
            Self::View { target_wa_id, .. } => target_wa_id,
        }
    }

    /// Sends it under the id `wa_id`. Returns when it is written to the socket; the answer comes later.
    pub(super) async fn send(self, client: &Client, wa_id: &str) -> Result<(), Undelivered> {
        let sent = match self {
            Self::Message { to, message } => {
                let options = SendOptions::default().with_message_id(wa_id);
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
                let said = client.mark_as_read(&statuses, Some(&author), &seen).await;
                // It fails of nothing but the connection.
                return said.map_err(|_| Undelivered::Offline);
            }
        };
        sent.map(drop).map_err(|error| failure(&error))
    }
}

fn failure(error: &SendError) -> Undelivered {
    if let Some(refusal) = error.server_rejection() {
        return refused(refusal.code, refusal.text);
    }
    match error {
        SendError::Client(_) | SendError::NotLoggedIn | SendError::Iq(_) => Undelivered::Offline,
        error if error.is_transport_unavailable() => Undelivered::Offline,
        error => Undelivered::Impossible(error.to_string()),
    }
}

/// What it means that WhatsApp refused what a message needs (keys, devices, names) with this code, and said this.
pub(super) fn refused(code: u16, said: &str) -> Undelivered {
    let named = code.to_string();
    if settle::asks_for_a_pause(&named) {
        return Undelivered::Refused(named);
    }
    match code {
        500..=599 => Undelivered::Unready("WhatsApp cannot answer now".to_owned()),
        _ => Undelivered::Impossible(format!("WhatsApp refused what it needs with {code}: {said}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatsapp_s_code_tells_whether_to_pause_to_try_again_or_to_give_up() {
        for code in [429, 463] {
            let undelivered = refused(code, "");
            assert!(
                matches!(&undelivered, Undelivered::Refused(named) if *named == code.to_string()),
                "{undelivered:?}"
            );
        }
        for code in [500, 503, 599] {
            assert!(matches!(refused(code, ""), Undelivered::Unready(_)), "{code}");
        }
        for code in [400, 404, 479] {
            assert!(matches!(refused(code, ""), Undelivered::Impossible(_)), "{code}");
        }
    }
}
