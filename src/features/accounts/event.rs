use async_graphql::{Context, ID, Result, SimpleObject};

use crate::features::schema::event_object;
use crate::id::AccountId;

event_object! {
    /// The account's state, code, name or contacts changed; `account` is as it is now.
    AccountEvent {}
}

event_object! {
    /// The viewer removed an account, with everything that was kept of it; `account` is null.
    AccountRemovedEvent {
        /// The removed account, for clients to remove it from lists and caches.
        removed_account: RemovedAccount(AccountId)
    }
}

/// An account that was removed.
#[derive(Debug, Clone, SimpleObject)]
pub struct RemovedAccount {
    /// Former id of the account. It can no longer be loaded.
    id: ID,
}

impl RemovedAccount {
    /// The account as the event names it.
    #[expect(
        clippy::unused_async,
        reason = "every event loads what it is about in the same way"
    )]
    async fn find(_: &Context<'_>, id: AccountId) -> Result<Option<Self>> {
        Ok(Some(Self {
            id: ID(id.to_global()),
        }))
    }
}
