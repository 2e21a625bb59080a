//! SQL of the statuses of several people at once.

use diesel::sql_types::{Array, BigInt, Nullable, Timestamptz, Uuid as SqlUuid};
use diesel::{QueryResult, QueryableByName};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::db::KeepPrepared as _;
use crate::features::statuses::StatusId;
use crate::graphql::{MOST_COUNTED, Page};
use crate::id::ContactId;

#[derive(QueryableByName)]
struct PostedRow {
    #[diesel(sql_type = SqlUuid)]
    author: ContactId,
    #[diesel(sql_type = SqlUuid)]
    status: StatusId,
}

/// The same page of the statuses of each of `people`, newest first: each status with the person who posted it. `people`
/// are main contact rows; statuses of their alias rows are theirs.
pub(in crate::features::statuses) async fn pages_of(
    conn: &mut AsyncPgConnection,
    people: &[ContactId],
    page: Page,
) -> QueryResult<Vec<(ContactId, StatusId)>> {
    let (beyond, order) = if page.is_backwards {
        (">", "ASC")
    } else {
        ("<", "DESC")
    };
    let rows: Vec<PostedRow> = diesel::sql_query(format!(
        "SELECT person.id AS author, page.id AS status \
         FROM unnest($1) AS person (id) CROSS JOIN LATERAL ( \
             SELECT id, posted_at FROM statuses \
             WHERE author_id IN (SELECT id FROM contacts WHERE contacts.id = person.id \
                 UNION ALL SELECT id FROM contacts WHERE contacts.same_as = person.id) \
             AND ($2 IS NULL OR (posted_at, id) {beyond} ($2, $3)) \
             ORDER BY posted_at {order}, id {order} LIMIT $4 \
         ) AS page \
         ORDER BY page.posted_at {order}, page.id {order}"
    ))
    .bind::<Array<SqlUuid>, _>(people)
    .bind::<Nullable<Timestamptz>, _>(page.from.map(|from| from.at))
    .bind::<Nullable<SqlUuid>, _>(page.from.map(|from| from.id))
    .bind::<BigInt, _>(page.limit())
    .keep_prepared()
    .load(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.author, row.status)).collect())
}

/// Counts the statuses of each of `people`, as [`pages_of`] lists them; a person without statuses is left out.
pub(in crate::features::statuses) async fn count_of(
    conn: &mut AsyncPgConnection,
    people: &[ContactId],
) -> QueryResult<Vec<(ContactId, i64)>> {
    let rows: Vec<PostedCount> = diesel::sql_query(
        "SELECT coalesce(contacts.same_as, contacts.id) AS author, least(count(*), $2) AS count \
         FROM statuses JOIN contacts ON contacts.id = author_id \
         WHERE author_id IN (SELECT id FROM contacts WHERE id = ANY($1) \
             UNION ALL SELECT id FROM contacts WHERE same_as = ANY($1)) \
         GROUP BY 1",
    )
    .bind::<Array<SqlUuid>, _>(people)
    .bind::<BigInt, _>(MOST_COUNTED)
    .keep_prepared()
    .load(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.author, row.count)).collect())
}

#[derive(QueryableByName)]
struct PostedCount {
    #[diesel(sql_type = SqlUuid)]
    author: ContactId,
    #[diesel(sql_type = BigInt)]
    count: i64,
}
