use std::collections::HashMap;

use async_graphql::dataloader::Loader;

use super::super::ids::{BillingSubscriptionId, InvoiceId};
use super::super::store::{self, OpenedInvoice, SubscriptionRow};
use crate::graphql::{ReadError, Reader};

impl Loader<BillingSubscriptionId> for Reader {
    type Value = SubscriptionRow;
    type Error = ReadError;

    async fn load(
        &self,
        keys: &[BillingSubscriptionId],
    ) -> Result<HashMap<BillingSubscriptionId, SubscriptionRow>, ReadError> {
        self.read(async |work| {
            let found = store::load_subscriptions(work, keys).await?;
            Ok(found.into_iter().map(|row| (row.id, row)).collect())
        })
        .await
    }
}

impl Loader<InvoiceId> for Reader {
    type Value = OpenedInvoice;
    type Error = ReadError;

    async fn load(&self, keys: &[InvoiceId]) -> Result<HashMap<InvoiceId, OpenedInvoice>, ReadError> {
        self.read(async |work| {
            let mut found = HashMap::with_capacity(keys.len());
            for row in store::load_invoices(work, keys).await? {
                let item = row.open(&work.key)?;
                found.insert(item.id, item);
            }
            Ok(found)
        })
        .await
    }
}
