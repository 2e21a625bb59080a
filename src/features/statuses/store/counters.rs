//! Counts of the results of an account's likes in the last days.

use std::cmp::Reverse;
use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::sql_types::{Array, BigInt, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel::{QueryResult, QueryableByName};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::db::KeepPrepared as _;
use crate::features::statuses::auto_like::SkipReason;
use crate::features::statuses::model::StatusLikeState;
use crate::id::AccountId;

/// Number of the periods that are counted.
const SPANS: usize = 3;

/// Counts of today, of the last seven days and of the last thirty, in this order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LikeCounters(pub [LikeCount; SPANS]);

/// Counts of likes in one period.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LikeCount {
    /// Number of likes that WhatsApp accepted.
    pub liked: i64,
    /// Number of likes that WhatsApp refused.
    pub rejected: i64,
    /// Number of likes that could not be sent.
    pub failed: i64,
    /// Counts of skipped likes by reason, the highest first.
    pub skips: Vec<SkipCount>,
}

/// Number of likes that were skipped for one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkipCount {
    /// The reason.
    pub reason: SkipReason,
    /// Number of skipped likes.
    pub count: i64,
}

#[derive(Debug, QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    account_id: AccountId,
    #[diesel(sql_type = Text)]
    outcome: StatusLikeState,
    #[diesel(sql_type = Nullable<Text>)]
    skip_reason: Option<SkipReason>,
    #[diesel(sql_type = Array<BigInt>)]
    counts: Vec<i64>,
}

/// One index scan over the likes of each account.
const QUERY: &str = "WITH today AS (SELECT date_trunc('day', $2 AT TIME ZONE $3) AS at)
    SELECT account_id, outcome, skip_reason, ARRAY[
        count(*) FILTER (WHERE created_at >= today.at AT TIME ZONE $3),
        count(*) FILTER (WHERE created_at >= (today.at - interval '6 days') AT TIME ZONE $3),
        count(*)] AS counts
    FROM status_likes, today
    WHERE account_id = ANY($1) AND created_at >= (today.at - interval '29 days') AT TIME ZONE $3
    GROUP BY 1, 2, 3";

/// Counts the likes of each of `accounts` by the days of `zone`; an account without likes is left out.
pub(in crate::features::statuses) async fn count(
    conn: &mut AsyncPgConnection,
    accounts: &[AccountId],
    now: DateTime<Utc>,
    zone: &str,
) -> QueryResult<HashMap<AccountId, LikeCounters>> {
    let rows: Vec<Row> = diesel::sql_query(QUERY)
        .bind::<Array<SqlUuid>, _>(accounts)
        .bind::<Timestamptz, _>(now)
        .bind::<Text, _>(zone)
        .keep_prepared()
        .load(conn)
        .await?;
    let mut counters: HashMap<AccountId, LikeCounters> = HashMap::new();
    for row in &rows {
        let counts = &mut counters.entry(row.account_id).or_default().0;
        for (count, number) in counts.iter_mut().zip(&row.counts) {
            add(count, row, *number);
        }
    }
    for count in counters.values_mut().flat_map(|counters| &mut counters.0) {
        count.skips.sort_by(|one, other| {
            (Reverse(one.count), one.reason).cmp(&(Reverse(other.count), other.reason))
        });
    }
    Ok(counters)
}

fn add(count: &mut LikeCount, row: &Row, number: i64) {
    match row.outcome {
        StatusLikeState::Liked => count.liked += number,
        StatusLikeState::Rejected => count.rejected += number,
        StatusLikeState::Failed => count.failed += number,
        StatusLikeState::Skipped => {
            let skips = row.skip_reason.filter(|_| number > 0).map(|reason| SkipCount {
                reason,
                count: number,
            });
            count.skips.extend(skips);
        }
        StatusLikeState::Queued | StatusLikeState::Sent => {}
    }
}
