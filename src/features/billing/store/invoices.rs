use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::crypto::{CryptoError, DataKey, belongs_to};
use crate::db::schema::billing_invoices;
use crate::features::billing::ids::{BillingSubscriptionId, InvoiceId};
use crate::features::billing::stripe_client::{Invoice, InvoiceState};
use crate::graphql::{Page, count_rows, newest_first};
use crate::id::UserId;
use crate::text_enum::text_enum;
use crate::work::Work;

text_enum! {
    /// State of an invoice. New states may be added.
    #[derive(async_graphql::Enum)]
    #[graphql(name = "InvoiceState")]
    pub enum StoredInvoiceState {
        /// Draft, which may still change, and is not to be paid yet.
        Draft = "DRAFT",
        /// Waiting to be paid.
        Open = "OPEN",
        /// Paid.
        Paid = "PAID",
        /// Given up: it was not paid, and is not waited for.
        Uncollectible = "UNCOLLECTIBLE",
        /// Withdrawn.
        Void = "VOID",
        /// A state that this server does not know.
        Other = "OTHER",
    }
}

impl From<InvoiceState> for StoredInvoiceState {
    fn from(state: InvoiceState) -> Self {
        match state {
            InvoiceState::Draft => Self::Draft,
            InvoiceState::Open => Self::Open,
            InvoiceState::Paid => Self::Paid,
            InvoiceState::Uncollectible => Self::Uncollectible,
            InvoiceState::Void => Self::Void,
            InvoiceState::Other => Self::Other,
        }
    }
}

/// An invoice as it is stored.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = billing_invoices, treat_none_as_null = true)]
pub(in crate::features::billing) struct InvoiceRow {
    pub(in crate::features::billing) id: InvoiceId,
    pub(in crate::features::billing) subscription_id: BillingSubscriptionId,
    pub(in crate::features::billing) stripe_id: String,
    number: Option<String>,
    state: StoredInvoiceState,
    total: i64,
    paid: i64,
    refunded: i64,
    currency: String,
    period_starts_at: DateTime<Utc>,
    period_ends_at: DateTime<Utc>,
    hosted_url: Option<Vec<u8>>,
    pdf_url: Option<Vec<u8>>,
    created_at: DateTime<Utc>,
}

/// An invoice, readable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenedInvoice {
    /// The id.
    pub id: InvoiceId,
    /// The number that is printed on it; none before it is final.
    pub number: Option<String>,
    /// The state.
    pub state: StoredInvoiceState,
    /// The amount, in minor units of the currency.
    pub total: i64,
    /// What was paid of it.
    pub paid: i64,
    /// What was given back of it.
    pub refunded: i64,
    /// The currency, in lower case.
    pub currency: String,
    /// The beginning of what it is for.
    pub period_starts_at: DateTime<Utc>,
    /// The end of what it is for.
    pub period_ends_at: DateTime<Utc>,
    /// The page on which it is shown and paid.
    pub hosted_url: Option<String>,
    /// The document.
    pub pdf_url: Option<String>,
    /// Time at which it was made.
    pub created_at: DateTime<Utc>,
}

impl InvoiceRow {
    /// The row of an invoice of which `refunded` was given back.
    pub(in crate::features::billing) fn of(
        id: InvoiceId,
        subscription_id: BillingSubscriptionId,
        invoice: &Invoice,
        refunded: i64,
        key: &DataKey,
    ) -> Self {
        let seal = |column, text: &Option<String>| {
            let text = text.as_ref()?;
            Some(key.seal(&belongs_to("billing_invoices", column, id), text.as_bytes()))
        };
        Self {
            id,
            subscription_id,
            stripe_id: invoice.id.clone(),
            number: invoice.number.clone(),
            state: invoice.state.into(),
            total: invoice.total,
            paid: invoice.paid,
            refunded,
            currency: invoice.currency.clone(),
            period_starts_at: invoice.period_starts_at,
            period_ends_at: invoice.period_ends_at,
            hosted_url: seal("hosted_url", &invoice.hosted_url),
            pdf_url: seal("pdf_url", &invoice.pdf_url),
            created_at: invoice.created_at,
        }
    }

    /// The invoice, readable.
    pub(in crate::features::billing) fn open(self, key: &DataKey) -> Result<OpenedInvoice, CryptoError> {
        let open = |column, sealed: Option<Vec<u8>>| {
            let opened =
                sealed.map(|sealed| key.open(&belongs_to("billing_invoices", column, self.id), &sealed));
            let opened = opened.transpose()?;
            Ok::<_, CryptoError>(opened.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
        };
        Ok(OpenedInvoice {
            hosted_url: open("hosted_url", self.hosted_url)?,
            pdf_url: open("pdf_url", self.pdf_url)?,
            id: self.id,
            number: self.number,
            state: self.state,
            total: self.total,
            paid: self.paid,
            refunded: self.refunded,
            currency: self.currency,
            period_starts_at: self.period_starts_at,
            period_ends_at: self.period_ends_at,
            created_at: self.created_at,
        })
    }
}

/// A page of the user's invoices, newest first.
pub(in crate::features::billing) async fn list_invoices(
    conn: &mut AsyncPgConnection,
    user: UserId,
    page: Page,
) -> QueryResult<Vec<InvoiceRow>> {
    let own = billing_invoices::table
        .filter(billing_invoices::user_id.eq(user))
        .select(InvoiceRow::as_select());
    let rows = newest_first!(own, page, billing_invoices::created_at, billing_invoices::id);
    rows.load(conn).await
}

/// Number of the user's invoices.
pub(in crate::features::billing) async fn count_invoices(
    conn: &mut AsyncPgConnection,
    user: UserId,
) -> QueryResult<i64> {
    count_rows!(
        conn,
        billing_invoices::table.filter(billing_invoices::user_id.eq(user))
    )
}

/// Existing rows among `ids`.
pub(in crate::features::billing) async fn load_invoices(
    conn: &mut AsyncPgConnection,
    ids: &[InvoiceId],
) -> QueryResult<Vec<InvoiceRow>> {
    billing_invoices::table
        .filter(billing_invoices::id.eq_any(ids))
        .select(InvoiceRow::as_select())
        .load(conn)
        .await
}

/// The oldest invoice of a subscription that is to be paid.
pub(in crate::features::billing) async fn owed_invoice(
    conn: &mut AsyncPgConnection,
    subscription: BillingSubscriptionId,
) -> QueryResult<Option<InvoiceRow>> {
    billing_invoices::table
        .filter(billing_invoices::subscription_id.eq(subscription))
        .filter(billing_invoices::state.eq(StoredInvoiceState::Open))
        .order((billing_invoices::created_at, billing_invoices::id))
        .select(InvoiceRow::as_select())
        .first(conn)
        .await
        .optional()
}

/// Writes an invoice as it is now.
pub(in crate::features::billing) async fn save_invoice(work: &mut Work, row: &InvoiceRow) -> QueryResult<()> {
    diesel::insert_into(billing_invoices::table)
        .values((billing_invoices::user_id.eq(work.user), row))
        .on_conflict(billing_invoices::id)
        .do_update()
        .set(row)
        .execute(work)
        .await
        .map(drop)
}

/// The user's stored invoices among those of Stripe's ids.
pub(in crate::features::billing) async fn find_invoices(
    conn: &mut AsyncPgConnection,
    stripe_ids: &[&str],
) -> QueryResult<Vec<InvoiceRow>> {
    billing_invoices::table
        .filter(billing_invoices::stripe_id.eq_any(stripe_ids))
        .select(InvoiceRow::as_select())
        .load(conn)
        .await
}
