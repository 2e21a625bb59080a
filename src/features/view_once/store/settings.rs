use std::collections::HashMap;

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::super::model::CaptureSettings;
use crate::account::AccountRef;
use crate::db::schema::view_once_settings;
use crate::id::AccountId;
use crate::work::Work;

/// Loads the settings of `account`; off when none are stored.
pub(in crate::features::view_once) async fn load_settings(
    conn: &mut AsyncPgConnection,
    account: AccountId,
) -> QueryResult<CaptureSettings> {
    let stored = load_settings_of(conn, &[account]).await?;
    Ok(stored.get(&account).copied().unwrap_or_default())
}

/// Loads the stored settings of those of `accounts` that have any.
pub(in crate::features::view_once) async fn load_settings_of(
    conn: &mut AsyncPgConnection,
    accounts: &[AccountId],
) -> QueryResult<HashMap<AccountId, CaptureSettings>> {
    let rows: Vec<(AccountId, bool)> = view_once_settings::table
        .filter(view_once_settings::account_id.eq_any(accounts))
        .select((view_once_settings::account_id, view_once_settings::is_enabled))
        .load(conn)
        .await?;
    let settings = rows
        .into_iter()
        .map(|(account, is_enabled)| (account, CaptureSettings { is_enabled }));
    Ok(settings.collect())
}

/// Writes the settings of `account`; returns false when they are unchanged.
pub(in crate::features::view_once) async fn save_settings(
    work: &mut Work,
    account: AccountRef,
    settings: CaptureSettings,
) -> QueryResult<bool> {
    if load_settings(work, account.id).await? == settings {
        return Ok(false);
    }
    let values = (
        view_once_settings::is_enabled.eq(settings.is_enabled),
        view_once_settings::changed_at.eq(work.now),
    );
    diesel::insert_into(view_once_settings::table)
        .values((
            view_once_settings::account_id.eq(account.id),
            view_once_settings::user_id.eq(account.user),
            values,
        ))
        .on_conflict(view_once_settings::account_id)
        .do_update()
        .set(values)
        .execute(work)
        .await?;
    Ok(true)
}
