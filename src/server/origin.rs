//! The origin of the page that a request comes from.

use axum::http::{HeaderMap, header};
use url::Url;

use super::Settings;

/// True when the calling page is this server's own or of an allowed origin. Clients other than browsers send no `Origin`.
pub(super) fn is_allowed(settings: &Settings, headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else {
        return true;
    };
    let Some(origin) = origin.to_str().ok().and_then(|origin| Url::parse(origin).ok()) else {
        return false;
    };
    let serialised = origin.origin().ascii_serialization();
    if serialised == settings.public_url.origin().ascii_serialization()
        || settings.allowed_origins.contains(&serialised)
    {
        return true;
    }
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let own = host.and_then(|host| Url::parse(&format!("{}://{host}", origin.scheme())).ok());
    own.is_some_and(|own| matches!(own.scheme(), "http" | "https") && own.origin() == origin.origin())
}
