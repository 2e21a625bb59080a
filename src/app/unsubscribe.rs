//! `/mail/unsubscribe?token=…`: unsubscribes from mail of one kind, for any holder of the link in such a mail.
//!
//! A GET only asks for confirmation, because mail scanners open every link; a POST unsubscribes, from the page's button
//! or, with one click, from the mail program.

use axum::Router;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;

use crate::features::notifications::{
    NotificationsError, NotificationsService, UnsubscribeLinks, UnsubscribePage,
};
use crate::telemetry;

/// The route. It needs no sign-in, and its query must not be logged, because it grants access.
pub(super) fn routes(service: NotificationsService, unsubscribe_links: UnsubscribeLinks) -> Router {
    Router::new()
        .route("/mail/unsubscribe", get(confirm).post(unsubscribe))
        .with_state(UnsubscribeState {
            service,
            unsubscribe_links,
        })
}

#[derive(Debug, Clone)]
struct UnsubscribeState {
    service: NotificationsService,
    unsubscribe_links: UnsubscribeLinks,
}

#[derive(Debug, Deserialize)]
struct Link {
    #[serde(default)]
    token: String,
}

async fn confirm(State(state): State<UnsubscribeState>, Query(link): Query<Link>) -> Response {
    let Some((user, kind)) = state.unsubscribe_links.read(&link.token) else {
        return invalid_link();
    };
    answer(
        state
            .service
            .unsubscribe_page(user, kind)
            .await
            .map(UnsubscribePage::question),
    )
}

async fn unsubscribe(State(state): State<UnsubscribeState>, Query(link): Query<Link>) -> Response {
    let Some((user, kind)) = state.unsubscribe_links.read(&link.token) else {
        return invalid_link();
    };
    answer(
        state
            .service
            .unsubscribe(user, kind)
            .await
            .map(UnsubscribePage::done),
    )
}

fn answer(page: Result<String, NotificationsError>) -> Response {
    match page {
        Ok(page) => Html(page).into_response(),
        Err(NotificationsError::UnknownUser) => invalid_link(),
        Err(error) => {
            tracing::error!(
                "a user could not be unsubscribed from mail: {}",
                telemetry::chain(&error)
            );
            (StatusCode::INTERNAL_SERVER_ERROR, "try again later\n").into_response()
        }
    }
}

/// The response to a link that is not this server's, and to one of a deleted user: the same for both.
fn invalid_link() -> Response {
    (
        StatusCode::NOT_FOUND,
        "this link ends nothing; it is incomplete, or its user is gone\n",
    )
        .into_response()
}
