use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use serde::{Deserialize, Serialize};
use url::Url;

use super::LetterKind;
use super::text::{Facts, compose};
use crate::features::users::mail_token::{MailToken, Purpose};
use crate::features::users::store::{self, UserRow};
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
}

/// Has `letter` sent to the user of `work` after its commit.
pub(in crate::features::users) async fn enqueue(work: &mut Work, letter: LetterKind) -> QueryResult<()> {
    let job = job(work.user, letter, work.now)?;
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
    jobs::enqueue_on(conn, ids, now, &job(user, letter, now)?).await
}

fn job(user: UserId, letter: LetterKind, now: DateTime<Utc>) -> QueryResult<NewJob> {
    let payload = serde_json::to_value(Payload { user, letter });
    Ok(NewJob {
        kind: LETTER,
        // Of nobody: there may be no such user.
        user: None,
        payload: payload.map_err(|error| diesel::result::Error::SerializationError(error.into()))?,
        unique_key: Some(format!("{user}/{}", letter.as_str())),
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
        let Some(facts) = self.facts(&mut work, payload.letter, &row).await? else {
            return Ok(None);
        };
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

    /// The facts that the mail tells, with a new token where it has a link; none when there is nothing to tell.
    async fn facts(
        &self,
        work: &mut Work,
        letter: LetterKind,
        row: &UserRow,
    ) -> Result<Option<Facts>, JobError> {
        let (to, link) = match letter {
            LetterKind::VerifyEmail if row.email_verified_at.is_some() => return Ok(None),
            LetterKind::VerifyEmail => (&row.email, Some((Purpose::VerifyEmail, VERIFY_LIFE))),
            LetterKind::ResetPassword => (&row.email, Some((Purpose::ResetPassword, RESET_LIFE))),
            LetterKind::PasswordChanged => (&row.email, None),
        };
        let link = match link {
            Some((purpose, life)) => {
                let token = MailToken::generate(work.user);
                store::insert_mail_token(work, &token, purpose, to, life).await?;
                Some(token.link(&self.home, purpose))
            }
            None => None,
        };
        Ok(Some(Facts {
            to: to.clone(),
            link,
            at: work.now,
            locale: Locale {
                language: Language::of(&row.locale),
                zone: row.time_zone.parse().unwrap_or(Tz::UTC),
            },
        }))
    }
}
