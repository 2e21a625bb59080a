use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, ID, MergedObject, Result};

use super::loader;
use crate::features::accounts::{self, OpenAccount};
use crate::features::{auto_reply, deleted_messages, statuses, view_once};
use crate::graphql::{PageCursor, internal, not_found};
use crate::id::{AccountId, UserId};
use crate::work::{Core, WorkError};

/// One linked WhatsApp number of a user.
#[derive(MergedObject)]
pub struct Account(
    accounts::AccountFields,
    statuses::AccountFields,
    view_once::AccountFields,
    deleted_messages::AccountFields,
    auto_reply::AccountFields,
);

impl Account {
    /// The account of a row.
    pub fn new(account: OpenAccount) -> Self {
        let reference = account.row.reference();
        Self(
            accounts::AccountFields(account),
            statuses::AccountFields(reference),
            view_once::AccountFields(reference),
            deleted_messages::AccountFields(reference),
            auto_reply::AccountFields(reference),
        )
    }

    /// Where it stands in a list of accounts.
    pub fn page_cursor(&self) -> PageCursor {
        PageCursor {
            at: self.0.0.row.created_at,
            id: self.0.0.row.id.into(),
        }
    }

    /// Opaque and global.
    ///
    /// # Errors
    /// Never; the interface wants a result.
    #[expect(
        clippy::unused_async,
        reason = "the Node interface asks every type in the same way"
    )]
    pub async fn id(&self, _: &Context<'_>) -> Result<ID> {
        Ok(ID(self.0.0.row.id.to_global()))
    }

    /// The account with `id`, loaded together with the others that the request asks for.
    ///
    /// # Errors
    /// `INTERNAL` when the database fails, `NOT_FOUND` when it is nobody's or somebody else's.
    pub async fn load(ctx: &Context<'_>, id: AccountId) -> Result<Self> {
        Self::find(ctx, id).await?.ok_or_else(|| not_found("account"))
    }

    /// The same, for an account that may be gone.
    ///
    /// # Errors
    /// `INTERNAL` when the database fails.
    pub async fn find(ctx: &Context<'_>, id: AccountId) -> Result<Option<Self>> {
        let loader = loader::<AccountLoader>(ctx)?;
        Ok(loader
            .load_one(id)
            .await
            .map_err(|e| internal(ctx, e))?
            .map(Self::new))
    }
}

/// Loads accounts of one user by id.
pub struct AccountLoader {
    /// The services.
    pub core: Core,
    /// Whose accounts.
    pub user: UserId,
}

impl Loader<AccountId> for AccountLoader {
    type Value = OpenAccount;
    type Error = Arc<WorkError>;

    async fn load(&self, keys: &[AccountId]) -> Result<HashMap<AccountId, OpenAccount>, Self::Error> {
        let accounts = accounts::load_many(&self.core, self.user, keys)
            .await
            .map_err(Arc::new)?;
        Ok(accounts
            .into_iter()
            .map(|account| (account.row.id, account))
            .collect())
    }
}
