//! Back to the release before, and forward again.

use std::collections::BTreeMap;

use super::{
    Earlier, accounts, events, files, replies, scheduled_statuses, status_likes, view_once,
    webhooks_and_mails,
};

/// Every row of every user, as text, by its table.
async fn everything(earlier: &Earlier) -> BTreeMap<String, Vec<String>> {
    let tables = "SELECT c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'public' AND c.relkind = 'r' AND c.relname NOT IN ('__diesel_schema_migrations')
        ORDER BY 1";
    let mut found = BTreeMap::new();
    for table in earlier.rows.query(tables, &[]).await.unwrap() {
        let table: String = table.get(0);
        let rows = format!("SELECT to_jsonb(t)::text FROM {table} t ORDER BY 1");
        let rows = earlier.rows.query(&rows, &[]).await.unwrap();
        if !rows.is_empty() {
            found.insert(table, rows.iter().map(|row| row.get(0)).collect());
        }
    }
    found
}

#[tokio::test]
async fn going_back_gives_every_row_as_it_was_and_going_forward_again_loses_nothing() {
    let earlier = Earlier::begin().await;
    accounts::ACCOUNTS.insert(&earlier).await;
    accounts::GAPS.insert(&earlier).await;
    accounts::NOTIFICATIONS.insert(&earlier).await;
    events::insert(&earlier).await;
    files::MEDIA.insert(&earlier).await;
    files::UPLOADS.insert(&earlier).await;
    replies::REPLIES.insert(&earlier).await;
    scheduled_statuses::STATUSES.insert(&earlier).await;
    scheduled_statuses::DELETIONS.insert(&earlier).await;
    status_likes::LIKES.insert(&earlier).await;
    status_likes::WITHDRAWN.insert(&earlier).await;
    view_once::MESSAGES.insert(&earlier).await;
    webhooks_and_mails::ATTEMPTS.insert(&earlier).await;
    webhooks_and_mails::MAILS.insert(&earlier).await;
    let before = everything(&earlier).await;

    earlier.upgrade().await;
    let after = everything(&earlier).await;
    earlier.downgrade().await;
    let back = everything(&earlier).await;
    earlier.upgrade().await;
    let again = everything(&earlier).await;

    for (table, rows) in before {
        assert_eq!(back[&table], rows, "{table} is as it was");
    }
    for (table, rows) in after {
        assert_eq!(again[&table], rows, "{table} is as after the first upgrade");
    }
}
