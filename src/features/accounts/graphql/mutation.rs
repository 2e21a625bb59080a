use async_graphql::{Context, Object, Result};

use super::input::{AccountIdInput, LinkAccountInput, RelinkAccountInput};
use super::payload::{AccountPayload, payload, unknown};
use crate::features::accounts::service::AccountsService;
use crate::graphql::viewer;
use crate::id::AccountId;

/// Mutations of accounts.
#[derive(Default)]
pub struct Mutation;

#[Object(name = "AccountsMutation")]
impl Mutation {
    /// Makes an account and begins to link it; subscribe to `linkProgress` for its codes and states. At most 5 an hour,
    /// `relinkAccount` and `restartAccount` counted with it (`RATE_LIMITED`).
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

    /// Starts the account's session anew: with new codes while it is not linked, with the same link otherwise.
    async fn restart_account(&self, ctx: &Context<'_>, input: AccountIdInput) -> Result<AccountPayload> {
        let user = viewer(ctx)?.user;
        let Ok(id) = AccountId::from_global(&input.account_id) else {
            return Ok(unknown());
        };
        let done = ctx.data_unchecked::<AccountsService>().restart(user, id).await;
        payload(ctx, done.map(|()| id)).await
    }

    /// Removes the link at WhatsApp and erases its keys. Kept items stay. WhatsApp can be told only while the account
    /// is connected: otherwise the phone goes on listing the device, and its owner removes it there.
    async fn unlink_account(&self, ctx: &Context<'_>, input: AccountIdInput) -> Result<AccountPayload> {
        let user = viewer(ctx)?.user;
        let Ok(id) = AccountId::from_global(&input.account_id) else {
            return Ok(unknown());
        };
        let done = ctx.data_unchecked::<AccountsService>().unlink(user, id).await;
        payload(ctx, done.map(|()| id)).await
    }
}
