use async_graphql::{Context, ID, Result, SimpleObject};

use crate::features::schema::event_object;
use crate::hub::EventRow;
use crate::id::AccountId;

event_object! {
    /// The state, QR code, name, settings, contacts or chats of an account changed. `account` is the account in its present
    /// state; null when it was removed since.
    AccountEvent {}
}

event_object! {
    /// The viewer removed an account, with everything that was kept of it. `account` is null.
    AccountRemovedEvent {}
    and {
        /// Former id of the removed account, for clients to remove the account from lists and caches.
        removed_account: Option<RemovedAccount> = removed_account
    }
}

/// Account that was removed, of which nothing but its id is left.
#[derive(Debug, Clone, SimpleObject)]
pub struct RemovedAccount {
    /// Former id of the account; `node(id:)` answers it with null.
    id: ID,
}

#[expect(
    clippy::unused_async,
    reason = "every event loads what it is about in the same way"
)]
async fn removed_account(_: &Context<'_>, row: &EventRow) -> Result<Option<RemovedAccount>> {
    let id = AccountId::from(row.event.subject);
    Ok(Some(RemovedAccount {
        id: ID(id.to_global()),
    }))
}
