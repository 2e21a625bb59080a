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

/// Time limit of each check.
const CHECK_TIMEOUT: Duration = Duration::from_secs(3);

/// A check that must pass before the server calls itself ready.
#[derive(Clone)]
pub struct Check {
    /// The name of what is checked, as the operator knows it.
    pub name: &'static str,
    /// Runs the check.
    pub probe: Arc<dyn Probe>,
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
        }
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

/// `GET /readyz`: 200 when every check passes, else 503 with what is wrong.
pub(super) async fn ready(State(checks): State<Arc<Vec<Check>>>) -> Response {
    let asked = checks.iter().map(|check| async {
        let answer = tokio::time::timeout(CHECK_TIMEOUT, check.probe.probe()).await;
        let answer =
            answer.unwrap_or_else(|_| Err(format!("it did not answer within {} s", CHECK_TIMEOUT.as_secs())));
        (check.name, answer)
    });
    let answers = futures::future::join_all(asked).await;
    let is_ready = answers.iter().all(|(_, answer)| answer.is_ok());
    let results: Map<String, Value> = answers
        .into_iter()
        .map(|(name, answer)| {
            (
                name.to_owned(),
                answer.err().unwrap_or_else(|| "ok".to_owned()).into(),
            )
        })
        .collect();
    let (status, word) = if is_ready {
        (StatusCode::OK, "ready")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "not ready")
    };
    (status, Json(json!({ "status": word, "checks": results }))).into_response()
}
