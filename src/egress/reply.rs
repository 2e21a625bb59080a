use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::Response;
use reqwest::header::RETRY_AFTER;
use tokio::time::Instant;

/// Maximum length of a response's body that is read; the rest is dropped.
pub const MAX_BODY_BYTES: usize = 64 << 10;

/// The response to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The `Retry-After` header as received; [`Reply::retry_at`] parses it.
    pub retry_after: Option<String>,
    /// The start of the body, at most [`MAX_BODY_BYTES`].
    pub body: Vec<u8>,
    /// The duration of the request.
    pub took: Duration,
}

impl Reply {
    /// True for a status of 200 to 299.
    pub const fn is_success(&self) -> bool {
        self.status >= 200 && self.status < 300
    }

    /// The time of `Retry-After`; none without a valid one.
    pub fn retry_at(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let text = self.retry_after.as_deref()?.trim();
        match text.parse::<u32>() {
            Ok(seconds) => Some(now + TimeDelta::seconds(i64::from(seconds))),
            Err(_) => DateTime::parse_from_rfc2822(text).ok().map(|at| at.to_utc()),
        }
    }

    /// Reads the start of a response's body. A response that breaks off, or is too slow, still has a status.
    pub(super) async fn read(mut response: Response, begun: Instant) -> Self {
        let retry_after = response
            .headers()
            .get(RETRY_AFTER)
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned);
        let mut body = Vec::new();
        while body.len() < MAX_BODY_BYTES
            && let Ok(Some(chunk)) = response.chunk().await
        {
            let room = MAX_BODY_BYTES - body.len();
            body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        }
        Self {
            status: response.status().as_u16(),
            retry_after,
            body,
            took: begun.elapsed(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn retry_at(text: &str) -> Option<String> {
        let reply = Reply {
            status: 503,
            retry_after: Some(text.to_owned()),
            body: Vec::new(),
            took: Duration::ZERO,
        };
        let now = "2026-11-24T12:00:00Z".parse().unwrap();
        reply.retry_at(now).map(|at| at.to_rfc3339())
    }

    #[test]
    fn the_time_to_ask_again_is_read_as_seconds_or_as_a_date() {
        assert_eq!(retry_at("120").unwrap(), "2026-11-24T12:02:00+00:00");
        assert_eq!(
            retry_at(" Tue, 24 Nov 2026 13:00:00 GMT ").unwrap(),
            "2026-11-24T13:00:00+00:00"
        );
        for nonsense in ["", "soon", "-5", "1.5", "99999999999999"] {
            assert_eq!(retry_at(nonsense), None, "{nonsense}");
        }
    }
}
