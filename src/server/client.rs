//! The client as its request's headers describe it: address, user agent, cookie and token.

use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::http::{Extensions, HeaderMap, header};
use secrecy::SecretString;

use super::Settings;
use crate::graphql::{ClientInfo, REFRESH_COOKIE};

/// The maximum length of a `User-Agent`, in characters; the rest is cut off.
const MAX_USER_AGENT_CHARS: usize = 256;

/// Reads the client's address, its name for itself, and its refresh cookie.
pub(super) fn info(settings: &Settings, headers: &HeaderMap, extensions: &Extensions) -> ClientInfo {
    let peer = extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map(|ConnectInfo(address)| address.ip().to_canonical());
    let agent = headers
        .get(header::USER_AGENT)
        .and_then(|value| value.to_str().ok())
        .map(|agent| agent.chars().take(MAX_USER_AGENT_CHARS).collect());
    ClientInfo {
        ip: forwarded(settings.proxies, headers).or(peer),
        user_agent: agent,
        refresh_cookie: cookie(headers, REFRESH_COOKIE).map(SecretString::from),
    }
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
