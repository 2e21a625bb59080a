//! GraphiQL, from the binary: no other host is asked. How its files are built is in `README.md`.

use axum::Router;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

const PAGE: &str = include_str!("index.html");
const SCRIPT: &str = include_str!("graphiql.js");
const STYLE: &str = include_str!("graphiql.css");
const LICENSES: &str = include_str!("LICENSES.txt");

/// The page's own script, style and fonts, and this server; nothing else. The editor writes styles into the page.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src data:; \
                      font-src data:; connect-src 'self' ws: wss:; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'";

/// The page.
pub(super) fn page() -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-cache"),
        (header::VARY, "Accept"),
    ];
    (headers, PAGE).into_response()
}

/// What the page loads. Its addresses carry hashes, so browsers may keep it for ever.
pub(super) fn routes() -> Router {
    Router::new()
        .route(
            "/graphiql/graphiql.js",
            get(async || file("text/javascript", SCRIPT)),
        )
        .route("/graphiql/graphiql.css", get(async || file("text/css", STYLE)))
        .route(
            "/graphiql/LICENSES.txt",
            get(async || file("text/plain", LICENSES)),
        )
}

fn file(kind: &str, content: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, format!("{kind}; charset=utf-8")),
        (
            header::CACHE_CONTROL,
            "public, max-age=31536000, immutable".to_owned(),
        ),
    ];
    (headers, content).into_response()
}
