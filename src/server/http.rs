//! GraphQL over HTTP, to the letter of <https://graphql.github.io/graphql-over-http/draft/>.

use std::sync::Arc;
use std::time::Duration;

use async_graphql::parser::types::OperationType;
use axum::body::{Body, to_bytes};
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header, request};
use axum::response::{IntoResponse, Response};

use super::accept::{self, Format};
use super::fault::Fault;
use super::gateway::{Caller, Gateway};
use super::layers::request_id;
use super::params::Operation;
use super::{client, graphiql, reply, ws};

/// How long a client may take to send a request's body.
const BODY_WITHIN: Duration = Duration::from_secs(30);

/// `GET /graphql`: an operation in the query string, a WebSocket, or a browser.
pub(super) async fn get(State(gateway): State<Arc<Gateway>>, request: Request) -> Response {
    let (mut parts, _) = request.into_parts();
    if is_websocket(&parts) {
        return match WebSocketUpgrade::from_request_parts(&mut parts, &()).await {
            Ok(upgrade) => ws::upgrade(&gateway, upgrade, &parts),
            Err(rejection) => rejection.into_response(),
        };
    }
    if gateway.settings.serves_graphiql && accept::wants_page(&parts.headers) {
        return graphiql::page();
    }
    let Some(format) = Format::negotiate(&parts.headers) else {
        return not_acceptable();
    };
    let operation = Operation::from_query_string(parts.uri.query().unwrap_or_default());
    answer(&gateway, &parts, format, operation).await
}

/// Other upgrades, such as to HTTP/2, are offers that need no answer.
fn is_websocket(parts: &request::Parts) -> bool {
    let upgrade = parts.headers.get(header::UPGRADE);
    upgrade.is_some_and(|upgrade| upgrade.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

/// `POST /graphql`: an operation in a JSON body.
pub(super) async fn post(State(gateway): State<Arc<Gateway>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Some(format) = Format::negotiate(&parts.headers) else {
        return not_acceptable();
    };
    let operation = read(&gateway, &parts, body).await;
    answer(&gateway, &parts, format, operation).await
}

/// Any other method on `/graphql`.
pub(super) fn other_method(method: &Method) -> Response {
    let message = format!("{method} is not understood here; use POST, or GET for queries");
    let fault = Fault::new(StatusCode::METHOD_NOT_ALLOWED, "BAD_USER_INPUT", message);
    with_header(
        refuse(&fault, Format::Json),
        header::ALLOW,
        HeaderValue::from_static("GET, POST"),
    )
}

/// Any path that nothing is at.
pub(super) fn nothing_here() -> Response {
    let message = "there is nothing at this path; the API is at /graphql, and so is GraphiQL for a browser";
    refuse(
        &Fault::new(StatusCode::NOT_FOUND, "NOT_FOUND", message),
        Format::Json,
    )
}

async fn read(gateway: &Gateway, parts: &request::Parts, body: Body) -> Result<Operation, Fault> {
    if !is_json(parts) {
        let message = "the Content-Type must be application/json, with the operation as a JSON object";
        return Err(Fault::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "BAD_USER_INPUT",
            message,
        ));
    }
    let limit = gateway.settings.body_bytes;
    let too_large = || {
        let message =
            format!("the body is longer than {limit} bytes; send files by an upload, not in an operation");
        Fault::new(StatusCode::PAYLOAD_TOO_LARGE, "BAD_USER_INPUT", message)
    };
    let announced = parts.headers.get(header::CONTENT_LENGTH);
    let announced: Option<usize> = announced.and_then(|value| value.to_str().ok()?.parse().ok());
    if announced.is_some_and(|length| length > limit) {
        return Err(too_large());
    }
    let body = tokio::time::timeout(BODY_WITHIN, to_bytes(body, limit)).await;
    let body = body
        .map_err(|_| {
            let message = format!(
                "the body did not arrive within {} s; send it again",
                BODY_WITHIN.as_secs()
            );
            Fault::new(StatusCode::REQUEST_TIMEOUT, "BAD_USER_INPUT", message)
        })?
        .map_err(|_| too_large())?;
    let json = serde_json::from_slice(&body)
        .map_err(|error| Fault::malformed(format!("the body is not JSON: {error}")))?;
    Operation::from_json(json)
}

fn is_json(parts: &request::Parts) -> bool {
    let kind = parts.headers.get(header::CONTENT_TYPE);
    let kind = kind.and_then(|value| value.to_str().ok()?.split(';').next());
    kind.is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

async fn answer(
    gateway: &Gateway,
    parts: &request::Parts,
    format: Format,
    operation: Result<Operation, Fault>,
) -> Response {
    let executed = match operation {
        Ok(operation) => execute(gateway, parts, &operation).await,
        Err(fault) => Err(fault),
    };
    match executed {
        Ok(response) => respond(&response, format),
        Err(fault) => refuse(&fault, format),
    }
}

async fn execute(
    gateway: &Gateway,
    parts: &request::Parts,
    operation: &Operation,
) -> Result<async_graphql::Response, Fault> {
    let caller = recognise(gateway, parts).await?;
    let prepared = gateway.prepare(operation, &caller)?;
    match prepared.kind {
        OperationType::Mutation if parts.method != Method::POST => {
            let message = "a mutation must be sent by POST";
            return Err(Fault::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "BAD_USER_INPUT",
                message,
            ));
        }
        OperationType::Subscription => {
            let message = "a subscription needs a WebSocket: connect to this same path with the subprotocol \
                           graphql-transport-ws";
            return Err(Fault::refused("BAD_USER_INPUT", message));
        }
        OperationType::Query | OperationType::Mutation => {}
    }
    gateway.run(prepared, &caller.request_id).await
}

async fn recognise(gateway: &Gateway, parts: &request::Parts) -> Result<Caller, Fault> {
    let request_id = request_id(&parts.extensions);
    let token = client::bearer(&parts.headers)
        .map_err(|message| Fault::new(StatusCode::UNAUTHORIZED, "UNAUTHENTICATED", message))?;
    let viewer = match token {
        None => None,
        Some(token) => {
            let recognised = gateway.authenticate(token).await;
            Some(recognised.map_err(|failure| Fault::from_auth(&failure, &request_id))?)
        }
    };
    Ok(Caller {
        viewer,
        client: client::info(&gateway.settings, &parts.headers, &parts.extensions),
        request_id,
    })
}

fn respond(response: &async_graphql::Response, format: Format) -> Response {
    let is_refused = reply::is_request_error(response) && format == Format::Graphql;
    let status = if is_refused {
        StatusCode::BAD_REQUEST
    } else {
        StatusCode::OK
    };
    let mut reply = labelled(status, format, reply::to_json(response));
    // Cookies, mostly: several may have one name.
    for (name, value) in &response.http_headers {
        reply.headers_mut().append(name, value.clone());
    }
    reply
}

fn refuse(fault: &Fault, format: Format) -> Response {
    let status = match format {
        Format::Json if fault.is_well_formed => StatusCode::OK,
        _ => fault.status,
    };
    let response = async_graphql::Response::from_errors(vec![(*fault.error).clone()]);
    let reply = labelled(status, format, reply::to_json(&response));
    match status {
        StatusCode::METHOD_NOT_ALLOWED => with_header(reply, header::ALLOW, HeaderValue::from_static("POST")),
        StatusCode::TOO_MANY_REQUESTS => {
            let seconds = fault.retry_after_millis().div_ceil(1_000);
            with_header(reply, header::RETRY_AFTER, seconds.into())
        }
        StatusCode::UNAUTHORIZED => {
            let challenge = HeaderValue::from_static("Bearer error=\"invalid_token\"");
            with_header(reply, header::WWW_AUTHENTICATE, challenge)
        }
        _ => reply,
    }
}

fn not_acceptable() -> Response {
    let message = "the Accept header allows neither application/graphql-response+json nor application/json";
    refuse(
        &Fault::new(StatusCode::NOT_ACCEPTABLE, "BAD_USER_INPUT", message),
        Format::Json,
    )
}

fn labelled(status: StatusCode, format: Format, body: String) -> Response {
    let headers = [
        (header::CONTENT_TYPE, format.content_type()),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (status, headers, body).into_response()
}

fn with_header(mut response: Response, name: header::HeaderName, value: HeaderValue) -> Response {
    response.headers_mut().insert(name, value);
    response
}
