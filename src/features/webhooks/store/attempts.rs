use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::super::model::{Attempt, AttemptFailure, AttemptFailureReason};
use crate::crypto::{CryptoError, DataKey, belongs_to};
use crate::db::schema::webhook_attempts;
use crate::features::webhooks::{WebhookAttemptId, WebhookDeliveryId};
use crate::work::Work;

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = webhook_attempts)]
pub(in crate::features::webhooks) struct AttemptRow {
    id: WebhookAttemptId,
    delivery_id: WebhookDeliveryId,
    attempted_at: DateTime<Utc>,
    duration_ms: i32,
    status: Option<i32>,
    error: Option<String>,
    response: Option<Vec<u8>>,
    failure: Option<AttemptFailureReason>,
}

impl AttemptRow {
    /// The attempt, readable, and what was delivered.
    pub(in crate::features::webhooks) fn open(
        self,
        key: &DataKey,
    ) -> Result<(WebhookDeliveryId, Attempt), CryptoError> {
        let response = self
            .response
            .map(|sealed| key.open(&place(self.id), &sealed))
            .transpose()?;
        let status = self.status.and_then(|status| u16::try_from(status).ok());
        let attempt = Attempt {
            id: self.id,
            at: self.attempted_at,
            duration_ms: self.duration_ms,
            answer: status.ok_or_else(|| AttemptFailure {
                // An earlier version wrote the English text alone.
                reason: self.failure.unwrap_or(AttemptFailureReason::Other),
                message: self.error.unwrap_or_default(),
            }),
            response: response.map(|text| String::from_utf8_lossy(&text).into_owned()),
            retry_at: None,
        };
        Ok((self.delivery_id, attempt))
    }
}

fn place(id: WebhookAttemptId) -> String {
    belongs_to("webhook_attempts", "response", id)
}

/// Inserts attempts.
pub(in crate::features::webhooks) async fn insert_attempts<'a>(
    work: &mut Work,
    attempts: impl Iterator<Item = (WebhookDeliveryId, &'a Attempt)>,
) -> QueryResult<()> {
    let rows: Vec<_> = attempts
        .map(|(delivery, attempt)| {
            let seal = |text: &String| work.key.seal(&place(attempt.id), text.as_bytes());
            let status = attempt.answer.as_ref().ok().map(|status| i32::from(*status));
            let failure = attempt.answer.as_ref().err();
            (
                webhook_attempts::id.eq(attempt.id),
                webhook_attempts::user_id.eq(work.user),
                webhook_attempts::delivery_id.eq(delivery),
                webhook_attempts::attempted_at.eq(attempt.at),
                webhook_attempts::duration_ms.eq(attempt.duration_ms),
                webhook_attempts::status.eq(status),
                webhook_attempts::error.eq(failure.map(|failure| &failure.message)),
                webhook_attempts::failure.eq(failure.map(|failure| failure.reason)),
                webhook_attempts::response.eq(attempt.response.as_ref().map(seal)),
            )
        })
        .collect();
    diesel::insert_into(webhook_attempts::table)
        .values(rows)
        .execute(work)
        .await
        .map(drop)
}

/// The attempts of these deliveries, the first first.
pub(in crate::features::webhooks) async fn load_attempts(
    conn: &mut AsyncPgConnection,
    deliveries: &[WebhookDeliveryId],
) -> QueryResult<Vec<AttemptRow>> {
    webhook_attempts::table
        .filter(webhook_attempts::delivery_id.eq_any(deliveries))
        .order((webhook_attempts::attempted_at, webhook_attempts::id))
        .select(AttemptRow::as_select())
        .load(conn)
        .await
}
