//! GraphQL over HTTP, to the letter of <https://graphql.github.io/graphql-over-http/draft/>.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::parser::types::OperationType;
use axum::body::Body;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header, request};
use axum::response::{IntoResponse, Response};
use bytes::BytesMut;
use futures::StreamExt as _;
use url::Url;

use super::accept::{self, Format};
use super::executor::{Caller, Executor};
use super::layers::request_id;
use super::limits::check_json;
use super::params::Operation;
use super::request_error::RequestError;
use super::{client, graphiql, multipart, response, ws};
use crate::graphql::ErrorCode;
use crate::limiter;
use crate::memory_budget::ContentMemory;

/// The memory of a request's body, counted for its client's network.
type BodyMemory = ContentMemory<Option<IpAddr>>;

/// Time within which a client must send a request's body.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// `GET /graphql`: an operation in the query string, a WebSocket, or a browser.
pub(super) async fn get(State(executor): State<Arc<Executor>>, request: Request) -> Response {
    let (mut parts, _) = request.into_parts();
    if is_websocket(&parts) {
        return match WebSocketUpgrade::from_request_parts(&mut parts, &()).await {
            Ok(upgrade) => ws::upgrade(&executor, upgrade, &parts),
            Err(rejection) => rejection.into_response(),
        };
    }
    if executor.settings.serves_graphiql && accept::wants_page(&parts.headers) {
        return graphiql::page();
    }
    let Some(format) = format_for(&parts) else {
        return not_acceptable();
    };
    let operation = Operation::from_query_string(parts.uri.query().unwrap_or_default());
    answer(&executor, &parts, format, operation).await
}

/// The media type of the response; a client that accepts nothing but a subscription's parts gets the rest as JSON.
fn format_for(parts: &request::Parts) -> Option<Format> {
    Format::negotiate(&parts.headers)
        .or_else(|| accept::accepts_multipart(&parts.headers).then_some(Format::Json))
}

/// True for an upgrade to a WebSocket. Other upgrades, such as to HTTP/2, are offers that need no answer.
fn is_websocket(parts: &request::Parts) -> bool {
    let upgrade = parts.headers.get(header::UPGRADE);
    upgrade.is_some_and(|upgrade| upgrade.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

/// `POST /graphql`: an operation in a JSON body.
pub(super) async fn post(State(executor): State<Arc<Executor>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Some(format) = format_for(&parts) else {
        return not_acceptable();
    };
    let client = client::of_request(&parts.extensions);
    let mut memory = executor.bodies.content(client.ip.map(limiter::network));
    let operation = read(&executor, &parts, body, &mut memory).await;
    answer(&executor, &parts, format, operation).await
}

/// The response to any other method on `/graphql`.
pub(super) fn other_method(method: &Method) -> Response {
    let message = format!("{method} is not allowed here; use POST, or GET for queries");
    let error = RequestError::new(StatusCode::METHOD_NOT_ALLOWED, ErrorCode::BadUserInput, message);
    with_header(
        refuse(&error, Format::Json),
        header::ALLOW,
        HeaderValue::from_static("GET, POST"),
    )
}

/// The response to a path without a route.
pub(super) fn not_found(serves_graphiql: bool) -> Response {
    let message = if serves_graphiql {
        "there is nothing at this path; the API is at /graphql, and so is GraphiQL for a browser"
    } else {
        "there is nothing at this path; the API is at /graphql"
    };
    refuse(
        &RequestError::new(StatusCode::NOT_FOUND, ErrorCode::NotFound, message),
        Format::Json,
    )
}

/// The response to a request whose `Host` is not a name of this server.
pub(super) fn misdirected(public_url: &Url) -> Response {
    let message = format!(
        "this server does not go by the name in the Host header; call it as {}, or by its IP address; for another name \
         its operator sets AMDA_PUBLIC_URL, and a proxy in front must pass the Host header on",
        public_url.origin().ascii_serialization()
    );
    refuse(
        &RequestError::new(StatusCode::MISDIRECTED_REQUEST, ErrorCode::BadUserInput, message),
        Format::Json,
    )
}

async fn read(
    executor: &Executor,
    parts: &request::Parts,
    body: Body,
    memory: &mut BodyMemory,
) -> Result<Operation, RequestError> {
    if !is_json(parts) {
        let message = "the Content-Type must be application/json, with the operation as a JSON object";
        return Err(RequestError::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            ErrorCode::BadUserInput,
            message,
        ));
    }
    let limit = executor.settings.body_bytes;
    let announced = parts.headers.get(header::CONTENT_LENGTH);
    let announced: Option<usize> = announced.and_then(|value| value.to_str().ok()?.parse().ok());
    if announced.is_some_and(|length| length > limit) {
        return Err(too_large(limit));
    }
    let body = tokio::time::timeout(BODY_TIMEOUT, collect(body, limit, memory)).await;
    let body = body.map_err(|_| {
        let message = format!(
            "the body did not arrive within {} s; send it again",
            BODY_TIMEOUT.as_secs()
        );
        RequestError::new(StatusCode::REQUEST_TIMEOUT, ErrorCode::BadUserInput, message)
    })??;
    check_json(&body)?;
    let json = serde_json::from_slice(&body)
        .map_err(|error| RequestError::malformed(format!("the body is not JSON: {error}")))?;
    Operation::from_json(json)
}

/// The whole body, each piece counted in `memory` as it comes.
async fn collect(body: Body, limit: usize, memory: &mut BodyMemory) -> Result<BytesMut, RequestError> {
    let mut content = BytesMut::new();
    let mut pieces = body.into_data_stream();
    while let Some(piece) = pieces.next().await {
        let piece = piece
            .map_err(|_| RequestError::malformed("the body did not arrive whole; send the request again"))?;
        if content.len() + piece.len() > limit {
            return Err(too_large(limit));
        }
        memory.grow(piece.len()).map_err(|full| {
            let message = format!("{full}; send the request again in a second");
            RequestError::new(StatusCode::TOO_MANY_REQUESTS, ErrorCode::RateLimited, message)
                .with_extension("retryAfterMs", 1_000)
        })?;
        content.extend_from_slice(&piece);
    }
    Ok(content)
}

fn too_large(limit: usize) -> RequestError {
    let message =
        format!("the body is longer than {limit} bytes; send files by an upload, not in an operation");
    RequestError::new(StatusCode::PAYLOAD_TOO_LARGE, ErrorCode::BadUserInput, message)
}

fn is_json(parts: &request::Parts) -> bool {
    let kind = parts.headers.get(header::CONTENT_TYPE);
    let kind = kind.and_then(|value| value.to_str().ok()?.split(';').next());
    kind.is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

async fn answer(
    executor: &Arc<Executor>,
    parts: &request::Parts,
    format: Format,
    operation: Result<Operation, RequestError>,
) -> Response {
    let executed = match operation {
        Ok(operation) => execute(executor, parts, format, &operation).await,
        Err(error) => Err(error),
    };
    executed.unwrap_or_else(|error| refuse(&error, format))
}

async fn execute(
    executor: &Arc<Executor>,
    parts: &request::Parts,
    format: Format,
    operation: &Operation,
) -> Result<Response, RequestError> {
    let caller = identify(executor, parts).await?;
    let prepared = executor.prepare(operation, &caller).await?;
    match prepared.kind {
        OperationType::Mutation if parts.method != Method::POST => {
            let message = "a mutation must be sent by POST";
            Err(RequestError::new(
                StatusCode::METHOD_NOT_ALLOWED,
                ErrorCode::BadUserInput,
                message,
            ))
        }
        OperationType::Subscription if accept::accepts_multipart(&parts.headers) => {
            multipart::subscribe(executor, prepared, &caller)
        }
        OperationType::Subscription => {
            let message = "a subscription needs a WebSocket: connect to this same path with the subprotocol \
                           graphql-transport-ws; or accept multipart/mixed";
            Err(RequestError::refused(ErrorCode::BadUserInput, message))
        }
        OperationType::Query | OperationType::Mutation => {
            let response = executor.run(prepared, &caller.request_id).await?;
            Ok(respond(&response, format))
        }
    }
}

async fn identify(executor: &Executor, parts: &request::Parts) -> Result<Caller, RequestError> {
    let request_id = request_id(&parts.extensions);
    let token = client::bearer(&parts.headers).map_err(|message| {
        RequestError::new(StatusCode::UNAUTHORIZED, ErrorCode::Unauthenticated, message)
    })?;
    let client = client::of_request(&parts.extensions);
    let identity = match token {
        None => None,
        Some(token) => {
            let identity = executor.authenticate(token, &client).await;
            Some(identity.map_err(|failure| RequestError::from_auth(&failure, &request_id))?)
        }
    };
    Ok(Caller {
        viewer: identity.as_ref().map(|identity| identity.viewer),
        grant: identity.and_then(|identity| identity.grant),
        client,
        request_id,
        upgrade: None,
    })
}

fn respond(response: &async_graphql::Response, format: Format) -> Response {
    let is_refused = response::is_request_error(response) && format == Format::Graphql;
    let status = if is_refused {
        StatusCode::BAD_REQUEST
    } else {
        StatusCode::OK
    };
    let reply = typed(status, format, response::to_json(response));
    let mut http_response = with_retry_after(reply, response::retry_after_millis(&response.errors));
    // Appended, because several cookies share one header name.
    for (name, value) in &response.http_headers {
        http_response.headers_mut().append(name, value.clone());
    }
    http_response
}

fn refuse(error: &RequestError, format: Format) -> Response {
    let status = match format {
        Format::Json if error.is_well_formed => StatusCode::OK,
        _ => error.status,
    };
    let response = async_graphql::Response::from_errors(vec![(*error.error).clone()]);
    let reply = typed(status, format, response::to_json(&response));
    let reply = with_retry_after(reply, response::retry_after_millis(&response.errors));
    match status {
        StatusCode::METHOD_NOT_ALLOWED => with_header(reply, header::ALLOW, HeaderValue::from_static("POST")),
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
        &RequestError::new(StatusCode::NOT_ACCEPTABLE, ErrorCode::BadUserInput, message),
        Format::Json,
    )
}

fn typed(status: StatusCode, format: Format, body: String) -> Response {
    let headers = [
        (header::CONTENT_TYPE, format.content_type()),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (status, headers, body).into_response()
}

/// Says in whole seconds when to try again, if there is such a time.
fn with_retry_after(reply: Response, millis: Option<u64>) -> Response {
    match millis {
        Some(millis) => with_header(reply, header::RETRY_AFTER, millis.div_ceil(1_000).into()),
        None => reply,
    }
}

fn with_header(mut response: Response, name: header::HeaderName, value: HeaderValue) -> Response {
    response.headers_mut().insert(name, value);
    response
}
