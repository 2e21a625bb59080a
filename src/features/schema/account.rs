use async_graphql::{Context, ID, MergedObject, Result};

use crate::features::accounts::{self, OpenAccount};
use crate::features::{auto_reply, deleted_messages, statuses, view_once};
use crate::graphql::{Entity, PageCursor};
use crate::id::AccountId;

/// One linked WhatsApp number of a user.
#[derive(MergedObject)]
pub struct Account(
    accounts::AccountFields,
    statuses::AccountFields,
    view_once::AccountFields,
    deleted_messages::AccountFields,
    auto_reply::AccountFields,
);

impl Entity for Account {
    type Id = AccountId;
    type Row = OpenAccount;
    const NAME: &'static str = "account";

    fn of(_: &Context<'_>, row: OpenAccount) -> Self {
        Self::new(row)
    }
}

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
}
