//! `/mail/unsubscribe?token=…`: ends mail of one kind, for whoever has the link that stands in such a mail.
//!
//! A GET only asks, because mail scanners open every link; a POST does it, from the page's button or, with one click,
//! from the mail program.

use axum::Router;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;

use crate::features::notifications::{Farewell, NotificationsError, NotificationsService, Unsubscribing};

/// The route. It needs no sign-in, and its query must not be logged: it is the key.
pub(super) fn routes(service: NotificationsService, unsubscribing: Unsubscribing) -> Router {
    Router::new()
        .route("/mail/unsubscribe", get(ask).post(end))
        .with_state(Desk {
            service,
            unsubscribing,
        })
}

#[derive(Debug, Clone)]
struct Desk {
    service: NotificationsService,
    unsubscribing: Unsubscribing,
}

#[derive(Debug, Deserialize)]
struct Link {
    #[serde(default)]
    token: String,
}

async fn ask(State(desk): State<Desk>, Query(link): Query<Link>) -> Response {
    let Some((user, kind)) = desk.unsubscribing.read(&link.token) else {
        return nothing();
    };
    answer(desk.service.farewell(user, kind).await.map(Farewell::question))
}

async fn end(State(desk): State<Desk>, Query(link): Query<Link>) -> Response {
    let Some((user, kind)) = desk.unsubscribing.read(&link.token) else {
        return nothing();
    };
    answer(desk.service.unsubscribe(user, kind).await.map(Farewell::done))
}

fn answer(page: Result<String, NotificationsError>) -> Response {
    match page {
        Ok(page) => Html(page).into_response(),
        Err(NotificationsError::UnknownUser) => nothing(),
        Err(error) => {
            tracing::error!("mail could not be unsubscribed from: {error}");
            (StatusCode::INTERNAL_SERVER_ERROR, "try again later\n").into_response()
        }
    }
}

/// The same for a link that was never ours and for one of somebody who is gone.
fn nothing() -> Response {
    (
        StatusCode::NOT_FOUND,
        "this link ends nothing; it is incomplete, or its user is gone\n",
    )
        .into_response()
}
