//! The client as its request's headers describe it: address, user agent, cookie and token.

use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::http::{Extensions, HeaderMap, header};
use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use super::{Settings, host};
use crate::graphql::{ClientInfo, REFRESH_COOKIE};

/// The maximum length of a `User-Agent`, in characters; the rest is cut off.
const MAX_USER_AGENT_CHARS: usize = 256;

/// The headers that proxies add to what they pass on.
const MARKS_OF_PROXIES: [&str; 6] = [
    "forwarded",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-real-ip",
];

/// Reads the client's address, its name for itself, and its refresh cookie.
pub(super) fn info(settings: &Settings, headers: &HeaderMap, extensions: &Extensions) -> ClientInfo {
    let peer = extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map(|ConnectInfo(address)| address.ip().to_canonical());
    let (ip, is_local) = address(settings.proxies, headers, peer);
    let agent = headers
        .get(header::USER_AGENT)
        .and_then(|value| value.to_str().ok())
        .map(|agent| agent.chars().take(MAX_USER_AGENT_CHARS).collect());
    ClientInfo {
        ip,
        is_local,
        user_agent: agent,
        refresh_cookie: cookie(headers, REFRESH_COOKIE).map(SecretString::from),
        gone: CancellationToken::new(),
    }
}

/// The client as the layer around every route read it.
pub(super) fn of_request(extensions: &Extensions) -> ClientInfo {
    extensions.get::<ClientInfo>().cloned().unwrap_or_default()
}

/// The token of `Authorization: Bearer …`; none without the header.
///
/// # Errors
/// The message for the client, when the header is anything else.
pub(super) fn bearer(headers: &HeaderMap) -> Result<Option<&str>, &'static str> {
    let Some(value) = headers.get(header::AUTHORIZATION) else {
        return Ok(None);
    };
    value
        .to_str()
        .ok()
        .and_then(strip_bearer)
        .map(Some)
        .ok_or("the Authorization header is malformed; send `Bearer` and an access token")
}

/// The token after `Bearer`; none when `value` has another form.
pub(super) fn strip_bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.trim().split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

/// The client's address, if it is known, and whether it is a program of this machine.
///
/// A proxy on this machine calls from a loopback address for everybody, so what it passed on is nobody's on this
/// machine; nor is a request for another name, which only a proxy that leaves no mark can have brought here.
fn address(proxies: usize, headers: &HeaderMap, peer: Option<IpAddr>) -> (Option<IpAddr>, bool) {
    if let Some(ip) = forwarded(proxies, headers) {
        return (Some(ip), false);
    }
    let is_loopback = peer.is_some_and(|peer| peer.is_loopback());
    let is_passed_on = MARKS_OF_PROXIES.iter().any(|name| headers.contains_key(*name))
        || host::requested(headers).is_some_and(|host| !host::is_this_machine(&host));
    match (is_loopback, is_passed_on) {
        (true, true) => (None, false),
        (true, false) => (peer, true),
        (false, _) => (peer, false),
    }
}

/// The address that the outermost trusted proxy saw: each proxy appends the address it was called from, so only the
/// last `proxies` entries were written by the operator's own.
fn forwarded(proxies: usize, headers: &HeaderMap) -> Option<IpAddr> {
    let hops: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .collect();
    let index = hops.len().checked_sub(proxies.max(1))?;
    let hop = (proxies > 0).then(|| hops[index].trim())?;
    hop.parse::<IpAddr>()
        .or_else(|_| hop.parse::<SocketAddr>().map(|address| address.ip()))
        .ok()
        .map(|ip| ip.to_canonical())
}

fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(found, _)| *found == name)
        .map(|(_, value)| value.trim_matches('"').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(name, value.parse().unwrap());
        headers
    }

    #[test]
    fn a_client_cannot_forge_its_address() {
        let hops = headers("x-forwarded-for", "6.6.6.6, 1.2.3.4");

        assert_eq!(forwarded(0, &hops), None);
        assert_eq!(forwarded(1, &hops), Some([1, 2, 3, 4].into()));
        assert_eq!(forwarded(2, &hops), Some([6, 6, 6, 6].into()));
        assert_eq!(forwarded(3, &hops), None);
        assert_eq!(forwarded(1, &HeaderMap::new()), None);
    }

    #[test]
    fn what_a_proxy_passes_on_is_never_of_this_machine() {
        let loopback = Some([127, 0, 0, 1].into());
        let named = |name| headers("host", name);

        assert_eq!(address(0, &HeaderMap::new(), loopback), (loopback, true));
        assert_eq!(address(0, &named("localhost:3000"), loopback), (loopback, true));
        assert_eq!(address(0, &named("[::1]:3000"), loopback), (loopback, true));
        assert_eq!(address(0, &named("amda.example.org"), loopback), (None, false));
        for mark in MARKS_OF_PROXIES {
            assert_eq!(
                address(0, &headers(mark, "127.0.0.1"), loopback),
                (None, false),
                "{mark}"
            );
        }
        let forwarded = headers("x-forwarded-for", "127.0.0.1");
        assert_eq!(address(1, &forwarded, loopback), (loopback, false));
        assert_eq!(address(2, &forwarded, loopback), (None, false));
        let stranger = Some([192, 0, 2, 7].into());
        assert_eq!(address(0, &forwarded, stranger), (stranger, false));
    }

    #[test]
    fn the_refresh_cookie_is_found_among_others() {
        let cookies = headers("cookie", "theme=dark; amda_refresh=abc; amda_refresh2=no");

        assert_eq!(cookie(&cookies, "amda_refresh").as_deref(), Some("abc"));
        assert_eq!(cookie(&cookies, "refresh"), None);
    }

    #[test]
    fn only_a_bearer_token_authorises() {
        assert_eq!(bearer(&HeaderMap::new()), Ok(None));
        assert_eq!(
            bearer(&headers("authorization", "bearer x.y.z")),
            Ok(Some("x.y.z"))
        );
        assert!(bearer(&headers("authorization", "Basic eDp5")).is_err());
        assert!(bearer(&headers("authorization", "Bearer ")).is_err());
    }
}
