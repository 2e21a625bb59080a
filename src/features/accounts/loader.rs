use std::collections::HashMap;

use async_graphql::dataloader::Loader;

use super::GapId;
use super::store::{self, GapRow, OpenAccount};
use crate::graphql::{ReadError, Reader};
use crate::id::AccountId;

impl Loader<AccountId> for Reader {
    type Value = OpenAccount;
    type Error = ReadError;

    async fn load(&self, keys: &[AccountId]) -> Result<HashMap<AccountId, OpenAccount>, ReadError> {
        self.read(async |work| {
            let rows = store::load_many(work, keys).await?;
            let mut found = HashMap::with_capacity(rows.len());
            for row in rows {
                let account = OpenAccount::open(row, &work.key)?;
                found.insert(account.row.id, account);
            }
            Ok(found)
        })
        .await
    }
}

impl Loader<GapId> for Reader {
    type Value = GapRow;
    type Error = ReadError;

    async fn load(&self, keys: &[GapId]) -> Result<HashMap<GapId, GapRow>, ReadError> {
        self.read(async |work| {
            let rows = store::load_gaps(work, keys).await?;
            Ok(rows.into_iter().map(|row| (row.id, row)).collect())
        })
        .await
    }
}
