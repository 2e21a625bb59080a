use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use thiserror::Error;
use url::Url;

use super::super::model::{DisabledReason, Endpoint, Wants};
use super::super::schedule::Failing;
use super::super::signature::Secret;
use crate::crypto::{CryptoError, DataKey, belongs_to};
use crate::db::schema::{accounts, webhook_endpoints};
use crate::features::webhooks::WebhookEndpointId;
use crate::hub::EventKind;
use crate::id::{AccountId, UserId};
use crate::work::Work;

/// Error of a stored endpoint that cannot be read.
#[derive(Debug, Error)]
pub enum Unreadable {
    /// The sealed value does not open.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
    /// The opened value is no URL.
    #[error("a kept address is none")]
    Address(#[from] url::ParseError),
}

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = webhook_endpoints)]
pub(in crate::features::webhooks) struct EndpointRow {
    id: WebhookEndpointId,
    url: Vec<u8>,
    description: Option<String>,
    kinds: Option<Vec<String>>,
    account_ids: Option<Vec<AccountId>>,
    secret: Vec<u8>,
    previous_secret: Option<Vec<u8>>,
    previous_until: Option<DateTime<Utc>>,
    disabled_reason: Option<DisabledReason>,
    failing_since: Option<DateTime<Utc>>,
    failed_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
}

impl EndpointRow {
    /// The endpoint, readable.
    pub(in crate::features::webhooks) fn open(self, key: &DataKey) -> Result<Endpoint, Unreadable> {
        let place = |column| belongs_to("webhook_endpoints", column, self.id);
        let url = key.open(&place("url"), &self.url)?;
        let secret = key.open(&place("secret"), &self.secret)?;
        let previous = self
            .previous_secret
            .map(|sealed| key.open(&place("previous_secret"), &sealed))
            .transpose()?;
        Ok(Endpoint {
            id: self.id,
            url: Url::parse(&String::from_utf8_lossy(&url))?,
            description: self.description,
            wants: wants(self.kinds, self.account_ids),
            secret: Secret::from_bytes(secret),
            previous: previous.map(Secret::from_bytes).zip(self.previous_until),
            disabled: self.disabled_reason,
            failing: self
                .failing_since
                .zip(self.failed_at)
                .map(|(since, last)| Failing { since, last }),
            created_at: self.created_at,
        })
    }
}

fn wants(kinds: Option<Vec<String>>, accounts: Option<Vec<AccountId>>) -> Wants {
    // A kind that no longer exists is none that can happen.
    let known = |name: String| EventKind::ALL.into_iter().find(|kind| kind.as_str() == name);
    Wants {
        kinds: kinds.map(|kinds| kinds.into_iter().filter_map(known).collect()),
        accounts,
    }
}

/// Number of endpoints.
pub(in crate::features::webhooks) async fn count_endpoints(
    conn: &mut AsyncPgConnection,
    user: UserId,
) -> QueryResult<i64> {
    webhook_endpoints::table
        .filter(webhook_endpoints::user_id.eq(user))
        .count()
        .get_result(conn)
        .await
}

/// Accounts of the transaction's user among `ids`.
pub(in crate::features::webhooks) async fn own_accounts(
    conn: &mut AsyncPgConnection,
    ids: &[AccountId],
) -> QueryResult<Vec<AccountId>> {
    accounts::table
        .filter(accounts::id.eq_any(ids))
        .select(accounts::id)
        .load(conn)
        .await
}

/// Writes a new endpoint.
pub(in crate::features::webhooks) async fn insert_endpoint(
    work: &mut Work,
    endpoint: &Endpoint,
) -> QueryResult<()> {
    diesel::insert_into(webhook_endpoints::table)
        .values((
            webhook_endpoints::id.eq(endpoint.id),
            webhook_endpoints::user_id.eq(work.user),
            webhook_endpoints::created_at.eq(endpoint.created_at),
            Changed::of(endpoint, &work.key),
        ))
        .execute(work)
        .await
        .map(drop)
}

/// Writes an endpoint as it is now.
pub(in crate::features::webhooks) async fn save_endpoint(
    work: &mut Work,
    endpoint: &Endpoint,
) -> QueryResult<()> {
    diesel::update(webhook_endpoints::table.find(endpoint.id))
        .set(Changed::of(endpoint, &work.key))
        .execute(work)
        .await
        .map(drop)
}

#[derive(AsChangeset, Insertable)]
#[diesel(table_name = webhook_endpoints, treat_none_as_null = true)]
struct Changed {
    url: Vec<u8>,
    description: Option<String>,
    kinds: Option<Vec<&'static str>>,
    account_ids: Option<Vec<AccountId>>,
    secret: Vec<u8>,
    previous_secret: Option<Vec<u8>>,
    previous_until: Option<DateTime<Utc>>,
    disabled_reason: Option<DisabledReason>,
    failing_since: Option<DateTime<Utc>>,
    failed_at: Option<DateTime<Utc>>,
}

impl Changed {
    fn of(endpoint: &Endpoint, key: &DataKey) -> Self {
        let seal =
            |column, plain: &[u8]| key.seal(&belongs_to("webhook_endpoints", column, endpoint.id), plain);
        let previous = endpoint.previous.as_ref();
        let kinds = endpoint.wants.kinds.as_ref();
        Self {
            url: seal("url", endpoint.url.as_str().as_bytes()),
            description: endpoint.description.clone(),
            kinds: kinds.map(|kinds| kinds.iter().map(|kind| kind.as_str()).collect()),
            account_ids: endpoint.wants.accounts.clone(),
            secret: seal("secret", endpoint.secret.as_bytes()),
            previous_secret: previous.map(|(secret, _)| seal("previous_secret", secret.as_bytes())),
            previous_until: previous.map(|(_, until)| *until),
            disabled_reason: endpoint.disabled,
            failing_since: endpoint.failing.map(|failing| failing.since),
            failed_at: endpoint.failing.map(|failing| failing.last),
        }
    }
}

/// The user's endpoints, the oldest first.
pub(in crate::features::webhooks) async fn list_endpoints(
    conn: &mut AsyncPgConnection,
    user: UserId,
) -> QueryResult<Vec<EndpointRow>> {
    webhook_endpoints::table
        .filter(webhook_endpoints::user_id.eq(user))
        .order((webhook_endpoints::created_at, webhook_endpoints::id))
        .select(EndpointRow::as_select())
        .load(conn)
        .await
}

/// Existing rows among `ids`.
pub(in crate::features::webhooks) async fn load_endpoints(
    conn: &mut AsyncPgConnection,
    ids: &[WebhookEndpointId],
) -> QueryResult<Vec<EndpointRow>> {
    webhook_endpoints::table
        .filter(webhook_endpoints::id.eq_any(ids))
        .select(EndpointRow::as_select())
        .load(conn)
        .await
}

/// The endpoint `id`, locked until the transaction ends. Deliveries that name it can be written meanwhile.
pub(in crate::features::webhooks) async fn lock_endpoint(
    conn: &mut AsyncPgConnection,
    id: WebhookEndpointId,
) -> QueryResult<Option<EndpointRow>> {
    webhook_endpoints::table
        .find(id)
        .select(EndpointRow::as_select())
        .for_no_key_update()
        .first(conn)
        .await
        .optional()
}

/// Deletes an endpoint and its log. False when there was none.
pub(in crate::features::webhooks) async fn delete_endpoint(
    work: &mut Work,
    id: WebhookEndpointId,
) -> QueryResult<bool> {
    let deleted = diesel::delete(webhook_endpoints::table.find(id))
        .execute(work)
        .await?;
    Ok(deleted == 1)
}

/// Filters of the user's enabled endpoints.
pub(in crate::features::webhooks) async fn wants_of_enabled(
    conn: &mut AsyncPgConnection,
    user: UserId,
) -> QueryResult<Vec<(WebhookEndpointId, Wants)>> {
    type Row = (WebhookEndpointId, Option<Vec<String>>, Option<Vec<AccountId>>);
    let rows: Vec<Row> = webhook_endpoints::table
        .filter(webhook_endpoints::user_id.eq(user))
        .filter(webhook_endpoints::disabled_reason.is_null())
        .select((
            webhook_endpoints::id,
            webhook_endpoints::kinds,
            webhook_endpoints::account_ids,
        ))
        // One that is being turned off or deleted is waited for, so that nothing is put down for it after.
        .for_share()
        .load(conn)
        .await?;
    let named = |(id, kinds, accounts)| (id, wants(kinds, accounts));
    Ok(rows.into_iter().map(named).collect())
}
