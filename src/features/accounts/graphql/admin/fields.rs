use async_graphql::{Context, InputObject, Object, Result, SimpleObject};

use super::account::AdminAccount;
use crate::audit::{self, AuditAction};
use crate::features::accounts::model::AccountState;
use crate::features::accounts::store;
use crate::graphql::{Admin, Connection, Cursor, List, PageArguments, internal, read, total_if_wanted};
use crate::work::{Core, WorkError};

/// The list of all accounts, as its cursors name it.
const LIST: List = List::named("admin.accounts");

/// Accounts of all users as admins see them.
#[derive(Debug, Clone, Copy)]
pub struct AdminFields(pub Admin);

#[Object(name = "AccountsAdminFields")]
impl AdminFields {
    /// WhatsApp accounts of all users, newest first. The user of each reads in their audit log that it was seen
    /// (`ACCOUNTS_VIEWED`). Null only when an argument is wrong.
    async fn accounts(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Number of items from the beginning of the list, or after `after`: 1 to 100; 20 when neither `first` \
                    nor `last` is given."
        )]
        first: Option<i32>,
        #[graphql(desc = "Cursor of the item before the page.")] after: Option<Cursor>,
        #[graphql(
            desc = "Number of items from the end of the list, or before `before`: 1 to 100. Not together with `first` or \
                    `after`."
        )]
        last: Option<i32>,
        #[graphql(desc = "Cursor of the item after the page.")] before: Option<Cursor>,
        #[graphql(desc = "Filter of the accounts; all when absent.")] filter: Option<AdminAccountFilter>,
    ) -> Result<Option<Connection<AdminAccount>>> {
        let arguments = PageArguments {
            first,
            after,
            last,
            before,
        };
        let page = arguments.page(LIST)?;
        let states = filter.and_then(|filter| filter.states);
        let listing = async {
            let mut work = ctx.data_unchecked::<Core>().begin(self.0.user()).await?;
            let rows = store::list_for_admin(&mut work, page, states.as_deref()).await?;
            let count = store::count_for_admin(&mut work, states.as_deref());
            let total = total_if_wanted(ctx, count).await?;
            let users = rows.iter().map(|row| row.user_id);
            audit::note_looks(&mut work, AuditAction::AccountsViewed, users).await?;
            work.commit().await?;
            Ok::<_, WorkError>((rows, total))
        };
        let (rows, total) = listing.await.map_err(|e| internal(ctx, e))?;
        let accounts = rows.into_iter().map(AdminAccount).collect();
        Ok(Some(
            Connection::of(&page, accounts, AdminAccount::page_cursor).counted(total),
        ))
    }

    /// Number of WhatsApp accounts of all users in each state that some are in, the most frequent first.
    async fn account_counts(&self, ctx: &Context<'_>) -> Result<Vec<AdminAccountCount>> {
        let counts = read(ctx, self.0.user(), store::count_states_for_admin).await?;
        let count = |(state, count): (String, i64)| AdminAccountCount {
            state: AccountState::parse(&state).unwrap_or(AccountState::Stopped),
            count,
        };
        Ok(counts.into_iter().map(count).collect())
    }
}

/// Filter of accounts. A field that is absent or null filters nothing out; an empty list matches nothing.
#[derive(Debug, InputObject)]
pub(super) struct AdminAccountFilter {
    /// States of accounts to include.
    states: Option<Vec<AccountState>>,
}

/// Number of accounts in a state.
#[derive(Debug, SimpleObject)]
pub(super) struct AdminAccountCount {
    /// State of the accounts.
    state: AccountState,
    /// Number of accounts.
    count: i64,
}
