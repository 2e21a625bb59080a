//! `/account/…?token=…`: the pages behind the links in mails about a user's sign-in.
//!
//! A GET only asks, because mail scanners open every link; a POST, from the page's form, does it. There is no sign-in and
//! no cookie, and no answer leads to another address.

use std::time::Duration;

use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Form, Router};
use serde::Deserialize;

use crate::features::users::{Page, Purpose, UsersError, UsersService};
use crate::graphql::ClientInfo;
use crate::telemetry;

/// The route. Its query must not be logged, because it grants access.
pub(super) fn routes(service: UsersService) -> Router {
    Router::new()
        .route("/account/{page}", get(ask).post(act))
        .with_state(service)
}

#[derive(Deserialize)]
struct Link {
    #[serde(default)]
    token: String,
}

#[derive(Deserialize)]
struct Given {
    #[serde(default, rename = "newPassword")]
    new_password: String,
}

async fn ask(
    State(service): State<UsersService>,
    Path(page): Path<String>,
    Query(link): Query<Link>,
    Extension(client): Extension<ClientInfo>,
) -> Response {
    match look(&service, &page, &link, &client).await {
        Ok(page) => html(page.question()),
        Err(error) => refusal(&error),
    }
}

async fn act(
    State(service): State<UsersService>,
    Path(page): Path<String>,
    Query(link): Query<Link>,
    Extension(client): Extension<ClientInfo>,
    Form(given): Form<Given>,
) -> Response {
    let page = match look(&service, &page, &link, &client).await {
        Ok(page) => page,
        Err(error) => return refusal(&error),
    };
    let done = service
        .act_on_link(page.purpose, &link.token, &given.new_password.into(), &client)
        .await;
    match done {
        Ok(()) => html(page.done()),
        Err(UsersError::Invalid(_)) => html(page.question_after_wrong_password()),
        Err(error) => refusal(&error),
    }
}

/// The page of a link that is good.
async fn look(
    service: &UsersService,
    page: &str,
    link: &Link,
    client: &ClientInfo,
) -> Result<Page, UsersError> {
    let purpose = Purpose::of_page(page).ok_or(UsersError::InvalidMailToken)?;
    let language = service.inspect_token(purpose, &link.token, client).await?;
    Ok(Page { purpose, language })
}

fn html(page: String) -> Response {
    ([(header::CACHE_CONTROL, "no-store")], Html(page)).into_response()
}

/// The response to a link that is not good, whatever the reason; to one too many; and to a failure.
fn refusal(error: &UsersError) -> Response {
    match error {
        UsersError::InvalidMailToken => (
            StatusCode::NOT_FOUND,
            "this link is incomplete, expired, or was used before; ask for another\n",
        )
            .into_response(),
        UsersError::NewEmailTaken => (
            StatusCode::CONFLICT,
            "another user has this e-mail address by now; ask for a change to another address\n",
        )
            .into_response(),
        UsersError::DeletionBegun => (
            StatusCode::CONFLICT,
            "the deletion of the user has begun, and cannot be taken back any more\n",
        )
            .into_response(),
        UsersError::Identity(_) => (
            StatusCode::CONFLICT,
            "this sign-in is another user's by now, or your user has too many; unlink one first\n",
        )
            .into_response(),
        UsersError::LimitReached(reached) => too_many(reached.retry_after),
        UsersError::RateLimited(retry_after) => too_many(*retry_after),
        other => {
            tracing::error!(
                "a link in a mail could not be followed: {}",
                telemetry::chain(other)
            );
            (StatusCode::INTERNAL_SERVER_ERROR, "try again later\n").into_response()
        }
    }
}

fn too_many(retry_after: Duration) -> Response {
    let seconds = retry_after.as_secs().max(1);
    (
        StatusCode::TOO_MANY_REQUESTS,
        [(header::RETRY_AFTER, seconds.to_string())],
        format!("too many attempts; try again in {seconds} s\n"),
    )
        .into_response()
}
