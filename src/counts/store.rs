use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, NaiveDate, Timelike, Utc};
use chrono_tz::Tz;
use diesel::prelude::*;
use diesel::sql_types::{Array, Date, Integer, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::{Count, Metric};
use crate::db::KeepPrepared as _;
use crate::db::schema::{response_tallies, tallies, users};
use crate::id::{AccountId, ContactId, UserId};

/// The number of slots of a day: quarters of an hour.
pub const SLOTS: usize = 96;
/// The number of seconds of a slot.
pub const SLOT_SECONDS: i64 = 900;

/// The counts of one metric on one day of UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    /// The day.
    pub day: NaiveDate,
    /// The account.
    pub account: AccountId,
    /// The metric.
    pub metric: Metric,
    /// The counts of each slot: [`SLOTS`] of them.
    pub counts: Vec<i32>,
}

/// The counts of one contact in one month of the user's time zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonthOfContact {
    /// The first day of the month.
    pub month: NaiveDate,
    /// The account.
    pub account: AccountId,
    /// The contact.
    pub contact: ContactId,
    /// The metric.
    pub metric: Metric,
    /// The counts of each day: 31 of them.
    pub counts: Vec<i32>,
}

/// Adds `new` to the stored counts, in the transaction of the changes that they count. Rows are updated in one order,
/// so that transactions do not deadlock.
///
/// # Errors
/// The database's.
pub async fn add(conn: &mut AsyncPgConnection, user: UserId, new: &[Count]) -> QueryResult<()> {
    if new.is_empty() {
        return Ok(());
    }
    let zone: String = users::table
        .find(user)
        .select(users::time_zone)
        .first(conn)
        .await?;
    // UTC for a zone that a later time zone database no longer knows.
    let zone: Tz = zone.parse().unwrap_or(Tz::UTC);
    let (mut days, mut contacts) = (BTreeMap::new(), BTreeMap::new());
    for count in new {
        let at = count.at;
        *days
            .entry((at.date_naive(), count.account, count.metric))
            .or_insert_with(BTreeMap::new)
            .entry(slot(at))
            .or_insert(0_i32) += 1;
        if let Some(contact) = count.contact {
            let day = at.with_timezone(&zone).date_naive();
            *contacts
                .entry(day)
                .or_insert_with(BTreeMap::new)
                .entry((count.account, contact, count.metric))
                .or_insert(0_i32) += 1;
        }
    }
    for ((day, account, metric), slots) in days {
        for (slot, count) in slots {
            add_to_slot(conn, user, (day, account, metric), slot, count).await?;
        }
    }
    for (day, counts) in contacts {
        add_contacts(conn, user, day, counts).await?;
    }
    Ok(())
}

/// The slot of a time; the first is 0.
fn slot(at: DateTime<Utc>) -> i32 {
    i32::try_from(i64::from(at.num_seconds_from_midnight()) / SLOT_SECONDS).unwrap_or(0)
}

/// Adds to one slot of a day. Unlike [`add_days`], it changes one element where the row exists, as it does nearly always.
async fn add_to_slot(
    conn: &mut AsyncPgConnection,
    user: UserId,
    (day, account, metric): (NaiveDate, AccountId, Metric),
    slot: i32,
    count: i32,
) -> QueryResult<()> {
    diesel::sql_query(
        "INSERT INTO tallies (user_id, day, account_id, metric, counts) \
         VALUES ($1, $2, $3, $4, amda_spike(96, $5, $6)) \
         ON CONFLICT (user_id, day, account_id, metric) DO UPDATE SET counts[$5] = tallies.counts[$5] + $6",
    )
    .bind::<SqlUuid, _>(user)
    .bind::<Date, _>(day)
    .bind::<SqlUuid, _>(account)
    .bind::<Text, _>(metric)
    .bind::<Integer, _>(slot + 1)
    .bind::<Integer, _>(count)
    .keep_prepared()
    .execute(conn)
    .await
    .map(drop)
}

/// Adds whole days, in their order.
///
/// # Errors
/// The database's.
pub async fn add_days(conn: &mut AsyncPgConnection, user: UserId, days: &[Day]) -> QueryResult<()> {
    for Day {
        day,
        account,
        metric,
        counts,
    } in days
    {
        diesel::sql_query(
            "INSERT INTO tallies (user_id, day, account_id, metric, counts) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (user_id, day, account_id, metric) \
             DO UPDATE SET counts = amda_add(tallies.counts, excluded.counts)",
        )
        .bind::<SqlUuid, _>(user)
        .bind::<Date, _>(day)
        .bind::<SqlUuid, _>(account)
        .bind::<Text, _>(metric)
        .bind::<Array<Integer>, _>(counts)
        .keep_prepared()
        .execute(conn)
        .await?;
    }
    Ok(())
}

/// Adds the counts of contacts on one day of the user's, in one statement.
async fn add_contacts(
    conn: &mut AsyncPgConnection,
    user: UserId,
    day: NaiveDate,
    counts: BTreeMap<(AccountId, ContactId, Metric), i32>,
) -> QueryResult<()> {
    let mut columns: (Vec<AccountId>, Vec<ContactId>, Vec<Metric>, Vec<i32>) = Default::default();
    for ((account, contact, metric), count) in counts {
        columns.0.push(account);
        columns.1.push(contact);
        columns.2.push(metric);
        columns.3.push(count);
    }
    let (accounts, contacts, metrics, counts) = columns;
    diesel::sql_query(add_to_months(
        "SELECT $1, $2, account, contact, metric, amda_spike(31, $3, n), n \
         FROM unnest($4, $5, $6, $7) AS new (account, contact, metric, n)",
        // The count of that day is all there is.
        "counts[$3] = contact_tallies.counts[$3] + excluded.total",
    ))
    .bind::<SqlUuid, _>(user)
    .bind::<Date, _>(day.with_day(1).unwrap_or(day))
    .bind::<Integer, _>(i32::try_from(day.day()).unwrap_or(1))
    .bind::<Array<SqlUuid>, _>(accounts)
    .bind::<Array<SqlUuid>, _>(contacts)
    .bind::<Array<Text>, _>(metrics)
    .bind::<Array<Integer>, _>(counts)
    .keep_prepared()
    .execute(conn)
    .await
    .map(drop)
}

/// Adds whole months of contacts, in their order.
///
/// # Errors
/// The database's.
pub async fn add_months(
    conn: &mut AsyncPgConnection,
    user: UserId,
    months: &[MonthOfContact],
) -> QueryResult<()> {
    for month in months {
        diesel::sql_query(add_to_months(
            "VALUES ($1, $2, $3, $4, $5, $6, $7)",
            "counts = amda_add(contact_tallies.counts, excluded.counts)",
        ))
        .bind::<SqlUuid, _>(user)
        .bind::<Date, _>(month.month)
        .bind::<SqlUuid, _>(month.account)
        .bind::<SqlUuid, _>(month.contact)
        .bind::<Text, _>(month.metric)
        .bind::<Array<Integer>, _>(&month.counts)
        .bind::<Integer, _>(month.counts.iter().sum::<i32>())
        .keep_prepared()
        .execute(conn)
        .await?;
    }
    Ok(())
}

/// The statement that adds `rows` to the stored counts of contacts.
fn add_to_months(rows: &str, counts: &str) -> String {
    format!(
        "INSERT INTO contact_tallies (user_id, month, account_id, contact_id, metric, counts, total) {rows} \
         ON CONFLICT (user_id, month, account_id, contact_id, metric) DO UPDATE SET {counts}, \
             total = contact_tallies.total + excluded.total"
    )
}

/// Adds answers of the owner on one of the user's days: `counts` by span of response time.
///
/// # Errors
/// The database's.
pub async fn add_response(
    conn: &mut AsyncPgConnection,
    user: UserId,
    account: AccountId,
    day: NaiveDate,
    counts: &[i32],
) -> QueryResult<()> {
    diesel::sql_query(
        "INSERT INTO response_tallies (user_id, day, account_id, counts) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (user_id, day, account_id) \
         DO UPDATE SET counts = amda_add(response_tallies.counts, excluded.counts)",
    )
    .bind::<SqlUuid, _>(user)
    .bind::<Date, _>(day)
    .bind::<SqlUuid, _>(account)
    .bind::<Array<Integer>, _>(counts)
    .keep_prepared()
    .execute(conn)
    .await
    .map(drop)
}

///
/// # Errors
/// The database's.
pub async fn days(
    conn: &mut AsyncPgConnection,
    user: UserId,
    from: NaiveDate,
    to: NaiveDate,
    accounts: Option<&[AccountId]>,
) -> QueryResult<Vec<Day>> {
    let mut rows = tallies::table
        .filter(tallies::user_id.eq(user).and(tallies::day.between(from, to)))
        .select((
            tallies::day,
            tallies::account_id,
            tallies::metric,
            tallies::counts,
        ))
        .into_boxed();
    if let Some(accounts) = accounts {
        rows = rows.filter(tallies::account_id.eq_any(accounts));
    }
    let found: Vec<(NaiveDate, AccountId, Metric, Vec<i32>)> = rows.load(conn).await?;
    let day = |(day, account, metric, counts)| Day {
        day,
        account,
        metric,
        counts,
    };
    Ok(found.into_iter().map(day).collect())
}

///
/// # Errors
/// The database's.
pub async fn responses(
    conn: &mut AsyncPgConnection,
    user: UserId,
    from: NaiveDate,
    to: NaiveDate,
    accounts: Option<&[AccountId]>,
) -> QueryResult<Vec<(NaiveDate, Vec<i32>)>> {
    let mut rows = response_tallies::table
        .filter(
            response_tallies::user_id
                .eq(user)
                .and(response_tallies::day.between(from, to)),
        )
        .select((response_tallies::day, response_tallies::counts))
        .into_boxed();
    if let Some(accounts) = accounts {
        rows = rows.filter(response_tallies::account_id.eq_any(accounts));
    }
    rows.load(conn).await
}

#[derive(QueryableByName)]
struct ContactTotal {
    #[diesel(sql_type = SqlUuid)]
    contact: ContactId,
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    total: i64,
}

/// A question for the contacts with the highest totals.
#[derive(Debug, Clone, Copy)]
pub struct Ranking<'a> {
    /// The metric that is added up.
    pub metric: Metric,
    /// The accounts whose counts are added up.
    pub accounts: &'a [AccountId],
    /// The first day, by the user's clock.
    pub from: NaiveDate,
    /// The last day, included.
    pub to: NaiveDate,
    /// The number of contacts, at most.
    pub limit: i64,
}

/// The contacts of a [`Ranking`] with their totals, the highest first. One person under several names counts as one.
///
/// # Errors
/// The database's.
pub async fn totals_of_contacts(
    conn: &mut AsyncPgConnection,
    user: UserId,
    ranking: Ranking<'_>,
) -> QueryResult<Vec<(ContactId, i64)>> {
    // Months that lie wholly within are read by their total, the others day by day.
    let rows: Vec<ContactTotal> = diesel::sql_query(
        "SELECT coalesce(contacts.same_as, contacts.id) AS contact, sum(part.n)::bigint AS total \
         FROM contact_tallies AS t JOIN contacts ON contacts.id = t.contact_id, \
         LATERAL (SELECT CASE \
             WHEN t.month >= $2 AND t.month + interval '1 month' - interval '1 day' <= $3 THEN t.total \
             ELSE (SELECT coalesce(sum(n), 0) FROM unnest(t.counts) WITH ORDINALITY AS d (n, place) \
                   WHERE t.month + (place - 1)::integer BETWEEN $2 AND $3) END AS n) AS part \
         WHERE t.user_id = $1 AND t.month BETWEEN date_trunc('month', $2::timestamp)::date AND $3 \
             AND t.account_id = ANY($4) AND t.metric = $5 \
         GROUP BY 1 HAVING sum(part.n) > 0 ORDER BY 2 DESC, 1 LIMIT $6",
    )
    .bind::<SqlUuid, _>(user)
    .bind::<Date, _>(ranking.from)
    .bind::<Date, _>(ranking.to)
    .bind::<Array<SqlUuid>, _>(ranking.accounts)
    .bind::<Text, _>(ranking.metric)
    .bind::<diesel::sql_types::BigInt, _>(ranking.limit)
    .keep_prepared()
    .load(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.contact, row.total)).collect())
}
