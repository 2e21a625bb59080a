//! The host that a request names in its `Host` header.

use axum::http::uri::Authority;
use axum::http::{HeaderMap, header};
use url::Host;

/// The host of the request, without its port; none when the header is absent or malformed.
pub(super) fn requested(headers: &HeaderMap) -> Option<Host> {
    let authority: Authority = headers.get(header::HOST)?.to_str().ok()?.parse().ok()?;
    Host::parse(authority.host()).ok()
}

/// True when `host` names the machine that the request is sent from: a loopback address, or `localhost`.
pub(super) fn is_this_machine(host: &Host) -> bool {
    match host {
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.to_canonical().is_loopback(),
        Host::Domain(name) => name == "localhost" || name.ends_with(".localhost"),
    }
}
