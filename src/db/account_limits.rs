//! The accounts to which an operation is limited: those of the access token that it came with.
//!
//! ```text
//! request -> AccountLimits::run(operation) -> Db::begin: amda.account_ids -> the policies `limited_accounts`
//! ```
//!
//! They belong to the task and are no argument, so that no resolver can forget to pass them on. A task that an operation
//! spawns must be given them ([`AccountLimits::current`]), which a test of the sources holds.

use std::pin::Pin;
use std::sync::Arc;

use diesel::sql_types::Text;
use diesel::{QueryResult, sql_query};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use futures::Stream;
use futures::stream::poll_fn;

use crate::id::AccountId;

tokio::task_local! {
    static CURRENT: AccountLimits;
}

/// The accounts whose rows a transaction sees and writes: all of its user's, or only some.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountLimits(Option<Arc<[AccountId]>>);

impl AccountLimits {
    /// All accounts.
    pub const NONE: Self = Self(None);

    /// These accounts and no other; none at all for an empty list.
    pub fn to(accounts: impl Into<Arc<[AccountId]>>) -> Self {
        Self(Some(accounts.into()))
    }

    /// The limits of the operation that asks; [`Self::NONE`] outside of one.
    pub fn current() -> Self {
        CURRENT.try_with(Clone::clone).unwrap_or_default()
    }

    /// The accounts; none for all.
    pub fn accounts(&self) -> Option<&[AccountId]> {
        self.0.as_deref()
    }

    /// Returns true when rows of `account` are within the limits.
    pub fn allow(&self, account: AccountId) -> bool {
        self.accounts().is_none_or(|accounts| accounts.contains(&account))
    }

    /// Runs `operation` within these limits.
    pub async fn run<T>(self, operation: impl Future<Output = T>) -> T {
        CURRENT.scope(self, operation).await
    }

    /// The same stream, each item made within these limits.
    pub fn stream<T>(self, mut items: Pin<Box<dyn Stream<Item = T> + Send>>) -> impl Stream<Item = T> + Send {
        poll_fn(move |cx| CURRENT.sync_scope(self.clone(), || items.as_mut().poll_next(cx)))
    }

    /// The value of the setting that the policies read; none without limits.
    pub(super) fn setting(&self) -> Option<String> {
        let accounts = self.accounts()?.iter();
        let ids: Vec<String> = accounts.map(|account| account.as_uuid().to_string()).collect();
        Some(format!("{{{}}}", ids.join(",")))
    }
}

/// Runs `query` on the open transaction as if it had no limits to accounts: for counting against what a plan allows, and
/// for nothing that is shown.
///
/// # Errors
/// The query's, after which the transaction can only be rolled back.
pub async fn without_account_limits<T>(
    conn: &mut AsyncPgConnection,
    query: impl AsyncFnOnce(&mut AsyncPgConnection) -> QueryResult<T>,
) -> QueryResult<T> {
    let Some(setting) = AccountLimits::current().setting() else {
        return query(conn).await;
    };
    set(conn, "").await?;
    let answer = query(conn).await?;
    set(conn, &setting).await?;
    Ok(answer)
}

async fn set(conn: &mut AsyncPgConnection, accounts: &str) -> QueryResult<()> {
    sql_query("SELECT set_config('amda.account_ids', $1, true)")
        .bind::<Text, _>(accounts)
        .execute(conn)
        .await
        .map(drop)
}

#[cfg(test)]
mod tests {
    use futures::StreamExt;
    use uuid::Uuid;

    use super::*;

    fn account(number: u128) -> AccountId {
        Uuid::from_u128(number).into()
    }

    #[tokio::test]
    async fn limits_hold_in_the_operation_and_in_each_item_of_its_stream_and_nowhere_else() {
        let limits = AccountLimits::to([account(1)]);
        let asking = || std::future::ready(AccountLimits::current());

        let inside = limits.clone().run(async { asking().await }).await;
        let items = futures::stream::repeat_with(AccountLimits::current).take(2);
        let items: Vec<_> = limits.clone().stream(items.boxed()).collect().await;

        assert_eq!(inside, limits);
        assert_eq!(items, [limits.clone(), limits]);
        assert_eq!(AccountLimits::current(), AccountLimits::NONE);
    }

    #[test]
    fn no_account_is_a_limit_and_no_limit_is_every_account() {
        let nothing = AccountLimits::to([]);

        assert_eq!(nothing.setting().as_deref(), Some("{}"));
        assert!(!nothing.allow(account(1)));
        assert_eq!(AccountLimits::NONE.setting(), None);
        assert!(AccountLimits::NONE.allow(account(1)));
        assert_eq!(
            AccountLimits::to([account(1), account(2)]).setting().as_deref(),
            Some("{00000000-0000-0000-0000-000000000001,00000000-0000-0000-0000-000000000002}")
        );
    }
}
