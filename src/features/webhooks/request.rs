use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::model::{Attempt, Delivery, Endpoint, MAX_RESPONSE_BYTES, test_body};
use super::signature::sign;
use crate::egress::{Egress, Failure, Reply};
use crate::features::webhooks::WebhookAttemptId;
use crate::id::UserId;
use crate::work::Core;

/// Calls endpoints. Never inside a transaction.
#[derive(Debug, Clone)]
pub(super) struct EndpointClient {
    core: Core,
    egress: Egress,
}

impl EndpointClient {
    pub(super) const fn new(core: Core, egress: Egress) -> Self {
        Self { core, egress }
    }

    /// Delivers an event once.
    pub(super) async fn deliver(&self, user: UserId, endpoint: &Endpoint, delivery: &Delivery) -> Attempt {
        self.call(endpoint, &delivery.message_id(), delivery.body(user))
            .await
    }

    /// Sends a test.
    pub(super) async fn test(&self, endpoint: &Endpoint) -> Attempt {
        let test: Uuid = self.core.ids.next::<WebhookAttemptId>().into();
        let body = test_body(test, endpoint.id, self.core.clock.now());
        self.call(endpoint, &format!("msg_{}", test.simple()), body).await
    }

    async fn call(&self, endpoint: &Endpoint, id: &str, body: Vec<u8>) -> Attempt {
        let at = self.core.clock.now();
        let begun = tokio::time::Instant::now();
        let headers = [
            ("webhook-id", id.to_owned()),
            ("webhook-timestamp", at.timestamp().to_string()),
            ("webhook-signature", sign(endpoint.secrets(at), id, at, &body)),
        ];
        let answer = self
            .egress
            .post(&endpoint.url, "application/json", &headers, body)
            .await;
        let took = begun.elapsed();
        Attempt {
            id: self.core.ids.next(),
            at,
            duration_ms: i32::try_from(took.as_millis()).unwrap_or(i32::MAX),
            retry_at: retry_at(&answer, self.core.clock.now()),
            response: answer.as_ref().ok().and_then(|reply| snippet(&reply.body)),
            answer: answer.map(|reply| reply.status).map_err(Into::into),
        }
    }
}

fn retry_at(answer: &Result<Reply, Failure>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    answer.as_ref().ok()?.retry_at(now)
}

/// The first of a body as text; none of an empty one.
fn snippet(body: &[u8]) -> Option<String> {
    let first = &body[..body.len().min(MAX_RESPONSE_BYTES)];
    let whole = match std::str::from_utf8(first) {
        // The limit cuts the last character in two.
        Err(error) if error.error_len().is_none() && body.len() > first.len() => {
            &first[..error.valid_up_to()]
        }
        Ok(_) | Err(_) => first,
    };
    let mut text = String::from_utf8_lossy(whole).into_owned();
    text.truncate(text.floor_char_boundary(MAX_RESPONSE_BYTES));
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_an_answer_is_kept_whatever_its_bytes() {
        assert_eq!(snippet(b""), None);
        assert_eq!(snippet(b"ok").unwrap(), "ok");
        assert_eq!(snippet(&[b'x'; 5000]).unwrap().len(), MAX_RESPONSE_BYTES);
        assert!(snippet(&[0xFF; 5000]).unwrap().len() <= MAX_RESPONSE_BYTES);
        assert!(snippet("é".repeat(1000).as_bytes()).unwrap().starts_with("éé"));
        let cut = snippet(format!("x{}", "é".repeat(5000)).as_bytes()).unwrap();
        assert!(cut.ends_with('é'), "a character is not cut in two");
    }
}
