//! The owner's settings for holding messages, in case their senders delete or edit them.

use std::collections::HashMap;

use async_graphql::Enum;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::account::{self, AccountRef};
use crate::contacts::ChatKind;
use crate::db::KeepPrepared as _;
use crate::db::schema::deleted_message_settings;
use crate::id::AccountId;
use crate::text_enum::text_enum;
use crate::work::Work;

text_enum! {
    /// Time at which the pictures, videos, sounds and files of held messages are fetched.
    #[derive(Enum)]
    pub enum MediaBackup {
        /// Fetches a file when its message is deleted, while WhatsApp still serves it.
        OnDelete = "ON_DELETE",
        /// Fetches a file when its message arrives: none is missed, and each takes storage.
        Eager = "EAGER",
        /// Never: deleted messages have no media.
        Never = "NEVER",
    }
}

/// The settings of one account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holding {
    /// Messages are held.
    pub is_enabled: bool,
    /// Those of groups too.
    pub includes_groups: bool,
    /// The time at which media is fetched.
    pub media_backup: MediaBackup,
}

impl Holding {
    /// The default settings. A message that is not held when it is deleted is lost, so holding is on.
    pub const fn untouched() -> Self {
        Self {
            is_enabled: true,
            includes_groups: true,
            media_backup: MediaBackup::OnDelete,
        }
    }

    /// True when messages of chats of this kind are held.
    pub fn includes(self, chat: ChatKind) -> bool {
        let is_included = match chat {
            ChatKind::Direct | ChatKind::Status => true,
            ChatKind::Group => self.includes_groups,
            ChatKind::Channel => false,
        };
        self.is_enabled && is_included
    }
}

/// The settings of an account; the defaults when its owner never changed them.
///
/// # Errors
/// The database's.
pub async fn load_holding(conn: &mut AsyncPgConnection, account: AccountId) -> QueryResult<Holding> {
    let stored = load_holdings(conn, &[account]).await?;
    Ok(stored.get(&account).copied().unwrap_or_else(Holding::untouched))
}

/// As [`load_holding`], read once in a unit of work, and kept as it is until that ends: a change waits, and then releases what
/// was held by it.
///
/// # Errors
/// The database's.
pub async fn holding(work: &mut Work, account: AccountId) -> QueryResult<Holding> {
    if let Some(known) = work.memo::<AccountId, Holding>().get(&account) {
        return Ok(*known);
    }
    // Before the settings are read: a message is held by them in the statement that inserts it, which would lock too late.
    account::lock_shared(work, account).await?;
    let holding = load_holding(work, account).await?;
    work.memo().insert(account, holding);
    Ok(holding)
}

/// The settings of those of `accounts` whose owners changed them.
///
/// # Errors
/// The database's.
pub async fn load_holdings(
    conn: &mut AsyncPgConnection,
    accounts: &[AccountId],
) -> QueryResult<HashMap<AccountId, Holding>> {
    let rows: Vec<(AccountId, bool, bool, MediaBackup)> = deleted_message_settings::table
        .filter(deleted_message_settings::account_id.eq_any(accounts))
        .select((
            deleted_message_settings::account_id,
            deleted_message_settings::is_enabled,
            deleted_message_settings::include_groups,
            deleted_message_settings::media_backup,
        ))
        .load(conn)
        .await?;
    let holding = |(account, is_enabled, includes_groups, media_backup)| {
        let holding = Holding {
            is_enabled,
            includes_groups,
            media_backup,
        };
        (account, holding)
    };
    Ok(rows.into_iter().map(holding).collect())
}
/// As [`load_holding`], with `FOR UPDATE`: creates the row when there is none, and keeps others from changing it until
/// the transaction ends.
///
/// # Errors
/// The database's.
pub async fn lock_holding(work: &mut Work, account: AccountRef) -> QueryResult<Holding> {
    let untouched = Holding::untouched();
    diesel::insert_into(deleted_message_settings::table)
        .values((
            deleted_message_settings::account_id.eq(account.id),
            deleted_message_settings::user_id.eq(account.user),
            deleted_message_settings::is_enabled.eq(untouched.is_enabled),
            deleted_message_settings::include_groups.eq(untouched.includes_groups),
            deleted_message_settings::media_backup.eq(untouched.media_backup),
        ))
        .on_conflict_do_nothing()
        .execute(work)
        .await?;
    let _: AccountId = deleted_message_settings::table
        .find(account.id)
        .select(deleted_message_settings::account_id)
        .for_update()
        .first(work)
        .await?;
    load_holding(work, account.id).await
}

/// Writes what [`lock_holding`] locked.
///
/// # Errors
/// The database's.
pub async fn save_holding(work: &mut Work, account: AccountId, holding: Holding) -> QueryResult<()> {
    work.memo::<AccountId, Holding>().remove(&account);
    diesel::update(deleted_message_settings::table.find(account))
        .set((
            deleted_message_settings::is_enabled.eq(holding.is_enabled),
            deleted_message_settings::include_groups.eq(holding.includes_groups),
            deleted_message_settings::media_backup.eq(holding.media_backup),
        ))
        .keep_prepared()
        .execute(work)
        .await
        .map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_held_unless_they_are_excluded_and_channels_never() {
        let usual = Holding::untouched();
        let without_groups = Holding {
            includes_groups: false,
            ..usual
        };
        let off = Holding {
            is_enabled: false,
            ..usual
        };

        assert!(usual.includes(ChatKind::Group) && usual.includes(ChatKind::Status));
        assert!(!usual.includes(ChatKind::Channel));
        assert!(!without_groups.includes(ChatKind::Group) && without_groups.includes(ChatKind::Direct));
        assert!(!off.includes(ChatKind::Direct));
    }
}
