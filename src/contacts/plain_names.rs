use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::chats::{self, jid_print};
use super::names::{self, phone_number_print};
use crate::db::schema::{chats as chat_rows, contacts};
use crate::id::{ChatId, ContactId, UserId};
use crate::work::{Core, Work, WorkError};

/// Number of rows that are sealed in one transaction.
const BATCH: i64 = 500;

diesel::define_sql_function! {
    /// The users with names that are not sealed.
    #[sql_name = "amda_users_with_plain_names"]
    fn users_with_plain_names() -> diesel::sql_types::Uuid;
}

type PlainContact = (ContactId, Option<String>, Option<String>, Option<String>);
type PlainChat = (ChatId, Option<String>, Option<String>);

/// Seals the names and numbers that an earlier release stored in clear, and empties their columns. `also` does the same
/// for the accounts of a user. To be called before anything looks a contact up.
///
/// # Errors
/// [`WorkError`]; the next start goes on.
pub async fn seal_plain(
    core: &Core,
    also: impl AsyncFn(&mut Work) -> QueryResult<()>,
) -> Result<(), WorkError> {
    let mut tx = core.db.begin_without_user().await?;
    let users: Vec<UserId> = diesel::select(users_with_plain_names()).load(&mut *tx).await?;
    tx.commit().await?;
    for user in users {
        let mut work = core.begin(user).await?;
        also(&mut work).await?;
        work.commit().await?;
        while seal_batch(core, user).await? {}
        tracing::info!(user.id = %user, "sealed the names and phone numbers of user {user}");
    }
    Ok(())
}

/// Seals one batch. True when there may be more.
async fn seal_batch(core: &Core, user: UserId) -> Result<bool, WorkError> {
    let mut work = core.begin(user).await?;
    let people: Vec<PlainContact> = contacts::table
        .filter(contacts::user_id.eq(user))
        .filter(
            contacts::phone_number
                .is_not_null()
                .or(contacts::name.is_not_null())
                .or(contacts::push_name.is_not_null()),
        )
        .limit(BATCH)
        .select((
            contacts::id,
            contacts::phone_number,
            contacts::name,
            contacts::push_name,
        ))
        .load(&mut work)
        .await?;
    let groups: Vec<PlainChat> = chat_rows::table
        .filter(chat_rows::user_id.eq(user))
        .filter(chat_rows::jid.is_not_null().or(chat_rows::name.is_not_null()))
        .limit(BATCH)
        .select((chat_rows::id, chat_rows::jid, chat_rows::name))
        .load(&mut work)
        .await?;
    let has_more = people.len() + groups.len() > 0;
    for person in people {
        seal_contact(&mut work, person).await?;
    }
    for group in groups {
        seal_chat(&mut work, group).await?;
    }
    work.commit().await?;
    Ok(has_more)
}

async fn seal_contact(work: &mut Work, (id, number, name, push_name): PlainContact) -> QueryResult<()> {
    let key = &work.key;
    let seal = |column, text: Option<&String>| text.map(|text| names::seal(key, column, id, text));
    let change = (
        contacts::sealed_phone_number.eq(seal(names::PHONE_NUMBER, number.as_ref())),
        contacts::phone_number_print.eq(number.as_ref().map(|digits| phone_number_print(key, digits))),
        contacts::sealed_name.eq(seal(names::NAME, name.as_ref())),
        contacts::sealed_push_name.eq(seal(names::PUSH_NAME, push_name.as_ref())),
        contacts::phone_number.eq(None::<String>),
        contacts::name.eq(None::<String>),
        contacts::push_name.eq(None::<String>),
    );
    diesel::update(contacts::table.find(id))
        .set(change)
        .execute(work)
        .await
        .map(drop)
}

async fn seal_chat(work: &mut Work, (id, jid, name): PlainChat) -> QueryResult<()> {
    let key = &work.key;
    let seal = |column, text: Option<&String>| text.map(|text| key.seal_text("chats", column, id, text));
    let change = (
        chat_rows::sealed_jid.eq(seal(chats::JID, jid.as_ref())),
        chat_rows::jid_print.eq(jid.as_ref().map(|jid| jid_print(key, jid))),
        chat_rows::sealed_name.eq(seal(chats::NAME, name.as_ref())),
        chat_rows::jid.eq(None::<String>),
        chat_rows::name.eq(None::<String>),
    );
    diesel::update(chat_rows::table.find(id))
        .set(change)
        .execute(work)
        .await
        .map(drop)
}
