use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::db::schema::mail_tokens;
use crate::features::users::ids::{EmailChangeId, ExternalLinkRequestId};
use crate::features::users::mail_token::{MailToken, Purpose};
use crate::work::Work;

/// The facts that a token carries.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = mail_tokens)]
pub(in crate::features::users) struct MailTokenRow {
    /// The address that the mail went to.
    pub(in crate::features::users) sent_to: String,
    /// The change of an address that it is about.
    pub(in crate::features::users) email_change_id: Option<EmailChangeId>,
    /// The request of an external identity that it agrees to.
    pub(in crate::features::users) external_link_request_id: Option<ExternalLinkRequestId>,
}

/// A token that is made.
pub(in crate::features::users) struct NewMailToken<'a> {
    pub(in crate::features::users) token: &'a MailToken,
    pub(in crate::features::users) purpose: Purpose,
    /// The address that the mail goes to.
    pub(in crate::features::users) sent_to: &'a str,
    /// The change of an address that it is about.
    pub(in crate::features::users) email_change: Option<EmailChangeId>,
    /// The request of an external identity that it agrees to.
    pub(in crate::features::users) external_link_request: Option<ExternalLinkRequestId>,
    pub(in crate::features::users) expires_at: DateTime<Utc>,
}

/// Stores a new token, and forgets the user's expired ones.
pub(in crate::features::users) async fn insert_mail_token(
    work: &mut Work,
    new: &NewMailToken<'_>,
) -> QueryResult<()> {
    let expired = mail_tokens::table
        .filter(mail_tokens::user_id.eq(work.user))
        .filter(mail_tokens::expires_at.le(work.now));
    diesel::delete(expired).execute(&mut **work).await?;
    diesel::insert_into(mail_tokens::table)
        .values((
            mail_tokens::token_hash.eq(new.token.hash(new.purpose)),
            mail_tokens::user_id.eq(work.user),
            mail_tokens::purpose.eq(new.purpose),
            mail_tokens::sent_to.eq(new.sent_to),
            mail_tokens::created_at.eq(work.now),
            mail_tokens::expires_at.eq(new.expires_at),
            mail_tokens::email_change_id.eq(new.email_change),
            mail_tokens::external_link_request_id.eq(new.external_link_request),
        ))
        .execute(work)
        .await
        .map(drop)
}

/// Returns true when the token is good at the time `now`.
pub(in crate::features::users) async fn is_mail_token_good(
    conn: &mut AsyncPgConnection,
    token: &MailToken,
    purpose: Purpose,
    now: DateTime<Utc>,
) -> QueryResult<bool> {
    let good = mail_tokens::table
        .find(token.hash(purpose))
        .filter(mail_tokens::expires_at.gt(now));
    diesel::select(diesel::dsl::exists(good)).get_result(conn).await
}

/// Uses a token up; none when it is not good, or another transaction was first.
pub(in crate::features::users) async fn use_mail_token(
    work: &mut Work,
    token: &MailToken,
    purpose: Purpose,
) -> QueryResult<Option<MailTokenRow>> {
    let good = mail_tokens::table
        .find(token.hash(purpose))
        .filter(mail_tokens::expires_at.gt(work.now));
    diesel::delete(good)
        .returning(MailTokenRow::as_returning())
        .get_result(work)
        .await
        .optional()
}

/// Removes the user's tokens for `purpose`.
pub(in crate::features::users) async fn forget_mail_tokens(
    work: &mut Work,
    purpose: Purpose,
) -> QueryResult<()> {
    let tokens = mail_tokens::table
        .filter(mail_tokens::user_id.eq(work.user))
        .filter(mail_tokens::purpose.eq(purpose));
    diesel::delete(tokens).execute(work).await.map(drop)
}
