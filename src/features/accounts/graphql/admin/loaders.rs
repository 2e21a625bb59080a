//! Loads what admins see of accounts. For others the view is empty, and nothing is loaded.

use std::collections::HashMap;

use async_graphql::dataloader::Loader;

use crate::audit::{self, AuditAction};
use crate::features::accounts::AdminAccountId;
use crate::features::accounts::store::{self, AdminAccountRow};
use crate::graphql::{ReadError, Reader};
use crate::id::UserId;

/// Key of the accounts of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct AccountsOf(pub(super) UserId);

impl Loader<AdminAccountId> for Reader {
    type Value = AdminAccountRow;
    type Error = ReadError;

    async fn load(
        &self,
        keys: &[AdminAccountId],
    ) -> Result<HashMap<AdminAccountId, AdminAccountRow>, ReadError> {
        self.read_on_record(async |work| {
            let ids: Vec<_> = keys.iter().map(|key| key.as_uuid().into()).collect();
            let rows = store::load_for_admin(work, &ids).await?;
            let users = rows.iter().map(|row| row.user_id);
            audit::note_looks(work, AuditAction::AccountsViewed, users).await?;
            Ok(rows
                .into_iter()
                .map(|row| (row.id.as_uuid().into(), row))
                .collect())
        })
        .await
    }
}

impl Loader<AccountsOf> for Reader {
    type Value = Vec<AdminAccountRow>;
    type Error = ReadError;

    async fn load(
        &self,
        keys: &[AccountsOf],
    ) -> Result<HashMap<AccountsOf, Vec<AdminAccountRow>>, ReadError> {
        self.read_on_record(async |work| {
            let users: Vec<UserId> = keys.iter().map(|key| key.0).collect();
            let mut found: HashMap<AccountsOf, Vec<AdminAccountRow>> = HashMap::new();
            for row in store::load_of_users_for_admin(work, &users).await? {
                found.entry(AccountsOf(row.user_id)).or_default().push(row);
            }
            // That somebody has no account is seen as well.
            audit::note_looks(work, AuditAction::AccountsViewed, users).await?;
            Ok(found)
        })
        .await
    }
}
