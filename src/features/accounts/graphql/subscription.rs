use async_graphql::{Context, ID, Result};
use futures::{Stream, StreamExt, TryStreamExt};

use crate::features::schema::{self, Account, EventFilter};
use crate::graphql::{Entity, UserError, bad_arguments, not_found};
use crate::hub::EventKind;
use crate::id::AccountId;

/// Subscriptions to accounts.
#[derive(Default)]
pub struct Subscription;

#[async_graphql::Subscription(name = "AccountsSubscription")]
impl Subscription {
    /// Account as it is now, then after each change: every state, every new QR code and every pairing code. What
    /// happens between the answer of `linkAccount` and the subscription is in the first item.
    async fn link_progress(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Id of the account.")] account_id: ID,
    ) -> Result<impl Stream<Item = Result<Account>>> {
        let id = AccountId::from_global(&account_id)
            .map_err(|e| bad_arguments(&[UserError::invalid(&["accountId"], e.to_string())]))?;
        // Listen first, then look: a change in between is heard twice rather than not at all.
        let filter = EventFilter::parse(ctx, Some(vec![account_id]), Some(vec![EventKind::AccountChanged]))?;
        let changes = schema::listen(ctx, None, filter).await?;
        let now = Account::find(ctx, id)
            .await?
            .ok_or_else(|| not_found("account"))?;
        let later = changes.and_then(move |_| Account::load(ctx, id));
        Ok(futures::stream::once(std::future::ready(Ok(now))).chain(later))
    }
}
