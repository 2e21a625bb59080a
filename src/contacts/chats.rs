use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;

use super::{Names, memo, people, timers};
use crate::account::AccountRef;
use crate::crypto::{CryptoError, DataKey};
use crate::db::KeepPrepared as _;
use crate::db::schema::chats;
use crate::event::Chat;
use crate::id::{ChatId, ContactId};
use crate::text_enum::text_enum;
use crate::visible_text::visible_line;
use crate::work::Work;

text_enum! {
    /// Kind of a conversation.
    #[derive(async_graphql::Enum)]
    pub enum ChatKind {
        /// Conversation with one person.
        Direct = "DIRECT",
        /// Group of people.
        Group = "GROUP",
        /// Chat of all statuses.
        Status = "STATUS",
        /// Channel, in which few write to many.
        Channel = "CHANNEL",
    }
}

/// The JID and the name of a chat, sealed as its row holds them.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = chats)]
pub struct SealedChatNames {
    id: ChatId,
    sealed_jid: Option<Vec<u8>>,
    sealed_name: Option<Vec<u8>>,
}

impl SealedChatNames {
    /// Opens the JID of a group or channel with the key of the row's user; none for other chats.
    ///
    /// # Errors
    /// [`CryptoError`].
    pub fn open_jid(&self, key: &DataKey) -> Result<Option<String>, CryptoError> {
        self.open(key, JID, self.sealed_jid.as_deref())
    }

    /// Opens the name of a group with the key of the row's user; none where it is not known.
    ///
    /// # Errors
    /// [`CryptoError`].
    pub fn open_name(&self, key: &DataKey) -> Result<Option<String>, CryptoError> {
        let name = self.open(key, NAME, self.sealed_name.as_deref())?;
        // Earlier releases stored subjects as they came.
        Ok(name.and_then(|name| visible_line(&name, usize::MAX)))
    }

    fn open(
        &self,
        key: &DataKey,
        column: &str,
        sealed: Option<&[u8]>,
    ) -> Result<Option<String>, CryptoError> {
        sealed
            .map(|sealed| key.open_text("chats", column, self.id, sealed))
            .transpose()
    }
}

/// The column of the JID.
pub(super) const JID: &str = "sealed_jid";
/// The column of the name.
pub(super) const NAME: &str = "sealed_name";

/// The fingerprint by which a group or channel is found from its JID.
pub(super) fn jid_print(key: &DataKey, jid: &str) -> i64 {
    key.fingerprint("JID of a chat", jid)
}

/// Finds or creates the row of `chat`; returns its id and its kind.
///
/// # Errors
/// The database's.
pub async fn resolve_chat(
    work: &mut Work,
    account: AccountRef,
    chat: &Chat,
) -> QueryResult<(ChatId, ChatKind)> {
    let (kind, contact, jid) = match chat {
        Chat::Direct(person) => {
            let contact = people::resolve(work, account, person, Names::default()).await?;
            (ChatKind::Direct, Some(contact), None)
        }
        Chat::Group(jid) => (ChatKind::Group, None, Some(jid.0.as_str())),
        Chat::Status => (ChatKind::Status, None, None),
        Chat::Channel(jid) => (ChatKind::Channel, None, Some(jid.0.as_str())),
    };
    let print = jid.map(|jid| jid_print(&work.key, jid));
    if let Some(id) = find(work, account, kind, contact, print).await? {
        return Ok((id, kind));
    }
    let id: ChatId = work.ids.next();
    diesel::insert_into(chats::table)
        .values((
            chats::id.eq(id),
            chats::user_id.eq(account.user),
            chats::account_id.eq(account.id),
            chats::kind.eq(kind),
            chats::contact_id.eq(contact),
            chats::sealed_jid.eq(jid.map(|jid| work.key.seal_text("chats", JID, id, jid))),
            chats::jid_print.eq(print),
            chats::created_at.eq(work.now),
        ))
        .on_conflict_do_nothing()
        .execute(work)
        .await?;
    let id = find(work, account, kind, contact, print)
        .await?
        .ok_or(diesel::result::Error::NotFound)?;
    Ok((id, kind))
}

/// Moves the messages of chat `$1` to chat `$2`, except those that `$2` has already.
const MOVE_MESSAGES: &str = "UPDATE messages SET chat_id = $2
    WHERE chat_id = $1 AND NOT EXISTS (SELECT FROM messages AS there
        WHERE there.account_id = messages.account_id AND there.chat_id = $2
            AND there.sender_id = messages.sender_id AND there.wa_id = messages.wa_id)";

/// Merges the chat with `other` into the chat with `kept`, the same person's other row. When both have a chat, the
/// messages move, so that a later edit or deletion finds its message; items that features keep stay in their chat.
pub(super) async fn unite(
    work: &mut Work,
    account: AccountRef,
    kept: ContactId,
    other: ContactId,
) -> QueryResult<()> {
    let Some(moved) = find(work, account, ChatKind::Direct, Some(other), None).await? else {
        return Ok(());
    };
    match find(work, account, ChatKind::Direct, Some(kept), None).await? {
        Some(staying) => {
            timers::unite_timers(work, moved, staying).await?;
            diesel::sql_query(MOVE_MESSAGES)
                .bind::<SqlUuid, _>(moved)
                .bind::<SqlUuid, _>(staying)
                .keep_prepared()
                .execute(work)
                .await?
        }
        None => {
            diesel::update(chats::table.find(moved))
                .set(chats::contact_id.eq(Some(kept)))
                .keep_prepared()
                .execute(work)
                .await?
        }
    };
    Ok(())
}

/// Sets the name of `chat`, creating its row when there is none; `None` clears the name.
///
/// # Errors
/// The database's.
pub async fn name_chat(
    work: &mut Work,
    account: AccountRef,
    chat: &Chat,
    name: Option<&str>,
) -> QueryResult<()> {
    let (id, _) = resolve_chat(work, account, chat).await?;
    let sealed = name.map(|name| work.key.seal_text("chats", NAME, id, name));
    diesel::update(chats::table.find(id))
        .set(chats::sealed_name.eq(sealed))
        .keep_prepared()
        .execute(work)
        .await
        .map(drop)
}

async fn find(
    work: &mut Work,
    account: AccountRef,
    kind: ChatKind,
    contact: Option<ContactId>,
    jid_print: Option<i64>,
) -> QueryResult<Option<ChatId>> {
    let key = (account.id, kind, contact, jid_print);
    if let Some(known) = memo::chats(work).get(&key) {
        return Ok(Some(*known));
    }
    let of_kind = chats::table.filter(chats::account_id.eq(account.id).and(chats::kind.eq(kind)));
    // Each goes by an index of its own: a comparison that takes nulls for equal would read all chats of the account.
    let found: Option<ChatId> = match (contact, jid_print) {
        (Some(contact), _) => {
            let of_contact = of_kind.filter(chats::contact_id.eq(contact));
            of_contact.select(chats::id).first(work).await.optional()?
        }
        (None, Some(print)) => {
            let of_jid = of_kind.filter(chats::jid_print.eq(print));
            of_jid.select(chats::id).first(work).await.optional()?
        }
        (None, None) => {
            // Written out, because the index has the chats of this kind alone.
            let of_statuses = of_kind.filter(sql::<Bool>("chats.kind = 'STATUS'"));
            let one = of_statuses.select(chats::id).limit(1).keep_prepared();
            one.get_result(work).await.optional()?
        }
    };
    if let Some(id) = found {
        memo::chats(work).insert(key, id);
    }
    Ok(found)
}
