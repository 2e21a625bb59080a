//! Many kept messages at once, stored as the product stores them.

use amda::account::AccountRef;
use amda::crypto::belongs_to;
use amda::db::schema::deleted_messages;
use amda::features::deleted_messages::DeletedMessageId;
use amda::id::{ChatId, ContactId};
use amda::messages::search;
use amda::work::Core;
use chrono::TimeDelta;
use diesel::{ExpressionMethods, QueryDsl};
use diesel_async::RunQueryDsl;

use super::core::noon;

/// Rows of one statement.
const BATCH: usize = 500;

/// Stores deleted messages with `texts`, the oldest first and a second apart, in the chat of a deleted message that the
/// user has already. All are older than that one.
pub(crate) async fn keep_deleted(core: &Core, account: AccountRef, texts: &[String]) {
    let mut work = core.begin(account.user).await.unwrap();
    let (chat, sender): (ChatId, ContactId) = deleted_messages::table
        .select((deleted_messages::chat_id, deleted_messages::sender_id))
        .first(&mut *work)
        .await
        .unwrap();
    let mut age = i64::try_from(texts.len()).unwrap();
    for batch in texts.chunks(BATCH) {
        let mut rows = Vec::with_capacity(BATCH);
        for text in batch {
            let id: DeletedMessageId = core.ids.next();
            let place = belongs_to("deleted_messages", "content", id);
            let at = noon() - TimeDelta::seconds(age);
            age -= 1;
            rows.push((
                (
                    deleted_messages::id.eq(id),
                    deleted_messages::user_id.eq(account.user),
                    deleted_messages::account_id.eq(account.id),
                    deleted_messages::chat_id.eq(chat),
                    deleted_messages::sender_id.eq(sender),
                    deleted_messages::deleted_by_id.eq(sender),
                    deleted_messages::wa_id.eq(id.to_string()),
                ),
                (
                    deleted_messages::outcome.eq("DELETED"),
                    deleted_messages::is_by_admin.eq(false),
                    deleted_messages::kind.eq("TEXT"),
                    deleted_messages::content.eq(Some(work.key.seal(&place, text.as_bytes()))),
                    deleted_messages::terms.eq(search::index(&work.key, [text.as_str()])),
                    deleted_messages::terms_version.eq(search::VERSION),
                    deleted_messages::sent_at.eq(at),
                    deleted_messages::deleted_at.eq(at),
                ),
            ));
        }
        diesel::insert_into(deleted_messages::table)
            .values(rows)
            .execute(&mut *work)
            .await
            .unwrap();
    }
    work.commit().await.unwrap();
}
