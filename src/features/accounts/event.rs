use async_graphql::{Context, ID, Result, SimpleObject};

use crate::features::schema::event_object;
use crate::id::AccountId;

event_object! {
    /// The state, QR code, name, settings, contacts or chats of an account changed. `account` is the account in its present
    /// state; null when it was removed since.
    AccountEvent {}
}

event_object! {
    /// The viewer removed an account, with everything that was kept of it. `account` is null.
    AccountRemovedEvent {
        /// Former id of the removed account, for clients to remove the account from lists and caches.
        removed_account: RemovedAccount(AccountId)
    }
}

/// Account that was removed, of which nothing but its id is left.
#[derive(Debug, Clone, SimpleObject)]
pub struct RemovedAccount {
    /// Former id of the account; `node(id:)` answers it with null.
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
