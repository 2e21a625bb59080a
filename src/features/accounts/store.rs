use chrono::{DateTime, TimeDelta, Utc};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Timestamptz};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::model::AccountState;
use crate::account::AccountRef;
use crate::crypto::{DataKey, belongs_to};
use crate::db::schema::{accounts, connection_gaps, contacts};
use crate::event::Person;
use crate::features::accounts::GapId;
use crate::features::schema::ContactRow;
use crate::graphql::Page;
use crate::id::{AccountId, UserId};
use crate::work::Work;

/// An account's row.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = accounts)]
pub struct AccountRow {
    /// Its id.
    pub id: AccountId,
    /// Whose it is.
    pub user_id: UserId,
    /// The user's name for it.
    pub label: Option<String>,
    /// `QR` or `PAIRING_CODE`.
    pub link_method: String,
    /// Digits with country code.
    pub phone_number: Option<String>,
    /// The user part of the LID.
    pub lid: Option<String>,
    /// What the owner calls themselves.
    pub push_name: Option<String>,
    /// As the database spells it.
    pub state: String,
    /// When the state last changed.
    pub state_changed_at: DateTime<Utc>,
    /// What the state's name does not say.
    pub state_reason: Option<String>,
    /// When the state ends by itself, or the next try is made.
    pub state_until: Option<DateTime<Utc>>,
    /// Which code or try this is.
    pub attempt: Option<i32>,
    /// How many codes there are.
    pub attempts: Option<i32>,
    /// The code on show, sealed.
    pub code: Option<Vec<u8>>,
    /// When WhatsApp stops taking it.
    pub code_expires_at: Option<DateTime<Utc>>,
    /// When the row was made.
    pub created_at: DateTime<Utc>,
    /// When the phone agreed.
    pub linked_at: Option<DateTime<Utc>>,
    /// When WhatsApp was last heard, to the minute.
    pub last_traffic_at: Option<DateTime<Utc>>,
    /// Nothing automatic is sent before then.
    pub sends_paused_until: Option<DateTime<Utc>>,
    /// Why.
    pub sends_paused_reason: Option<String>,
    /// When view-once content was first delivered to this link.
    pub view_once_delivered_at: Option<DateTime<Utc>>,
}

impl AccountRow {
    /// The state.
    pub fn state(&self) -> AccountState {
        // The column's only writer is `set_state`.
        self.state.parse().unwrap_or(AccountState::Stopped)
    }

    /// Until when nothing automatic is sent, and WhatsApp's code for why, if that is so at `now`.
    pub fn pause(&self, now: DateTime<Utc>) -> Option<(DateTime<Utc>, &str)> {
        let until = self.sends_paused_until.filter(|until| *until > now)?;
        Some((until, self.sends_paused_reason.as_deref().unwrap_or_default()))
    }

    /// Its name for the pipeline.
    pub const fn reference(&self) -> AccountRef {
        AccountRef {
            id: self.id,
            user: self.user_id,
        }
    }
}

/// An account as its owner sees it.
#[derive(Debug, Clone)]
pub struct OpenAccount {
    /// The row.
    pub row: AccountRow,
    /// The code on show, readable.
    pub code: Option<String>,
}

impl OpenAccount {
    /// Opens the code of a row with its owner's key. One that does not open is not shown.
    pub fn new(row: AccountRow, key: &DataKey) -> Self {
        let place = belongs_to("accounts", "code", row.id);
        let plain = row.code.as_ref().and_then(|sealed| key.open(&place, sealed).ok());
        Self {
            code: plain.and_then(|bytes| String::from_utf8(bytes).ok()),
            row,
        }
    }
}

/// A stretch during which an account heard nothing.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = connection_gaps)]
pub(super) struct GapRow {
    /// Its id.
    pub id: GapId,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended; null while it lasts.
    pub ended_at: Option<DateTime<Utc>>,
    /// What caused it.
    pub reason: String,
}

/// A state and everything that goes with it. What is absent is emptied.
#[derive(Debug, Clone, Default)]
pub(super) struct NewState {
    /// What the state's name does not say.
    pub reason: Option<String>,
    /// When it ends by itself.
    pub until: Option<DateTime<Utc>>,
    /// Which code or try.
    pub attempt: Option<u32>,
    /// How many.
    pub attempts: Option<u32>,
    /// The code on show, and when it expires.
    pub code: Option<(String, DateTime<Utc>)>,
}

pub(super) async fn insert(
    work: &mut Work,
    account: AccountRef,
    label: Option<&str>,
    link_method: &str,
    phone_number: Option<&str>,
) -> QueryResult<()> {
    diesel::insert_into(accounts::table)
        .values((
            accounts::id.eq(account.id),
            accounts::user_id.eq(account.user),
            accounts::label.eq(label),
            accounts::link_method.eq(link_method),
            accounts::phone_number.eq(phone_number),
            accounts::state.eq(AccountState::Created.as_str()),
            accounts::state_changed_at.eq(work.now),
            accounts::created_at.eq(work.now),
        ))
        .execute(work)
        .await
        .map(drop)
}

pub(super) async fn find(conn: &mut AsyncPgConnection, id: AccountId) -> QueryResult<Option<AccountRow>> {
    accounts::table
        .find(id)
        .select(AccountRow::as_select())
        .first(conn)
        .await
        .optional()
}

pub(super) async fn load_many(
    conn: &mut AsyncPgConnection,
    ids: &[AccountId],
) -> QueryResult<Vec<AccountRow>> {
    accounts::table
        .filter(accounts::id.eq_any(ids))
        .select(AccountRow::as_select())
        .load(conn)
        .await
}

pub(super) async fn list(
    conn: &mut AsyncPgConnection,
    user: UserId,
    page: Page,
) -> QueryResult<Vec<AccountRow>> {
    let mut query = accounts::table
        .filter(accounts::user_id.eq(user))
        .order((accounts::created_at, accounts::id))
        .limit(page.limit())
        .select(AccountRow::as_select())
        .into_boxed();
    if let Some(after) = page.after {
        let later = accounts::created_at.gt(after.at);
        let same_time = accounts::created_at.eq(after.at).and(accounts::id.gt(after.id));
        query = query.filter(later.or(same_time));
    }
    query.load(conn).await
}

/// How many accounts count against the plan.
pub(super) async fn count_for_plan(conn: &mut AsyncPgConnection, user: UserId) -> QueryResult<i64> {
    accounts::table
        .filter(
            accounts::user_id
                .eq(user)
                .and(accounts::state.ne(AccountState::Unlinked.as_str())),
        )
        .count()
        .get_result(conn)
        .await
}

pub(super) async fn set_state(
    work: &mut Work,
    id: AccountId,
    state: AccountState,
    new: NewState,
) -> QueryResult<()> {
    let (code, code_expires_at) = new.code.unzip();
    let sealed = code.map(|code| {
        work.key
            .seal(&belongs_to("accounts", "code", id), code.as_bytes())
    });
    let number = |n: Option<u32>| n.and_then(|n| i32::try_from(n).ok());
    diesel::update(accounts::table.find(id))
        .set((
            accounts::state.eq(state.as_str()),
            accounts::state_changed_at.eq(work.now),
            accounts::state_reason.eq(new.reason),
            accounts::state_until.eq(new.until),
            accounts::attempt.eq(number(new.attempt)),
            accounts::attempts.eq(number(new.attempts)),
            accounts::code.eq(sealed),
            accounts::code_expires_at.eq(code_expires_at),
        ))
        .execute(work)
        .await
        .map(drop)
}

pub(super) async fn set_linked(
    work: &mut Work,
    id: AccountId,
    owner: &Person,
    push_name: Option<&str>,
) -> QueryResult<()> {
    let row = || accounts::table.find(id);
    diesel::update(row())
        .set((
            accounts::linked_at.eq(Some(work.now)),
            accounts::lid.eq(&owner.lid),
        ))
        .execute(work)
        .await?;
    if owner.phone_number.is_some() {
        diesel::update(row())
            .set(accounts::phone_number.eq(&owner.phone_number))
            .execute(work)
            .await?;
    }
    if let Some(name) = push_name {
        set_push_name(work, id, name).await?;
    }
    Ok(())
}

pub(super) async fn set_push_name(work: &mut Work, id: AccountId, name: &str) -> QueryResult<bool> {
    let changed = accounts::push_name.is_distinct_from(name);
    diesel::update(accounts::table.find(id).filter(changed))
        .set(accounts::push_name.eq(name))
        .execute(work)
        .await
        .map(|rows| rows > 0)
}

/// Prepares an account for being linked once more: how, and no longer linked.
pub(super) async fn set_relinking(
    work: &mut Work,
    id: AccountId,
    link_method: &str,
    phone_number: Option<&str>,
) -> QueryResult<()> {
    diesel::update(accounts::table.find(id))
        .set((
            accounts::link_method.eq(link_method),
            accounts::linked_at.eq(None::<DateTime<Utc>>),
            accounts::sends_paused_until.eq(None::<DateTime<Utc>>),
            accounts::sends_paused_reason.eq(None::<String>),
        ))
        .execute(work)
        .await?;
    if phone_number.is_some() {
        let number = accounts::phone_number.eq(phone_number);
        diesel::update(accounts::table.find(id))
            .set(number)
            .execute(work)
            .await?;
    }
    Ok(())
}

/// Notes that WhatsApp was heard; to the minute, so that traffic does not write the row each time.
pub(super) async fn record_traffic(work: &mut Work, id: AccountId) -> QueryResult<()> {
    let stale = accounts::last_traffic_at
        .is_null()
        .or(accounts::last_traffic_at.lt(work.now - TimeDelta::minutes(1)));
    diesel::update(accounts::table.find(id).filter(stale))
        .set(accounts::last_traffic_at.eq(Some(work.now)))
        .execute(work)
        .await
        .map(drop)
}

pub(super) async fn record_view_once_delivery(work: &mut Work, id: AccountId) -> QueryResult<()> {
    diesel::update(
        accounts::table
            .find(id)
            .filter(accounts::view_once_delivered_at.is_null()),
    )
    .set(accounts::view_once_delivered_at.eq(Some(work.now)))
    .execute(work)
    .await
    .map(drop)
}

/// Opens a gap, unless one is open.
pub(super) async fn open_gap(
    work: &mut Work,
    account: AccountRef,
    started_at: DateTime<Utc>,
    reason: &str,
) -> QueryResult<()> {
    diesel::insert_into(connection_gaps::table)
        .values((
            connection_gaps::id.eq(work.ids.next::<GapId>()),
            connection_gaps::user_id.eq(account.user),
            connection_gaps::account_id.eq(account.id),
            connection_gaps::started_at.eq(started_at),
            connection_gaps::reason.eq(reason),
        ))
        .on_conflict_do_nothing()
        .execute(work)
        .await
        .map(drop)
}

/// Closes the open gap; answers whether there was one. A clock that was put back closes it where it began.
pub(super) async fn close_gap(work: &mut Work, id: AccountId) -> QueryResult<bool> {
    let open = connection_gaps::table.filter(
        connection_gaps::account_id
            .eq(id)
            .and(connection_gaps::ended_at.is_null()),
    );
    let not_before = sql::<Nullable<Timestamptz>>("GREATEST(started_at, ")
        .bind::<Timestamptz, _>(work.now)
        .sql(")");
    diesel::update(open)
        .set(connection_gaps::ended_at.eq(not_before))
        .execute(work)
        .await
        .map(|rows| rows > 0)
}

pub(super) async fn list_gaps(
    conn: &mut AsyncPgConnection,
    id: AccountId,
    page: Page,
) -> QueryResult<Vec<GapRow>> {
    let mut query = connection_gaps::table
        .filter(connection_gaps::account_id.eq(id))
        .order((connection_gaps::started_at.desc(), connection_gaps::id.desc()))
        .limit(page.limit())
        .select(GapRow::as_select())
        .into_boxed();
    if let Some(after) = page.after {
        let earlier = connection_gaps::started_at.lt(after.at);
        let same_time = connection_gaps::started_at
            .eq(after.at)
            .and(connection_gaps::id.lt(after.id));
        query = query.filter(earlier.or(same_time));
    }
    query.load(conn).await
}

/// The account's contacts in the order they were met; `search` finds part of a name, or of a number's digits.
pub(super) async fn list_contacts(
    conn: &mut AsyncPgConnection,
    id: AccountId,
    page: Page,
    search: Option<&str>,
) -> QueryResult<Vec<ContactRow>> {
    let mut query = contacts::table
        .filter(contacts::account_id.eq(id).and(contacts::same_as.is_null()))
        .order((contacts::created_at, contacts::id))
        .limit(page.limit())
        .select(ContactRow::as_select())
        .into_boxed();
    if let Some(search) = search.map(str::trim).filter(|search| !search.is_empty()) {
        let part = format!(
            "%{}%",
            search
                .replace('\\', "\\\\")
                .replace('%', "\\%")
                .replace('_', "\\_")
        );
        let digits: String = search.chars().filter(char::is_ascii_digit).collect();
        let by_name = contacts::name
            .ilike(part.clone())
            .or(contacts::push_name.ilike(part));
        query = if digits.is_empty() {
            query.filter(by_name)
        } else {
            query.filter(by_name.or(contacts::phone_number.like(format!("%{digits}%"))))
        };
    }
    if let Some(after) = page.after {
        let later = contacts::created_at.gt(after.at);
        let same_time = contacts::created_at.eq(after.at).and(contacts::id.gt(after.id));
        query = query.filter(later.or(same_time));
    }
    query.load(conn).await
}
