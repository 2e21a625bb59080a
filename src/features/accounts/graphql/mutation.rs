use async_graphql::{Context, ID, Object, Result};

use super::input::{
    LinkAccountInput, LinkMethodInput, RelinkAccountInput, RemoveAccountInput, RenameAccountInput,
    RestartAccountInput, UnlinkAccountInput,
};
use super::payload::{
    Changed, LinkAccountPayload, RelinkAccountPayload, RemoveAccountPayload, RenameAccountPayload,
    RestartAccountPayload, UnlinkAccountPayload, changed, removed, unknown_account,
};
use crate::features::accounts::error::AccountError;
use crate::features::accounts::service::AccountsService;
use crate::features::schema::Account;
use crate::graphql::{Entity, Gathered, UserError, viewer};
use crate::id::AccountId;

/// Mutations of accounts.
#[derive(Default)]
pub struct Mutation;

#[Object(name = "AccountsMutation")]
impl Mutation {
    /// Makes an account and begins to link it; subscribe to `linkProgress` for its codes and states. At most 5 an hour,
    /// `relinkAccount` and `restartAccount` counted with it (`LIMIT_EXCEEDED`). An account takes a place of the plan's
    /// while it is linked or being linked; one whose link was never completed frees its place. A phone that is linked
    /// already is refused: by its number at once (`CONFLICT`), by QR code with the state `STOPPED` and `duplicateOf`.
    async fn link_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Phone to link, and the method.")] input: LinkAccountInput,
    ) -> Result<LinkAccountPayload> {
        let user = viewer(ctx)?.user;
        let (new, call) = match input.check() {
            Ok(checked) => checked,
            Err(errors) => return Ok(Changed::refused(errors).into()),
        };
        let service = ctx.data_unchecked::<AccountsService>();
        let linked = service.link(user, &new, call.as_ref()).await;
        changed(ctx, linked).await
    }

    /// Begins to link an account again that was logged out, unlinked, or never linked. It stays the account of whoever was
    /// linked first: another WhatsApp account is refused, with `LOGGED_OUT` and the reason `OTHER_OWNER`. At most 5 an
    /// hour, `linkAccount` and `restartAccount` counted with it (`LIMIT_EXCEEDED`).
    async fn relink_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Account to link again, and the method.")] input: RelinkAccountInput,
    ) -> Result<RelinkAccountPayload> {
        let user = viewer(ctx)?.user;
        let mut errors = Gathered::default();
        let id = errors.take(own_account(ctx, &input.account_id).await?);
        let method = errors.take(input.method.as_ref().map(LinkMethodInput::check).transpose());
        let (Some(id), Some(method)) = (id, method) else {
            return Ok(Changed::refused(errors.into()).into());
        };
        let service = ctx.data_unchecked::<AccountsService>();
        let done = service.relink(user, id, method).await;
        changed(ctx, done.map(|()| id)).await
    }

    /// Starts the account's session anew: with new codes while it is not linked, with the same link otherwise. The answer
    /// has the new state. A `PAUSED` account is resumed if the plan has a place for it (`LIMIT_EXCEEDED`). At most 5 an
    /// hour, `linkAccount` and `relinkAccount` counted with it (`LIMIT_EXCEEDED` with `resetsAt`).
    async fn restart_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Account to restart.")] input: RestartAccountInput,
    ) -> Result<RestartAccountPayload> {
        let user = viewer(ctx)?.user;
        let Ok(id) = AccountId::from_global(&input.account_id) else {
            return changed(ctx, Err(AccountError::Unknown)).await;
        };
        let done = ctx.data_unchecked::<AccountsService>().restart(user, id).await;
        changed(ctx, done.map(|()| id)).await
    }

    /// Gives the account another label.
    async fn rename_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Account to rename, and its new label.")] input: RenameAccountInput,
    ) -> Result<RenameAccountPayload> {
        let user = viewer(ctx)?.user;
        let mut errors = Gathered::default();
        let id = errors.take(own_account(ctx, &input.account_id).await?);
        let label = errors.take(input.label());
        let (Some(id), Some(label)) = (id, label) else {
            return Ok(Changed::refused(errors.into()).into());
        };
        let service = ctx.data_unchecked::<AccountsService>();
        let done = service.rename(user, id, &label).await;
        changed(ctx, done.map(|()| id)).await
    }

    /// Removes the link at WhatsApp and erases its keys. Kept items stay. WhatsApp can be told only while the account
    /// is connected: otherwise the phone goes on listing the device, and its owner removes it there. When scheduled
    /// statuses wait for the account, it must be confirmed (`CONFLICT`): they are missed unless the account is linked
    /// again before their time.
    async fn unlink_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Account to unlink.")] input: UnlinkAccountInput,
    ) -> Result<UnlinkAccountPayload> {
        let user = viewer(ctx)?.user;
        let Ok(id) = AccountId::from_global(&input.account_id) else {
            return changed(ctx, Err(AccountError::Unknown)).await;
        };
        let service = ctx.data_unchecked::<AccountsService>();
        let done = service.unlink(user, id, input.is_confirmed).await;
        changed(ctx, done.map(|()| id)).await
    }

    /// Unlinks the account, as `unlinkAccount` does, and deletes it with everything that was kept of it: messages,
    /// statuses, contacts, media, settings and scheduled statuses. It cannot be undone, so it must be confirmed; without
    /// that, nothing is done, and the error (`CONFLICT`) says what would be lost. Clients hear of it by an
    /// `AccountRemovedEvent`.
    async fn remove_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Account to remove.")] input: RemoveAccountInput,
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

/// The viewer's account that `id` names, or the error of its place in the input.
async fn own_account(ctx: &Context<'_>, id: &ID) -> Result<Result<AccountId, UserError>> {
    let Ok(id) = AccountId::from_global(id) else {
        return Ok(Err(unknown_account()));
    };
    let found = Account::find(ctx, id).await?;
    Ok(found.map(|_| id).ok_or_else(unknown_account))
}
