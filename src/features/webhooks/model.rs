//! Endpoints and deliveries: the filter of an endpoint's events, and the body of a request.

use async_graphql::Enum;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use url::Url;
use uuid::Uuid;

use super::schedule::Failing;
use super::signature::Secret;
use crate::egress::Failure;
use crate::features::webhooks::{WebhookAttemptId, WebhookDeliveryId, WebhookEndpointId};
use crate::graphql::Cursor;
use crate::hub::{EventKind, NewEvent};
use crate::id::{AccountId, UserId};
use crate::text_enum::text_enum;

/// Maximum number of endpoints of a user.
pub(super) const MAX_ENDPOINTS: i32 = 10;
/// Maximum number of deliveries of one endpoint that wait out of the order when one more is requested.
pub(super) const MAX_ALONE: i64 = 100;
/// Maximum number of deliveries of one endpoint that wait in order. Events beyond are not delivered: they are in the log as
/// failed.
pub(super) const MAX_WAITING: i64 = 10_000;
/// Time for which a replaced secret goes on signing.
pub(super) const OVERLAP: TimeDelta = TimeDelta::hours(24);
/// Maximum length of a stored response.
pub(super) const MAX_RESPONSE_BYTES: usize = 1024;
text_enum! {
    /// Reason for which a webhook endpoint is disabled.
    #[derive(Enum)]
    #[graphql(name = "WebhookDisabledReason")]
    pub enum DisabledReason {
        /// The viewer disabled the endpoint.
        Owner = "OWNER",
        /// The endpoint responded with 410 Gone.
        Gone = "GONE",
        /// The endpoint accepted no event for three days.
        Failing = "FAILING",
    }
}

text_enum! {
    /// Reason for which a request got no response.
    #[derive(Enum)]
    #[graphql(name = "WebhookAttemptFailureReason")]
    pub enum AttemptFailureReason {
        /// The URL must not be called, such as for a host that is not on the public internet.
        AddressNotAllowed = "ADDRESS_NOT_ALLOWED",
        /// The name of the host is not known.
        UnknownHost = "UNKNOWN_HOST",
        /// No connection could be made.
        NoConnection = "NO_CONNECTION",
        /// The response did not come in time.
        TimedOut = "TIMED_OUT",
        /// TLS failed, such as by a wrong certificate.
        TlsFailed = "TLS_FAILED",
        /// The connection broke off before the response came, or the response was not HTTP.
        ConnectionBroken = "CONNECTION_BROKEN",
        /// Another reason, which the message tells.
        Other = "OTHER",
    }
}

/// Failure of a request that got no response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptFailure {
    /// Reason.
    pub reason: AttemptFailureReason,
    /// Reason in English.
    pub message: String,
}

impl From<Failure> for AttemptFailure {
    fn from(failure: Failure) -> Self {
        let reason = match failure {
            Failure::Refused(_) | Failure::NotPublic(_) => AttemptFailureReason::AddressNotAllowed,
            Failure::UnknownName(_) => AttemptFailureReason::UnknownHost,
            Failure::NoConnection(_) => AttemptFailureReason::NoConnection,
            Failure::TooSlow => AttemptFailureReason::TimedOut,
            Failure::Tls(_) => AttemptFailureReason::TlsFailed,
            Failure::Broken(_) => AttemptFailureReason::ConnectionBroken,
        };
        Self {
            reason,
            message: failure.to_string(),
        }
    }
}

text_enum! {
    /// State of a webhook delivery.
    #[derive(Enum)]
    #[graphql(name = "WebhookDeliveryState")]
    pub enum DeliveryState {
        /// Waiting for its turn, or for the next attempt.
        Pending = "PENDING",
        /// Accepted: the endpoint responded with a status of 200 to 299.
        Delivered = "DELIVERED",
        /// Given up: after a day of attempts, because the endpoint was disabled, or without an attempt because 10,000 deliveries
        /// of the endpoint were waiting already.
        Failed = "FAILED",
    }
}

/// Filter of the events that an endpoint receives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wants {
    /// Kinds of events; none for all.
    pub kinds: Option<Vec<EventKind>>,
    /// Accounts; none for all, and for events of no account.
    pub accounts: Option<Vec<AccountId>>,
}

impl Wants {
    /// Returns true when it passes `event`. Events about endpoints pass to none: each failure would cause another.
    pub fn includes(&self, event: &NewEvent) -> bool {
        let is_kind = self
            .kinds
            .as_ref()
            .is_none_or(|kinds| kinds.contains(&event.kind));
        let is_account = self
            .accounts
            .as_ref()
            .is_none_or(|own| event.account.is_some_and(|id| own.contains(&id)));
        is_kind && is_account && is_told(event.kind)
    }
}

/// Returns true when webhooks receive this kind.
pub(super) fn is_told(kind: EventKind) -> bool {
    !matches!(
        kind,
        EventKind::WebhookEndpointChanged | EventKind::AccessTokenChanged
    )
}

/// A user's server that is told what happens.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// Id of the row.
    pub id: WebhookEndpointId,
    /// URL that is called.
    pub url: Url,
    /// The owner's note on it.
    pub description: Option<String>,
    /// Filter of the events that it receives.
    pub wants: Wants,
    /// Secret that signs its requests.
    pub secret: Secret,
    /// The secret before, and until when it signs too.
    pub previous: Option<(Secret, DateTime<Utc>)>,
    /// Reason for which it is disabled; none while it is enabled.
    pub disabled: Option<DisabledReason>,
    /// Current series of failures.
    pub failing: Option<Failing>,
    /// Time at which it was created.
    pub created_at: DateTime<Utc>,
}

impl Endpoint {
    /// The secret that the endpoint was made with; none once another took its place.
    pub(super) const fn first_secret(&self) -> Option<&Secret> {
        match self.previous {
            None => Some(&self.secret),
            Some(_) => None,
        }
    }

    /// The secrets that sign at `now`, the newest first.
    pub(super) fn secrets(&self, now: DateTime<Utc>) -> impl Iterator<Item = &Secret> {
        let previous = self.previous.as_ref().filter(|(_, until)| *until > now);
        std::iter::once(&self.secret).chain(previous.map(|(secret, _)| secret))
    }
}

/// An event on its way to an endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Its row, and by [`Self::message_id`] what the endpoint knows it by.
    pub id: WebhookDeliveryId,
    /// Endpoint that it is sent to.
    pub endpoint: WebhookEndpointId,
    /// The event's number.
    pub sequence: i64,
    /// The event.
    pub event: NewEvent,
    /// State of the delivery.
    pub state: DeliveryState,
    /// True when it is sent out of the order.
    pub is_alone: bool,
    /// Number of tries since it was last requested.
    pub tries: i32,
    /// Time of the next try; none when it is settled.
    pub next_try_at: Option<DateTime<Utc>>,
    /// Time at which it was created.
    pub created_at: DateTime<Utc>,
    /// Time at which it was accepted or given up.
    pub settled_at: Option<DateTime<Utc>>,
}

impl Delivery {
    /// Settles it as failed, before it is written.
    pub(super) const fn give_up(&mut self, now: DateTime<Utc>) {
        self.state = DeliveryState::Failed;
        self.next_try_at = None;
        self.settled_at = Some(now);
    }

    /// The `webhook-id`: the same at every try, for the receiver to know it again.
    pub fn message_id(&self) -> String {
        format!("msg_{}", self.id)
    }

    /// Body of the request: the same bytes at every try.
    pub(super) fn body(&self, user: UserId) -> Vec<u8> {
        let event = &self.event;
        body(
            event.kind.as_str(),
            event.occurred_at,
            &json!({
                "eventId": format!("evt_{user}_{}", self.sequence),
                "sequence": self.sequence,
                "cursor": cursor(self.sequence),
                "accountId": event.account.map(AccountId::to_global),
                "subjectId": event.subject_id(),
                "occurredAt": time(event.occurred_at),
            }),
        )
    }
}

/// Body of a test request.
pub(super) fn test_body(test: Uuid, endpoint: WebhookEndpointId, now: DateTime<Utc>) -> Vec<u8> {
    body(
        "TEST",
        now,
        &json!({
            "eventId": format!("evt_{}", test.simple()),
            "sequence": null,
            "cursor": null,
            "accountId": null,
            "subjectId": endpoint.to_global(),
            "occurredAt": time(now),
        }),
    )
}

fn body(kind: &str, at: DateTime<Utc>, data: &serde_json::Value) -> Vec<u8> {
    json!({"type": kind, "timestamp": time(at), "data": data})
        .to_string()
        .into_bytes()
}

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

fn cursor(sequence: i64) -> serde_json::Value {
    async_graphql::ScalarType::to_value(&Cursor::of_event(sequence))
        .into_json()
        .unwrap_or_default()
}

/// Attempt: one request to an endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Id of the row.
    pub id: WebhookAttemptId,
    /// Time of the try.
    pub at: DateTime<Utc>,
    /// Duration.
    pub duration_ms: i32,
    /// The HTTP status, or why there was none.
    pub answer: Result<u16, AttemptFailure>,
    /// The first of what was answered.
    pub response: Option<String>,
    /// Time at which the receiver wants to be called again, from `Retry-After`.
    pub retry_at: Option<DateTime<Utc>>,
}

impl Attempt {
    /// Returns true when the endpoint accepted the request.
    pub fn is_success(&self) -> bool {
        matches!(self.answer, Ok(200..300))
    }

    /// Returns true when the endpoint asks never to be called again.
    pub fn is_gone(&self) -> bool {
        self.answer == Ok(410)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noon() -> DateTime<Utc> {
        "2026-11-24T12:00:00Z".parse().unwrap()
    }

    fn happened(kind: EventKind, account: Option<u128>) -> NewEvent {
        NewEvent {
            kind,
            account: account.map(|id| Uuid::from_u128(id).into()),
            subject: Uuid::from_u128(9),
            occurred_at: noon(),
        }
    }

    #[test]
    fn an_endpoint_hears_the_kinds_and_accounts_it_wants() {
        let all = Wants {
            kinds: None,
            accounts: None,
        };
        let some = Wants {
            kinds: Some(vec![EventKind::StatusLiked]),
            accounts: Some(vec![Uuid::from_u128(1).into()]),
        };

        for (kind, account, of_all, of_some) in [
            (EventKind::StatusLiked, Some(1), true, true),
            (EventKind::StatusLiked, Some(2), true, false),
            (EventKind::StatusLiked, None, true, false),
            (EventKind::MessageDeleted, Some(1), true, false),
            (EventKind::WebhookEndpointChanged, None, false, false),
        ] {
            let event = happened(kind, account);
            assert_eq!(all.includes(&event), of_all, "{event:?}");
            assert_eq!(some.includes(&event), of_some, "{event:?}");
        }
    }

    #[test]
    fn what_is_sent_names_the_event_by_ids_that_the_api_knows() {
        let account: AccountId = Uuid::from_u128(1).into();
        let delivery = Delivery {
            id: Uuid::from_u128(5).into(),
            endpoint: Uuid::from_u128(6).into(),
            sequence: 12,
            event: happened(EventKind::StatusLiked, Some(1)),
            state: DeliveryState::Pending,
            is_alone: false,
            tries: 0,
            next_try_at: Some(noon()),
            created_at: noon(),
            settled_at: None,
        };

        let body: serde_json::Value =
            serde_json::from_slice(&delivery.body(Uuid::from_u128(7).into())).unwrap();

        assert_eq!(
            body,
            json!({
                "type": "STATUS_LIKED",
                "timestamp": "2026-11-24T12:00:00.000Z",
                "data": {
                    "eventId": "evt_00000000000000000000000007_12",
                    "sequence": 12,
                    "cursor": "ZXZlbnQ6MTI",
                    "accountId": account.to_global(),
                    "subjectId": crate::id::to_global("StatusLike", Uuid::from_u128(9).into()),
                    "occurredAt": "2026-11-24T12:00:00.000Z",
                },
            })
        );
        assert_eq!(delivery.message_id(), "msg_00000000000000000000000005");
    }
}
