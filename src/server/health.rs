//! Liveness (`/healthz`) and readiness (`/readyz`).

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use crate::db::{Db, DbError};
use crate::disk::Reserve;
use crate::redis::Redis;

/// Time limit of each check.
const CHECK_TIMEOUT: Duration = Duration::from_secs(3);

/// A check that must pass before the server calls itself ready.
#[derive(Clone)]
pub struct Check {
    /// The name of what is checked, as the operator knows it.
    pub name: &'static str,
    /// Runs the check.
    pub probe: Arc<dyn Probe>,
    /// The server works without it, though not wholly: it is degraded and not down.
    pub is_optional: bool,
}

/// Probes one dependency of the server.
#[async_trait]
pub trait Probe: Send + Sync {
    /// Probes it once.
    ///
    /// # Errors
    /// A message that may be shown to anybody: no address, no password.
    async fn probe(&self) -> Result<(), String>;
}

impl Check {
    /// Passes when the server can read its tables.
    pub fn database(db: Db) -> Self {
        Self {
            name: "database",
            probe: Arc::new(db),
            is_optional: false,
        }
    }

    /// Passes while Redis answers, which a server does without for as long as it must.
    pub fn redis(redis: Redis) -> Self {
        Self {
            name: "redis",
            probe: Arc::new(redis),
            is_optional: true,
        }
    }

    /// Passes while the disk has room for what is fetched and uploaded.
    pub fn disk(reserve: Reserve) -> Self {
        Self {
            name: "disk",
            probe: Arc::new(reserve),
            is_optional: true,
        }
    }
}

#[async_trait]
impl Probe for Reserve {
    async fn probe(&self) -> Result<(), String> {
        self.require(0).map_err(|_| {
            "it is nearly full, so uploads and media are refused; `amda doctor` says more".to_owned()
        })
    }
}

#[async_trait]
impl Probe for Redis {
    async fn probe(&self) -> Result<(), String> {
        self.ping().await.map_err(|error| {
            format!(
                "{}; each node counts limits by itself, and news of other nodes comes up to a second later",
                error.summary()
            )
        })
    }
}

#[async_trait]
impl Probe for Db {
    async fn probe(&self) -> Result<(), String> {
        self.check_access().await.map_err(|error| {
            error.warn("the database is not ready");
            match error {
                DbError::NotGranted { .. } => "the server's role lacks privileges; run `amda migrate`",
                DbError::Query(_) => "it refuses what the server asks; the log says why",
                _ => "it does not answer; the log says why",
            }
            .to_owned()
        })
    }
}

/// `GET /healthz`: the process is alive.
pub(super) fn alive() -> Json<Value> {
    Json(json!({ "status": "alive" }))
}

/// `GET /readyz`: 503 when a check fails that the server cannot do without, else 200, with what is wrong.
pub(super) async fn ready(State(checks): State<Arc<Vec<Check>>>) -> Response {
    let asked = checks.iter().map(|check| async move {
        let answer = tokio::time::timeout(CHECK_TIMEOUT, check.probe.probe()).await;
        let answer =
            answer.unwrap_or_else(|_| Err(format!("it did not answer within {} s", CHECK_TIMEOUT.as_secs())));
        (check, answer)
    });
    let answers = futures::future::join_all(asked).await;
    let is_ready = answers
        .iter()
        .all(|(check, answer)| answer.is_ok() || check.is_optional);
    let is_whole = answers.iter().all(|(_, answer)| answer.is_ok());
    let results: Map<String, Value> = answers
        .into_iter()
        .map(|(check, answer)| {
            (
                check.name.to_owned(),
                answer.err().unwrap_or_else(|| "ok".to_owned()).into(),
            )
        })
        .collect();
    let (status, word) = match (is_ready, is_whole) {
        (true, true) => (StatusCode::OK, "ready"),
        (true, false) => (StatusCode::OK, "degraded"),
        (false, _) => (StatusCode::SERVICE_UNAVAILABLE, "not ready"),
    };
    (status, Json(json!({ "status": word, "checks": results }))).into_response()
}
