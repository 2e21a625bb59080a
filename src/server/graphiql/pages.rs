use axum::Router;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

const PAGE: &str = include_str!("index.html");
const SCRIPT: &str = include_str!("graphiql.js");
const STYLE: &str = include_str!("graphiql.css");
const LICENSES: &str = include_str!("LICENSES.txt");

/// The Content-Security-Policy: the page's own script, style and fonts, and this server. The editor writes styles into
/// the page.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src data:; \
                      font-src data:; connect-src 'self' ws: wss:; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'";

/// The GraphiQL page.
pub(crate) fn page() -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-cache"),
        (header::VARY, "Accept"),
    ];
    (headers, PAGE).into_response()
}

/// The files that the page loads. Their addresses carry hashes, so browsers may cache them for ever.
pub(crate) fn routes() -> Router {
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
