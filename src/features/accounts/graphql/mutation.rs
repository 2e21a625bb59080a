use async_graphql::{Context, Object, Result};

use super::input::{
    AccountIdInput, LinkAccountInput, RelinkAccountInput, RemoveAccountInput, RenameAccountInput,
    UnlinkAccountInput,
};
use super::payload::{AccountPayload, RemoveAccountPayload, payload, removed, unknown};
use crate::features::accounts::error::AccountError;
use crate::features::accounts::service::AccountsService;
use crate::graphql::viewer;
use crate::id::AccountId;

/// Mutations of accounts.
#[derive(Default)]
pub struct Mutation;

#[Object(name = "AccountsMutation")]
impl Mutation {
    /// Makes an account and begins to link it; subscribe to `linkProgress` for its codes and states. At most 5 an hour,
    /// `relinkAccount` and `restartAccount` counted with it (`RATE_LIMITED`). An account takes a place of the plan's while
    /// it is linked or being linked; one whose link was never completed frees its place. A phone that is linked already is
    /// refused: by its number at once (`CONFLICT`), by QR code with the state `STOPPED` and `duplicateOf`.
    async fn link_account(&self, ctx: &Context<'_>, input: LinkAccountInput) -> Result<AccountPayload> {
        let user = viewer(ctx)?.user;
        let service = ctx.data_unchecked::<AccountsService>();
        let linked = service
            .link(
                user,
                input.label.as_deref(),
                input.method,
                input.phone_number.as_deref(),
            )
            .await;
        payload(ctx, linked).await
    }

    /// Begins to link an account again that was logged out, unlinked, or never linked. It stays the account of whoever was
    /// linked first: another WhatsApp account is refused, with `LOGGED_OUT` and a reason.
    async fn relink_account(&self, ctx: &Context<'_>, input: RelinkAccountInput) -> Result<AccountPayload> {
        let user = viewer(ctx)?.user;
        let service = ctx.data_unchecked::<AccountsService>();
        let Ok(id) = AccountId::from_global(&input.account_id) else {
            return Ok(unknown());
        };
        let done = service
            .relink(user, id, input.method, input.phone_number.as_deref())
            .await;
        payload(ctx, done.map(|()| id)).await
    }

    /// Starts the account's session anew: with new codes while it is not linked, with the same link otherwise. The answer
    /// has the new state. A `PAUSED` account is resumed if the plan has a place for it (`LIMIT_EXCEEDED`).
    async fn restart_account(&self, ctx: &Context<'_>, input: AccountIdInput) -> Result<AccountPayload> {
        let user = viewer(ctx)?.user;
        let Ok(id) = AccountId::from_global(&input.account_id) else {
            return Ok(unknown());
        };
        let done = ctx.data_unchecked::<AccountsService>().restart(user, id).await;
        payload(ctx, done.map(|()| id)).await
    }

    /// Gives the account another label.
    async fn rename_account(&self, ctx: &Context<'_>, input: RenameAccountInput) -> Result<AccountPayload> {
        let user = viewer(ctx)?.user;
        let Ok(id) = AccountId::from_global(&input.account_id) else {
            return Ok(unknown());
        };
        let service = ctx.data_unchecked::<AccountsService>();
        let done = service.rename(user, id, &input.label).await;
        payload(ctx, done.map(|()| id)).await
    }

    /// Removes the link at WhatsApp and erases its keys. Kept items stay. WhatsApp can be told only while the account
    /// is connected: otherwise the phone goes on listing the device, and its owner removes it there. When scheduled
    /// statuses wait for the account, it must be confirmed (`CONFLICT`): they are missed unless the account is linked
    /// again before their time.
    async fn unlink_account(&self, ctx: &Context<'_>, input: UnlinkAccountInput) -> Result<AccountPayload> {
        let user = viewer(ctx)?.user;
        let Ok(id) = AccountId::from_global(&input.account_id) else {
            return Ok(unknown());
        };
        let service = ctx.data_unchecked::<AccountsService>();
        let done = service.unlink(user, id, input.is_confirmed).await;
        payload(ctx, done.map(|()| id)).await
    }

    /// Unlinks the account, as `unlinkAccount` does, and deletes it with everything that was kept of it: messages,
    /// statuses, contacts, media, settings and scheduled statuses. It cannot be undone, so it must be confirmed; without
    /// that, nothing is done, and the error (`CONFLICT`) says what would be lost. Clients hear of it by an
    /// `AccountRemovedEvent`.
    async fn remove_account(
        &self,
        ctx: &Context<'_>,
        input: RemoveAccountInput,
    ) -> Result<RemoveAccountPayload> {
        let user = viewer(ctx)?.user;
        let Ok(id) = AccountId::from_global(&input.account_id) else {
            return removed(ctx, Err(AccountError::Unknown));
        };
        let service = ctx.data_unchecked::<AccountsService>();
        let done = service.remove(user, id, input.is_confirmed).await;
        removed(ctx, done.map(|()| id))
    }
}
