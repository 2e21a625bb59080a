//! Counts of automatic replies, by day and by contact.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::sql_types::{BigInt, Date, Text, Timestamptz, Uuid as SqlUuid};
use diesel::{QueryResult, QueryableByName};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::id::{AccountId, ContactId};

/// Maximum number of contacts in the counts.
const MAX_CONTACTS: i64 = 100;

/// Counts of replies over a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplyStatistics {
    /// The days on which a reply was sent, skipped or failed, earliest first.
    pub days: Vec<RepliesOnDay>,
    /// The contacts who got most replies, most first.
    pub contacts: Vec<RepliesToContact>,
}

/// Counts of replies on one day.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct RepliesOnDay {
    /// The day, by the user's clock.
    #[diesel(sql_type = Date)]
    pub date: NaiveDate,
    /// Replies that WhatsApp accepted.
    #[diesel(sql_type = BigInt)]
    pub sent: i64,
    /// Messages recorded without a reply.
    #[diesel(sql_type = BigInt)]
    pub skipped: i64,
    /// Replies that WhatsApp refused or that could not be sent.
    #[diesel(sql_type = BigInt)]
    pub failed: i64,
}

/// A contact and the number of replies they got.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct RepliesToContact {
    #[diesel(sql_type = SqlUuid)]
    person: Uuid,
    /// Number of replies.
    #[diesel(sql_type = BigInt)]
    pub count: i64,
}

impl RepliesToContact {
    /// The contact.
    pub fn contact(&self) -> ContactId {
        self.person.into()
    }
}

const BY_DAY: &str = "SELECT (created_at AT TIME ZONE $4)::date AS date,
        count(*) FILTER (WHERE outcome IN ('SENT', 'DELIVERED')) AS sent,
        count(*) FILTER (WHERE outcome = 'SKIPPED') AS skipped,
        count(*) FILTER (WHERE outcome IN ('REJECTED', 'FAILED')) AS failed
    FROM auto_replies WHERE account_id = $1 AND created_at >= $2 AND created_at < $3 GROUP BY 1 ORDER BY 1";

const BY_CONTACT: &str = "SELECT coalesce(c.same_as, c.id) AS person, count(*) AS count
    FROM auto_replies r JOIN contacts c ON c.id = r.contact_id
    WHERE r.account_id = $1 AND r.created_at >= $2 AND r.created_at < $3 AND r.outcome IN ('SENT', 'DELIVERED')
    GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT $4";

/// Counts the replies of an account from `from` until before `to`, by the days of `zone`.
pub(in crate::features::auto_reply) async fn count(
    conn: &mut AsyncPgConnection,
    account: AccountId,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    zone: chrono_tz::Tz,
) -> QueryResult<ReplyStatistics> {
    let days = diesel::sql_query(BY_DAY)
        .bind::<SqlUuid, _>(account)
        .bind::<Timestamptz, _>(from)
        .bind::<Timestamptz, _>(to)
        .bind::<Text, _>(zone.name())
        .load(conn)
        .await?;
    let contacts = diesel::sql_query(BY_CONTACT)
        .bind::<SqlUuid, _>(account)
        .bind::<Timestamptz, _>(from)
        .bind::<Timestamptz, _>(to)
        .bind::<BigInt, _>(MAX_CONTACTS)
        .load(conn)
        .await?;
    Ok(ReplyStatistics { days, contacts })
}
