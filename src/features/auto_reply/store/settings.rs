//! Auto-reply settings.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::account::AccountRef;
use crate::crypto::{CryptoError, DataKey, belongs_to};
use crate::db::schema::auto_reply_settings;
use crate::features::auto_reply::error::AutoReplyError;
use crate::features::auto_reply::schedule::Schedule;
use crate::features::auto_reply::settings::{AutoReplyMode, ReplySettings};
use crate::features::auto_reply::template::Template;
use crate::features::schema::ContactScope;
use crate::id::{AccountId, ContactId};
use crate::work::Work;

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = auto_reply_settings)]
struct SettingsRow {
    account_id: AccountId,
    mode: AutoReplyMode,
    busy_until: Option<DateTime<Utc>>,
    offline_message: Option<Vec<u8>>,
    busy_message: Option<Vec<u8>>,
    cooldown_minutes: i32,
    scope: String,
    contact_ids: Vec<ContactId>,
    schedule: serde_json::Value,
}

impl SettingsRow {
    fn open(self, key: &DataKey) -> Result<ReplySettings, CryptoError> {
        let open = |column, sealed: Option<Vec<u8>>| {
            let place = belongs_to("auto_reply_settings", column, self.account_id);
            let plain = sealed.map(|sealed| key.open(&place, &sealed)).transpose()?;
            Ok(plain.and_then(|plain| Template::parse(&String::from_utf8_lossy(&plain)).ok()))
        };
        Ok(ReplySettings {
            mode: self.mode,
            busy_until: self.busy_until,
            offline_message: open("offline_message", self.offline_message)?,
            busy_message: open("busy_message", self.busy_message)?,
            cooldown_minutes: self.cooldown_minutes,
            scope: ContactScope::parse(&self.scope).unwrap_or(ContactScope::Only),
            contacts: self.contact_ids,
            schedule: serde_json::from_value::<Schedule>(self.schedule).unwrap_or_default(),
        })
    }
}

fn open(key: &DataKey, row: Option<SettingsRow>) -> Result<ReplySettings, AutoReplyError> {
    match row {
        Some(row) => Ok(row.open(key)?),
        None => Ok(ReplySettings::initial()),
    }
}

/// Loads the settings of an account.
pub(in crate::features::auto_reply) async fn load(
    work: &mut Work,
    account: AccountId,
) -> Result<ReplySettings, AutoReplyError> {
    let row: Option<SettingsRow> = auto_reply_settings::table
        .find(account)
        .select(SettingsRow::as_select())
        .first(work)
        .await
        .optional()?;
    open(&work.key, row)
}

/// Loads the settings of several accounts; an account whose settings were never changed is left out.
pub(in crate::features::auto_reply) async fn load_many(
    work: &mut Work,
    accounts: &[AccountId],
) -> Result<HashMap<AccountId, ReplySettings>, AutoReplyError> {
    let rows: Vec<SettingsRow> = auto_reply_settings::table
        .filter(auto_reply_settings::account_id.eq_any(accounts))
        .select(SettingsRow::as_select())
        .load(work)
        .await?;
    let mut settings = HashMap::with_capacity(rows.len());
    for row in rows {
        settings.insert(row.account_id, row.open(&work.key)?);
    }
    Ok(settings)
}

/// Loads the settings of an account with FOR SHARE, once in a unit of work: a concurrent change of the settings waits until this transaction
/// ends, and then sees its replies.
pub(in crate::features::auto_reply) async fn load_shared(
    work: &mut Work,
    account: AccountId,
) -> Result<Arc<ReplySettings>, AutoReplyError> {
    if let Some(known) = work.memo::<AccountId, Arc<ReplySettings>>().get(&account) {
        return Ok(Arc::clone(known));
    }
    let row: Option<SettingsRow> = auto_reply_settings::table
        .find(account)
        .select(SettingsRow::as_select())
        .for_share()
        .first(work)
        .await
        .optional()?;
    let settings = Arc::new(open(&work.key, row)?);
    work.memo().insert(account, Arc::clone(&settings));
    Ok(settings)
}

/// Loads the settings of an account with FOR UPDATE: concurrent replies and changes wait until this transaction ends.
pub(in crate::features::auto_reply) async fn load_locked(
    work: &mut Work,
    account: AccountId,
) -> Result<ReplySettings, AutoReplyError> {
    let row: Option<SettingsRow> = auto_reply_settings::table
        .find(account)
        .select(SettingsRow::as_select())
        .for_update()
        .first(work)
        .await
        .optional()?;
    open(&work.key, row)
}

/// As [`load_locked`], and creates the row if there is none.
pub(in crate::features::auto_reply) async fn lock(
    work: &mut Work,
    account: AccountRef,
) -> Result<ReplySettings, AutoReplyError> {
    diesel::insert_into(auto_reply_settings::table)
        .values((
            auto_reply_settings::account_id.eq(account.id),
            auto_reply_settings::user_id.eq(account.user),
            columns(&work.key, account.id, &ReplySettings::initial())?,
        ))
        .on_conflict_do_nothing()
        .execute(work)
        .await?;
    load_locked(work, account.id).await
}

/// Saves the settings that [`lock`] locked.
pub(in crate::features::auto_reply) async fn save(
    work: &mut Work,
    account: AccountId,
    settings: &ReplySettings,
) -> QueryResult<()> {
    work.memo::<AccountId, Arc<ReplySettings>>().remove(&account);
    diesel::update(auto_reply_settings::table.find(account))
        .set(columns(&work.key, account, settings)?)
        .execute(work)
        .await
        .map(drop)
}

type Columns<'a> = (
    diesel::dsl::Eq<auto_reply_settings::mode, AutoReplyMode>,
    diesel::dsl::Eq<auto_reply_settings::busy_until, Option<DateTime<Utc>>>,
    diesel::dsl::Eq<auto_reply_settings::offline_message, Option<Vec<u8>>>,
    diesel::dsl::Eq<auto_reply_settings::busy_message, Option<Vec<u8>>>,
    diesel::dsl::Eq<auto_reply_settings::cooldown_minutes, i32>,
    diesel::dsl::Eq<auto_reply_settings::scope, &'static str>,
    diesel::dsl::Eq<auto_reply_settings::contact_ids, &'a [ContactId]>,
    diesel::dsl::Eq<auto_reply_settings::schedule, serde_json::Value>,
);

fn columns<'a>(key: &DataKey, account: AccountId, settings: &'a ReplySettings) -> QueryResult<Columns<'a>> {
    let seal = |column, words: Option<&Template>| {
        let place = belongs_to("auto_reply_settings", column, account);
        words.map(|words| key.seal(&place, words.as_str().as_bytes()))
    };
    let schedule = serde_json::to_value(&settings.schedule)
        .map_err(|e| diesel::result::Error::SerializationError(e.into()))?;
    Ok((
        auto_reply_settings::mode.eq(settings.mode),
        auto_reply_settings::busy_until.eq(settings.busy_until),
        auto_reply_settings::offline_message.eq(seal("offline_message", settings.offline_message.as_ref())),
        auto_reply_settings::busy_message.eq(seal("busy_message", settings.busy_message.as_ref())),
        auto_reply_settings::cooldown_minutes.eq(settings.cooldown_minutes),
        auto_reply_settings::scope.eq(settings.scope.as_str()),
        auto_reply_settings::contact_ids.eq(&settings.contacts[..]),
        auto_reply_settings::schedule.eq(schedule),
    ))
}
