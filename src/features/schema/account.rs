use async_graphql::{Context, ID, Result};

use crate::features::Account;
use crate::features::accounts::OpenAccount;
use crate::graphql::{Entity, PageCursor};
use crate::id::AccountId;

impl Account {
    /// Cursor of its position in a list of accounts.
    pub fn page_cursor(&self) -> PageCursor {
        PageCursor {
            at: self.0.0.row.created_at,
            id: self.0.0.row.id.into(),
        }
    }

    /// Globally unique, stable id.
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

impl Entity for Account {
    type Id = AccountId;
    type Row = OpenAccount;
    const NAME: &'static str = "account";

    fn of(_: &Context<'_>, row: OpenAccount) -> Self {
        Self::new(row)
    }
}
