//! The layers around every route: request id, tracing, CORS, compression, security headers, and a catch for panics.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{Extensions, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use serde_json::json;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};
use tower_http::cors::{AllowOrigin, CorsLayer};
use tower_http::trace::TraceLayer;
use tracing::Span;
use tracing::field::Empty;

use super::executor::Executor;
use super::{client, host, http, origin};
use crate::graphql::{ErrorCode, RequestId};
use crate::telemetry::TraceContext;

/// See <https://www.w3.org/TR/trace-context/>.
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The maximum length of a request id that is taken from a client.
const MAX_REQUEST_ID_CHARS: usize = 64;

/// The maximum length of a refused header in the log.
const MAX_LOGGED_CHARS: usize = 100;

/// Puts the layers around `router`, the outermost last.
pub(super) fn wrap(router: Router, executor: &Arc<Executor>) -> Router {
    // The parts of a subscription must leave at once, not when there are enough of them to compress.
    let not_multipart = DefaultPredicate::new().and(NotForContentType::const_new("multipart/"));
    // What is compressed already keeps its length and its ranges.
    let worth_it = not_multipart.and(NotForContentType::const_new("application/zip"));
    let trusts_traceparent = executor.settings.trusts_traceparent;
    router
        .layer(CompressionLayer::new().gzip(true).compress_when(worth_it))
        .layer(cors(&executor.settings.allowed_origins))
        .layer(CatchPanicLayer::custom(panic_response))
        .layer(
            TraceLayer::new_for_http()
                .make_span_with(move |request: &Request| span(request, trusts_traceparent))
                .on_request(())
                .on_response(log_response)
                // The code that answers with a failure logs its cause; a server that is not ready has not failed.
                .on_failure(()),
        )
        .layer(from_fn_with_state(Arc::clone(executor), with_id_and_headers))
}

/// The id of the request that has these extensions.
pub(super) fn request_id(extensions: &Extensions) -> String {
    extensions
        .get::<RequestId>()
        .map_or_else(String::new, |id| id.0.clone())
}

/// Gives the request an id, and the response that id and the security headers.
async fn with_id_and_headers(
    State(executor): State<Arc<Executor>>,
    mut request: Request,
    next: Next,
) -> Response {
    let given = request.headers().get(&REQUEST_ID);
    let id = given
        .and_then(|value| value.to_str().ok())
        .filter(|id| is_plain(id))
        .map_or_else(|| executor.new_request_id(), ToOwned::to_owned);
    request.extensions_mut().insert(RequestId(id.clone()));
    // For the routes beside GraphQL that limit how often somebody may ask.
    let client = client::info(&executor.settings, request.headers(), request.extensions());
    request.extensions_mut().insert(client);
    let mut response = if is_misdirected(&executor, &request) {
        log_refused(
            &executor,
            &request,
            &header::HOST,
            "AMDA_PUBLIC_URL is another name",
        );
        http::misdirected(&executor.settings.public_url)
    } else {
        if !origin::is_allowed(&executor.settings, request.headers()) {
            log_refused(
                &executor,
                &request,
                &header::ORIGIN,
                "AMDA_ALLOWED_ORIGINS does not name it",
            );
        }
        next.run(request).await
    };
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID, id);
    }
    let fixed = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static(
            "default-src 'none'; frame-ancestors 'none'",
        ));
    if executor.settings.public_url.scheme() == "https" {
        let year = HeaderValue::from_static("max-age=31536000");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, year);
    }
    response
}

/// True when the `Host` of the request is not a name of this server. A monitor may ask for its health by any name.
fn is_misdirected(executor: &Executor, request: &Request) -> bool {
    !matches!(request.uri().path(), "/healthz" | "/readyz")
        && !host::is_served(&executor.settings.public_url, request.headers())
}

/// Logs that a request was refused for one of its headers.
fn log_refused(executor: &Executor, request: &Request, name: &HeaderName, why: &str) {
    let client = client::info(&executor.settings, request.headers(), request.extensions());
    if !executor.refusals.allows(client.ip) {
        return;
    }
    let value = request
        .headers()
        .get(name)
        .map_or("", |value| value.to_str().unwrap_or(""));
    let value: String = value.chars().take(MAX_LOGGED_CHARS).collect();
    let from = client
        .ip
        .map_or_else(|| "an unknown address".to_owned(), |ip| ip.to_string());
    tracing::warn!(client.address = %from, "refused a request from {from} with {name} \"{value}\": {why}");
}

/// True when a client's request id can be logged as it is.
fn is_plain(id: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    (1..=MAX_REQUEST_ID_CHARS).contains(&id.len()) && id.bytes().all(is_plain)
}

fn cors(origins: &[String]) -> CorsLayer {
    let origins = origins.iter().filter_map(|origin| origin.parse().ok());
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins))
        .allow_methods([Method::GET, Method::POST, Method::PUT])
        .allow_headers([
            header::ACCEPT,
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            REQUEST_ID,
            TRACEPARENT,
        ])
        .allow_credentials(true)
        .expose_headers([REQUEST_ID, header::RETRY_AFTER])
        .max_age(Duration::from_hours(1))
}

/// The span of one request, with only the route's pattern: a path may hold a signed link, and a query string an
/// operation. It continues the trace of the request where a proxy of the operator's sets that. Anybody else only has their
/// trace named in one that begins here: they must not decide how many are exported.
fn span(request: &Request, trusts_traceparent: bool) -> Span {
    let route = request.extensions().get::<MatchedPath>();
    let id = request_id(request.extensions());
    let span = tracing::info_span!(
        "http",
        method = method(request.method()),
        route = route.map_or("none", MatchedPath::as_str),
        request.id = %id,
        status = Empty,
    );
    let given = request.headers().get(&TRACEPARENT);
    match given.and_then(|value| TraceContext::parse(value.to_str().ok()?)) {
        Some(given) if trusts_traceparent => given.continue_in(&span),
        Some(given) => given.link_to(&span),
        None => {}
    }
    span
}

/// The name of a method; one that nobody here knows may be any word.
fn method(method: &Method) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "POST", "PUT", "HEAD", "OPTIONS", "DELETE", "PATCH"];
    let known = KNOWN.into_iter().find(|known| *known == method.as_str());
    known.unwrap_or("other")
}

fn log_response(response: &Response, took: Duration, span: &Span) {
    let (status, duration_ms) = (response.status().as_u16(), took.as_secs_f64() * 1_000.0);
    span.record("status", i64::from(status));
    tracing::debug!(status, duration_ms, "answered {status}");
}

fn panic_response(_payload: Box<dyn Any + Send>) -> Response {
    tracing::error!("a handler panicked");
    let error = json!({
        "message": "something went wrong on our side; tell the operator the request's id (the x-request-id header)",
        "extensions": { "code": ErrorCode::Internal.as_str() },
    });
    (
        StatusCode::INTERNAL_SERVER_ERROR,
        Json(json!({ "errors": [error] })),
    )
        .into_response()
}
