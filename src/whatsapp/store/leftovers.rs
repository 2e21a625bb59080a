//! What an earlier client buffered and nobody took in.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use whatsapp_rust::Client;
use whatsapp_rust::types::message::{MessageInfo, MessageSource};
use whatsapp_rust::wacore::store::error::Result;
use whatsapp_rust::wacore_binary::{Jid, JidExt as _};
use whatsapp_rust::waproto::codec::message_decode;
use whatsapp_rust::waproto::whatsapp as wa;

use super::space::{Place, Space};
use super::{Store, failed};
use crate::db::schema::whatsapp_store::{self as table, dsl};

/// A status that was buffered, and given to nobody who kept it.
pub(in crate::whatsapp) struct Leftover {
    /// WhatsApp's id.
    pub(in crate::whatsapp) id: String,
    sender: Jid,
    stored_at: DateTime<Utc>,
    message: Vec<u8>,
    place: Place,
}

impl Leftover {
    /// What it says; nothing when it does not decode.
    pub(in crate::whatsapp) fn message(&self) -> Option<wa::Message> {
        message_decode(&self.message).ok()
    }

    /// What is known of it without its stanza: it was posted at about the time at which it arrived.
    pub(in crate::whatsapp) fn info(&self, client: &Client) -> MessageInfo {
        let own = [client.pn(), client.lid()];
        let is_from_me = own.iter().flatten().any(|own| own.is_same_user_as(&self.sender));
        MessageInfo {
            id: self.id.clone(),
            timestamp: self.stored_at,
            is_offline: true,
            source: MessageSource {
                chat: Jid::status_broadcast(),
                sender: self.sender.clone(),
                is_from_me,
                is_group: true,
                ..MessageSource::default()
            },
            ..MessageInfo::default()
        }
    }
}

impl Store {
    /// The statuses in the buffer. While no client works, these are the ones that nobody took in.
    pub(in crate::whatsapp) async fn leftover_statuses(&self) -> Result<Vec<Leftover>> {
        let chat = Jid::status_broadcast().to_string();
        let mut tx = self.begin().await?;
        let rows: Vec<(Vec<u8>, Vec<u8>, Option<i64>)> = table::table
            .filter(dsl::account_id.eq(self.account.id))
            .filter(dsl::space.eq(Space::PendingInbound.name()))
            .filter(dsl::scope.eq(chat.as_bytes()))
            .select((dsl::key, dsl::value, dsl::stored_secs))
            .order(dsl::stored_secs)
            .load(&mut *tx)
            .await
            .map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        let mut left = Vec::with_capacity(rows.len());
        for (key, sealed, stored_secs) in rows {
            let place = Place::within(Space::PendingInbound, &chat, key);
            let Some((sender, id)) = sender_and_id(&place.key) else {
                self.malformed(place.space.name());
                continue;
            };
            // One that does not open is logged there, and must not keep the account from connecting.
            let Ok(message) = self.open_at(&place, &sealed) else {
                continue;
            };
            let stored_at = stored_secs.and_then(|secs| DateTime::from_timestamp(secs, 0));
            left.push(Leftover {
                id,
                sender,
                stored_at: stored_at.unwrap_or_else(|| self.clock.now()),
                message,
                place,
            });
        }
        Ok(left)
    }

    /// Deletable it from the buffer.
    pub(in crate::whatsapp) async fn forget(&self, left: &Leftover) -> Result<()> {
        self.remove(&left.place).await
    }
}

/// What [`super::protocol::pending`] made one key of.
fn sender_and_id(key: &[u8]) -> Option<(Jid, String)> {
    let (length, rest) = str::from_utf8(key).ok()?.split_once(':')?;
    let (sender, id) = rest.split_at_checked(length.parse().ok()?)?;
    Some((sender.parse().ok()?, id.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::super::protocol::pending;
    use super::*;

    #[test]
    fn a_key_tells_its_sender_and_its_id() {
        for (sender, id) in [("1002@lid", "3EB01"), ("5511@s.whatsapp.net", "A:B")] {
            let place = pending("status@broadcast", sender, id);

            let (found, found_id) = sender_and_id(&place.key).unwrap();

            assert_eq!((found.to_string(), found_id), (sender.to_owned(), id.to_owned()));
        }
    }

    #[test]
    fn what_is_no_key_tells_nothing() {
        for key in [&b"x"[..], b"99:1002@lid", b"7:@@@@@@@3EB0", &[0xff, 0xfe]] {
            assert!(sender_and_id(key).is_none(), "{key:?}");
        }
    }
}
