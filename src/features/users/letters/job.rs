use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use serde::{Deserialize, Serialize};
use url::Url;

use super::LetterKind;
use super::text::{Facts, NamedIdentity, compose};
use crate::features::users::email_change::CONFIRM_LIFE;
use crate::features::users::external::LINK_LIFE;
use crate::features::users::ids::{EmailChangeId, ExternalIdentityId, ExternalLinkRequestId};
use crate::features::users::mail_token::{MailToken, Purpose};
use crate::features::users::model::email_key;
use crate::features::users::store::{self, EmailChangeRow, NewMailToken, UserRow};
use crate::id::{Ids, UserId};
use crate::jobs::{self, Done, Handler, Job, JobError, NewJob};
use crate::mail::{Letter, Mailer};
use crate::notices::{Language, Locale};
use crate::work::{Core, Work};

const LETTER: &str = "users.letter";
/// Tries over about nine hours: a mail server may be away for a night.
const MAX_TRIES: i32 = 18;
/// Lifetime of a token that proves an address.
const VERIFY_LIFE: TimeDelta = TimeDelta::hours(24);
/// Lifetime of a token that gives another password.
const RESET_LIFE: TimeDelta = TimeDelta::minutes(30);

#[derive(Debug, Serialize, Deserialize)]
struct Payload {
    user: UserId,
    letter: LetterKind,
    #[serde(flatten)]
    about: About,
}

/// The row that a mail is about, if any.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(default)]
struct About {
    /// The change of an address.
    email_change: Option<EmailChangeId>,
    /// The request of an external identity.
    link_request: Option<ExternalLinkRequestId>,
    /// An external identity.
    identity: Option<ExternalIdentityId>,
}

impl About {
    /// The part of a job's key that tells mails about several rows apart.
    fn key(self) -> String {
        let ids = [
            self.email_change.map(|id| id.to_string()),
            self.link_request.map(|id| id.to_string()),
            self.identity.map(|id| id.to_string()),
        ];
        let ids = ids.into_iter().flatten();
        ids.fold(String::new(), |key, id| key + "/" + &id)
    }
}

/// Has `letter` sent to the user of `work` after its commit.
pub(in crate::features::users) async fn enqueue(work: &mut Work, letter: LetterKind) -> QueryResult<()> {
    let job = job(work.user, letter, About::default(), work.now)?;
    jobs::enqueue(work, &job).await
}

/// As [`enqueue`], with a letter about a change of the user's address.
pub(in crate::features::users) async fn enqueue_about(
    work: &mut Work,
    letter: LetterKind,
    change: EmailChangeId,
) -> QueryResult<()> {
    let about = About {
        email_change: Some(change),
        ..About::default()
    };
    let job = job(work.user, letter, about, work.now)?;
    jobs::enqueue(work, &job).await
}

/// As [`enqueue`], with a letter about the request of an external identity.
pub(in crate::features::users) async fn enqueue_about_link(
    work: &mut Work,
    letter: LetterKind,
    request: ExternalLinkRequestId,
) -> QueryResult<()> {
    let about = About {
        link_request: Some(request),
        ..About::default()
    };
    let job = job(work.user, letter, about, work.now)?;
    jobs::enqueue(work, &job).await
}

/// As [`enqueue`], with a letter about an external identity.
pub(in crate::features::users) async fn enqueue_about_identity(
    work: &mut Work,
    letter: LetterKind,
    identity: ExternalIdentityId,
) -> QueryResult<()> {
    let about = About {
        identity: Some(identity),
        ..About::default()
    };
    let job = job(work.user, letter, about, work.now)?;
    jobs::enqueue(work, &job).await
}

/// Has `letter` sent to `user`, if there is such a user. The same is written when there is none, so that nobody learns
/// which of the two it is. The caller wakes the workers.
pub(in crate::features::users) async fn request(
    conn: &mut AsyncPgConnection,
    ids: &Ids,
    user: UserId,
    letter: LetterKind,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    jobs::enqueue_on(conn, ids, now, &job(user, letter, About::default(), now)?).await
}

fn job(user: UserId, letter: LetterKind, about: About, now: DateTime<Utc>) -> QueryResult<NewJob> {
    let unique_key = format!("{user}/{}{}", letter.as_str(), about.key());
    let payload = serde_json::to_value(Payload { user, letter, about });
    Ok(NewJob {
        kind: LETTER,
        // Of nobody: there may be no such user.
        user: None,
        payload: payload.map_err(|error| diesel::result::Error::SerializationError(error.into()))?,
        unique_key: Some(unique_key),
        run_at: now,
        max_attempts: MAX_TRIES,
    })
}

/// Handler that writes and sends a mail.
#[derive(Debug)]
pub(in crate::features::users) struct Letters {
    pub(in crate::features::users) core: Core,
    pub(in crate::features::users) mailer: Mailer,
    /// The server's address, which links begin with.
    pub(in crate::features::users) home: Url,
}

#[async_trait]
impl Handler for Letters {
    fn kind(&self) -> &'static str {
        LETTER
    }

    async fn run(&self, job: &Job) -> Result<Done, JobError> {
        let payload: Payload = job.read()?;
        let Some(letter) = self.write(job, &payload).await? else {
            return Ok(Done::Finished);
        };
        match self.mailer.send(&letter).await {
            Ok(()) => Ok(Done::Finished),
            Err(error) if error.is_permanent() => {
                let (user, about) = (letter.user, letter.about);
                tracing::warn!(user.id = %user, mail.about = about, "user {user} gets no mail about {about}: {error}");
                Ok(Done::Finished)
            }
            Err(error) => Err(JobError::failed(error)),
        }
    }
}

impl Letters {
    /// The mail as it is to be sent now; none when it is of no use any more.
    async fn write(&self, job: &Job, payload: &Payload) -> Result<Option<Letter>, JobError> {
        let user = payload.user;
        let mut tx = self.core.db.begin(user).await?;
        let is_there = store::find(&mut tx, user).await?.is_some();
        tx.rollback().await?;
        if !is_there {
            return Ok(None);
        }
        let mut work = self.core.begin(user).await?;
        let Some(row) = store::find(&mut work, user).await? else {
            return Ok(None);
        };
        let Some(plan) = plan(&mut work, payload, &row).await? else {
            work.rollback().await?;
            return Ok(None);
        };
        let facts = self.facts(&mut work, plan, &row).await?;
        let written_at = work.now;
        work.commit().await?;
        let content = compose(payload.letter, &facts, &self.home);
        Ok(Some(Letter {
            id: job.id.as_uuid(),
            user,
            about: payload.letter.as_str(),
            to: facts.to,
            subject: content.subject.to_owned(),
            text: content.text,
            html: content.html,
            language: facts.locale.language.tag(),
            unsubscribe: None,
            written_at,
        }))
    }

    /// The facts that the mail tells, with a new token where it has a link.
    async fn facts(&self, work: &mut Work, plan: Plan, row: &UserRow) -> QueryResult<Facts> {
        let link = match plan.link {
            Some((purpose, expires_at)) => {
                let token = MailToken::generate(work.user);
                let new = NewMailToken {
                    token: &token,
                    purpose,
                    sent_to: &plan.to,
                    email_change: plan.change.as_ref().map(|change| change.id),
                    external_link_request: plan.request,
                    expires_at,
                };
                store::insert_mail_token(work, &new).await?;
                Some(token.link(&self.home, purpose))
            }
            None => None,
        };
        Ok(Facts {
            to: plan.to,
            link,
            at: plan.at,
            new_email: plan.change.map(|change| change.new_email),
            recovery_codes: plan.recovery_codes,
            identity: plan.identity,
            locale: Locale {
                language: Language::of(&row.locale),
                zone: row.time_zone.parse().unwrap_or(Tz::UTC),
            },
        })
    }
}

/// The recipient of a mail, and its link.
struct Plan {
    to: String,
    /// The purpose of the link, and the time at which its token expires.
    link: Option<(Purpose, DateTime<Utc>)>,
    /// The change of an address that the mail is about.
    change: Option<EmailChangeRow>,
    /// The request that the mail asks about.
    request: Option<ExternalLinkRequestId>,
    /// The external identity that the mail is about.
    identity: Option<NamedIdentity>,
    /// The time that the mail tells.
    at: DateTime<Utc>,
    /// The number of recovery codes that the mail tells.
    recovery_codes: i64,
}

/// Plans a mail to the user of `row`; none when it is of no use any more.
async fn plan(work: &mut Work, payload: &Payload, row: &UserRow) -> QueryResult<Option<Plan>> {
    let now = work.now;
    let to_user = |link| Plan {
        to: row.email.clone(),
        link,
        change: None,
        request: None,
        identity: None,
        at: now,
        recovery_codes: 0,
    };
    Ok(match payload.letter {
        LetterKind::VerifyEmail if row.email_verified_at.is_some() => None,
        LetterKind::VerifyEmail => Some(to_user(Some((Purpose::VerifyEmail, now + VERIFY_LIFE)))),
        LetterKind::ResetPassword => Some(to_user(Some((Purpose::ResetPassword, now + RESET_LIFE)))),
        LetterKind::PasswordChanged
        | LetterKind::TwoFactorEnabled
        | LetterKind::TwoFactorDisabled
        | LetterKind::AccessTokenCreated => Some(to_user(None)),
        LetterKind::RecoveryCodeUsed => {
            let state = store::find_two_factor_state(work, row.id).await?;
            state.enabled_at.map(|_| Plan {
                recovery_codes: state.remaining_recovery_codes,
                ..to_user(None)
            })
        }
        LetterKind::ConfirmEmailChange => {
            let change = change(work, payload).await?;
            let change = change.filter(|change| change.revertible_until.is_none());
            match change {
                Some(change) if is_free(work, &change.new_email).await? => Some(Plan {
                    to: change.new_email.clone(),
                    change: Some(change),
                    ..to_user(Some((Purpose::ConfirmEmailChange, now + CONFIRM_LIFE)))
                }),
                Some(_) | None => None,
            }
        }
        LetterKind::DeletionPlanned => {
            let planned = row.deletion_at.filter(|at| *at > now);
            planned.map(|at| Plan {
                at,
                ..to_user(Some((Purpose::CancelDeletion, at)))
            })
        }
        LetterKind::EmailChanged => change(work, payload).await?.and_then(|change| {
            let until = change.revertible_until.filter(|until| *until > now)?;
            Some(Plan {
                to: change.old_email.clone(),
                change: Some(change),
                at: until,
                ..to_user(Some((Purpose::RevertEmailChange, until)))
            })
        }),
        LetterKind::LinkExternalIdentity => match payload.about.link_request {
            Some(id) => store::find_link_request(work, id).await?.map(|request| Plan {
                request: Some(request.id),
                identity: Some(NamedIdentity {
                    issuer: request.issuer,
                    email: Some(request.email),
                }),
                ..to_user(Some((Purpose::LinkExternalIdentity, now + LINK_LIFE)))
            }),
            None => None,
        },
        LetterKind::ExternalIdentityLinked => match payload.about.identity {
            Some(id) => store::load_identities(work, &[id])
                .await?
                .pop()
                .map(|identity| Plan {
                    identity: Some(NamedIdentity {
                        issuer: identity.issuer,
                        email: identity.email,
                    }),
                    ..to_user(None)
                }),
            None => None,
        },
    })
}

async fn change(work: &mut Work, payload: &Payload) -> QueryResult<Option<EmailChangeRow>> {
    match payload.about.email_change {
        Some(id) => store::find_email_change(work, id).await,
        None => Ok(None),
    }
}

/// Returns true when nobody else has this address or may take it back.
async fn is_free(work: &mut Work, email: &str) -> QueryResult<bool> {
    let (user, now, key) = (work.user, work.now, email_key(email));
    let is_taken = store::find_by_email(work, &key).await?.is_some();
    Ok(!is_taken && !store::is_email_reserved(work, &key, now, user).await?)
}
