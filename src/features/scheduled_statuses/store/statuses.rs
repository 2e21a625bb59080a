//! Rows of scheduled statuses.

use async_graphql::Enum;
use chrono::{DateTime, Utc};
use diesel::dsl::count_star;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::crypto::{CryptoError, DataKey, belongs_to};
use crate::db::schema::messages;
use crate::db::schema::scheduled_statuses::{self as columns, table as all};
use crate::db::without_account_limits;
use crate::features::scheduled_statuses::ScheduledStatusId;
use crate::features::scheduled_statuses::audience::Audience;
use crate::features::scheduled_statuses::content::Content;
use crate::features::scheduled_statuses::failure::{DeletionFailureReason, Failure, FailureReason};
use crate::features::scheduled_statuses::model::{Kind, PlannedStatus, Publication, State};
use crate::features::schema::ContactScope;
use crate::graphql::{Page, count_rows, page_of};
use crate::id::{AccountId, ContactId, MediaId, MessageId, SendId, UserId};
use crate::work::Work;

/// A scheduled status as it is stored.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = columns)]
pub(in crate::features::scheduled_statuses) struct StatusRow {
    id: ScheduledStatusId,
    account_id: AccountId,
    kind: Kind,
    content: Vec<u8>,
    media_id: Option<MediaId>,
    scope: String,
    contact_ids: Vec<ContactId>,
    publish_at: DateTime<Utc>,
    time_zone: String,
    state: State,
    #[diesel(embed)]
    failure: FailureColumns,
    send_id: Option<SendId>,
    wa_id: Option<String>,
    audience_size: Option<i32>,
    created_at: DateTime<Utc>,
    published_at: Option<DateTime<Utc>>,
    revoke_requested_at: Option<DateTime<Utc>>,
    #[diesel(embed)]
    deletion_failure: DeletionFailureColumns,
    deleted_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = columns)]
pub(in crate::features::scheduled_statuses) struct FailureColumns {
    #[diesel(column_name = failure_reason)]
    reason: Option<FailureReason>,
    #[diesel(column_name = failure_message)]
    message: Option<String>,
    #[diesel(column_name = failure_code)]
    code: Option<i32>,
}

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = columns)]
pub(in crate::features::scheduled_statuses) struct DeletionFailureColumns {
    #[diesel(column_name = revoke_failure_reason)]
    reason: Option<DeletionFailureReason>,
    #[diesel(column_name = revoke_failure_message)]
    message: Option<String>,
    #[diesel(column_name = revoke_failure_code)]
    code: Option<i32>,
}

impl FailureColumns {
    fn read(self) -> Option<Failure<FailureReason>> {
        Some(Failure {
            reason: self.reason?,
            message: self.message?,
            code: self.code,
        })
    }
}

impl DeletionFailureColumns {
    fn read(self) -> Option<Failure<DeletionFailureReason>> {
        Some(Failure {
            reason: self.reason?,
            message: self.message?,
            code: self.code,
        })
    }
}

impl StatusRow {
    /// Decrypts the status.
    pub(in crate::features::scheduled_statuses) fn open(
        self,
        key: &DataKey,
    ) -> Result<PlannedStatus, CryptoError> {
        let plain = key.open(&place("content", self.id), &self.content)?;
        let content = serde_json::from_slice(&plain).map_err(|_| CryptoError::Malformed)?;
        Ok(PlannedStatus {
            id: self.id,
            account: self.account_id,
            kind: self.kind,
            content,
            media: self.media_id,
            audience: Audience {
                scope: ContactScope::parse(&self.scope).unwrap_or(ContactScope::Only),
                contacts: self.contact_ids,
            },
            publish_at: self.publish_at,
            time_zone: self.time_zone,
            state: self.state,
            failure: self.failure.read(),
            send: self.send_id,
            wa_id: self.wa_id,
            audience_size: self.audience_size,
            created_at: self.created_at,
            published_at: self.published_at,
            revoke_requested_at: self.revoke_requested_at,
            deletion_failure: self.deletion_failure.read(),
            deleted_at: self.deleted_at,
        })
    }
}

impl StatusRow {
    /// The planned publication of the status.
    pub(in crate::features::scheduled_statuses) const fn publication(&self) -> Publication {
        Publication {
            status: self.id,
            account: self.account_id,
            publish_at: self.publish_at,
        }
    }

    /// Returns true when the status waits for its time.
    pub(in crate::features::scheduled_statuses) fn is_scheduled(&self) -> bool {
        self.state == State::Scheduled
    }
}

pub(super) fn place(column: &str, id: ScheduledStatusId) -> String {
    belongs_to("scheduled_statuses", column, id)
}

fn seal(key: &DataKey, id: ScheduledStatusId, content: &Content) -> QueryResult<Vec<u8>> {
    let plain =
        serde_json::to_vec(content).map_err(|e| diesel::result::Error::SerializationError(e.into()))?;
    Ok(key.seal(&place("content", id), &plain))
}

/// Inserts a new status.
pub(in crate::features::scheduled_statuses) async fn insert(
    work: &mut Work,
    new: &PlannedStatus,
) -> QueryResult<()> {
    diesel::insert_into(all)
        .values((
            (
                columns::id.eq(new.id),
                columns::user_id.eq(work.user),
                columns::account_id.eq(new.account),
            ),
            columns::kind.eq(new.kind),
            columns::content.eq(seal(&work.key, new.id, &new.content)?),
            columns::media_id.eq(new.media),
            columns::scope.eq(new.audience.scope.as_str()),
            columns::contact_ids.eq(&new.audience.contacts),
            columns::publish_at.eq(new.publish_at),
            columns::time_zone.eq(&new.time_zone),
            columns::state.eq(new.state),
            columns::created_at.eq(new.created_at),
        ))
        .execute(work)
        .await
        .map(drop)
}

/// Stores the fields of a locked status that its user may change.
pub(in crate::features::scheduled_statuses) async fn update(
    work: &mut Work,
    status: &PlannedStatus,
) -> QueryResult<()> {
    diesel::update(all.find(status.id))
        .set((
            columns::kind.eq(status.kind),
            columns::content.eq(seal(&work.key, status.id, &status.content)?),
            columns::media_id.eq(status.media),
            columns::scope.eq(status.audience.scope.as_str()),
            columns::contact_ids.eq(&status.audience.contacts),
            columns::publish_at.eq(status.publish_at),
            columns::time_zone.eq(&status.time_zone),
        ))
        .execute(work)
        .await
        .map(drop)
}

/// The status `id`, locked until the transaction ends.
pub(in crate::features::scheduled_statuses) async fn lock(
    conn: &mut AsyncPgConnection,
    id: ScheduledStatusId,
) -> QueryResult<Option<StatusRow>> {
    all.find(id)
        .select(StatusRow::as_select())
        .for_update()
        .first(conn)
        .await
        .optional()
}

/// The user's statuses among `ids`.
pub(in crate::features::scheduled_statuses) async fn load(
    conn: &mut AsyncPgConnection,
    ids: &[ScheduledStatusId],
) -> QueryResult<Vec<StatusRow>> {
    all.filter(columns::id.eq_any(ids))
        .select(StatusRow::as_select())
        .load(conn)
        .await
}

/// The scheduled statuses that show files among `media`, each with its file.
///
/// # Errors
/// The database's.
pub async fn find_by_media(
    conn: &mut AsyncPgConnection,
    media: &[MediaId],
) -> QueryResult<Vec<(MediaId, ScheduledStatusId)>> {
    all.filter(columns::media_id.assume_not_null().eq_any(media))
        .select((columns::media_id.assume_not_null(), columns::id))
        .load(conn)
        .await
}

/// The scheduled statuses that were published as one of `published`, each with its message.
///
/// # Errors
/// The database's.
pub async fn find_publishers(
    conn: &mut AsyncPgConnection,
    published: &[MessageId],
) -> QueryResult<Vec<(MessageId, ScheduledStatusId)>> {
    let is_published = messages::account_id
        .eq(columns::account_id)
        .and(messages::wa_id.nullable().eq(columns::wa_id));
    all.inner_join(messages::table.on(is_published))
        .filter(messages::id.eq_any(published))
        .select((messages::id, columns::id))
        .load(conn)
        .await
}

/// Locks the number of the user's statuses that still wait, until the transaction ends.
pub(in crate::features::scheduled_statuses) async fn lock_pending(
    conn: &mut AsyncPgConnection,
    user: UserId,
) -> QueryResult<()> {
    diesel::sql_query("SELECT pg_advisory_xact_lock(hashtextextended('scheduled statuses of ' || $1, 0))")
        .bind::<diesel::sql_types::Text, _>(user.to_string())
        .execute(conn)
        .await
        .map(drop)
}

/// Number of the user's statuses that still wait, whichever accounts the operation is limited to: the plan's limit is for
/// all.
pub(in crate::features::scheduled_statuses) async fn count_pending(
    conn: &mut AsyncPgConnection,
    user: UserId,
) -> QueryResult<i64> {
    without_account_limits(conn, async |conn| {
        all.filter(
            columns::user_id
                .eq(user)
                .and(columns::state.eq_any(UNFINISHED_STATES)),
        )
        .count()
        .get_result(conn)
        .await
    })
    .await
}

/// Numbers of the accounts' statuses that wait or are being published; an account without any is left out.
pub(in crate::features::scheduled_statuses) async fn count_waiting(
    conn: &mut AsyncPgConnection,
    accounts: &[AccountId],
) -> QueryResult<Vec<(AccountId, i64)>> {
    all.filter(columns::account_id.eq_any(accounts))
        .filter(columns::state.eq_any(UNFINISHED_STATES))
        .group_by(columns::account_id)
        .select((columns::account_id, count_star()))
        .load(conn)
        .await
}

/// The account's statuses that still wait though their time has come by `now`, in the order of their times.
pub(in crate::features::scheduled_statuses) async fn list_overdue(
    conn: &mut AsyncPgConnection,
    account: AccountId,
    now: DateTime<Utc>,
) -> QueryResult<Vec<ScheduledStatusId>> {
    all.filter(columns::account_id.eq(account))
        .filter(
            columns::state
                .eq(State::Scheduled)
                .and(columns::publish_at.le(now)),
        )
        .order((columns::publish_at, columns::id))
        .select(columns::id)
        .load(conn)
        .await
}

/// The states that are not final.
const UNFINISHED_STATES: [State; 2] = [State::Scheduled, State::Publishing];

/// Order of a list of scheduled statuses.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Enum)]
#[graphql(name = "ScheduledStatusOrder")]
pub enum Order {
    /// Earliest planned time first.
    PublishAtAsc,
    /// Latest planned time first.
    #[default]
    PublishAtDesc,
}

/// Filter and order of a list of scheduled statuses. `None` does not filter; an empty list matches nothing.
#[derive(Debug, Clone, Default)]
pub struct ScheduledStatusQuery {
    /// Only statuses of these accounts.
    pub accounts: Option<Vec<AccountId>>,
    /// Only statuses in one of these states.
    pub states: Option<Vec<State>>,
    /// Only statuses planned for this time or later.
    pub from: Option<DateTime<Utc>>,
    /// Only statuses planned for before this time.
    pub to: Option<DateTime<Utc>>,
    /// The order.
    pub order: Order,
}

/// Narrows a boxed query to what a filter names.
macro_rules! filtered {
    ($rows:expr, $query:expr) => {{
        let mut rows = $rows;
        if let Some(accounts) = &$query.accounts {
            rows = rows.filter(columns::account_id.eq_any(accounts));
        }
        if let Some(states) = &$query.states {
            rows = rows.filter(columns::state.eq_any(states));
        }
        if let Some(from) = $query.from {
            rows = rows.filter(columns::publish_at.ge(from));
        }
        if let Some(to) = $query.to {
            rows = rows.filter(columns::publish_at.lt(to));
        }
        rows
    }};
}

/// A page of the user's statuses.
pub(in crate::features::scheduled_statuses) async fn list(
    conn: &mut AsyncPgConnection,
    user: UserId,
    page: Page,
    query: &ScheduledStatusQuery,
) -> QueryResult<Vec<StatusRow>> {
    let is_ascending = page.is_backwards == (query.order == Order::PublishAtDesc);
    let rows = page_of!(
        all.filter(columns::user_id.eq(user))
            .select(StatusRow::as_select()),
        page,
        columns::publish_at,
        columns::id,
        is_ascending
    );
    filtered!(rows, query).load(conn).await
}

/// Number of the user's statuses that the filter matches.
pub(in crate::features::scheduled_statuses) async fn count(
    conn: &mut AsyncPgConnection,
    user: UserId,
    query: &ScheduledStatusQuery,
) -> QueryResult<i64> {
    let rows = all.filter(columns::user_id.eq(user)).into_boxed();
    count_rows!(conn, filtered!(rows, query))
}
