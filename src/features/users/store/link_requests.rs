use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::db::schema::external_link_requests as requests;
use crate::features::users::external::LINK_LIFE;
use crate::features::users::ids::ExternalLinkRequestId;
use crate::work::Work;

/// A request that waits for its user.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = requests)]
pub(in crate::features::users) struct LinkRequestRow {
    pub(in crate::features::users) id: ExternalLinkRequestId,
    pub(in crate::features::users) issuer: String,
    pub(in crate::features::users) subject: String,
    pub(in crate::features::users) email: String,
}

/// A request that is made.
pub(in crate::features::users) struct NewLinkRequest<'a> {
    pub(in crate::features::users) id: ExternalLinkRequestId,
    pub(in crate::features::users) issuer: &'a str,
    pub(in crate::features::users) subject: &'a str,
    pub(in crate::features::users) email: &'a str,
}

/// True when the user of `work` was asked about this identity, and can still answer.
pub(in crate::features::users) async fn has_link_request(
    work: &mut Work,
    issuer: &str,
    subject: &str,
) -> QueryResult<bool> {
    let living = requests::table
        .filter(requests::user_id.eq(work.user))
        .filter(requests::issuer.eq(issuer))
        .filter(requests::subject.eq(subject))
        .filter(requests::requested_at.gt(work.now - LINK_LIFE));
    diesel::select(diesel::dsl::exists(living)).get_result(work).await
}

/// Number of identities that the user of `work` was asked about and can still answer for.
pub(in crate::features::users) async fn count_link_requests(work: &mut Work) -> QueryResult<i64> {
    requests::table
        .filter(requests::user_id.eq(work.user))
        .filter(requests::requested_at.gt(work.now - LINK_LIFE))
        .count()
        .get_result(work)
        .await
}

/// Stores a request, and forgets those that nobody can answer any more.
pub(in crate::features::users) async fn insert_link_request(
    work: &mut Work,
    new: &NewLinkRequest<'_>,
) -> QueryResult<()> {
    let over = requests::table
        .filter(requests::user_id.eq(work.user))
        .filter(requests::requested_at.le(work.now - LINK_LIFE));
    diesel::delete(over).execute(&mut **work).await?;
    diesel::insert_into(requests::table)
        .values((
            requests::id.eq(new.id),
            requests::user_id.eq(work.user),
            requests::issuer.eq(new.issuer),
            requests::subject.eq(new.subject),
            requests::email.eq(new.email),
            requests::requested_at.eq(work.now),
        ))
        .execute(work)
        .await
        .map(drop)
}

pub(in crate::features::users) async fn find_link_request(
    conn: &mut AsyncPgConnection,
    id: ExternalLinkRequestId,
) -> QueryResult<Option<LinkRequestRow>> {
    requests::table
        .find(id)
        .select(LinkRequestRow::as_select())
        .first(conn)
        .await
        .optional()
}

/// Removes a request and returns it.
pub(in crate::features::users) async fn take_link_request(
    work: &mut Work,
    id: ExternalLinkRequestId,
) -> QueryResult<Option<LinkRequestRow>> {
    diesel::delete(requests::table.find(id))
        .returning(LinkRequestRow::as_returning())
        .get_result(work)
        .await
        .optional()
}

/// Removes the request of an identity that was linked otherwise.
pub(in crate::features::users) async fn forget_link_request(
    work: &mut Work,
    issuer: &str,
    subject: &str,
) -> QueryResult<()> {
    let answered = requests::table
        .filter(requests::user_id.eq(work.user))
        .filter(requests::issuer.eq(issuer))
        .filter(requests::subject.eq(subject));
    diesel::delete(answered).execute(work).await.map(drop)
}
