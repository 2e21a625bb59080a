use secrecy::{ExposeSecret, SecretString};

use super::sessions::REFRESH_TOKEN_LIFE;
use crate::graphql::REFRESH_COOKIE;

/// The `Set-Cookie` that gives a browser its refresh token: out of reach of scripts and of other sites, and sent to
/// the one path that reads it.
pub(super) fn set(token: &SecretString, is_https: bool) -> String {
    let seconds = REFRESH_TOKEN_LIFE.num_seconds();
    format!(
        "{REFRESH_COOKIE}={}; Max-Age={seconds}{}",
        token.expose_secret(),
        attributes(is_https)
    )
}

/// The `Set-Cookie` that makes a browser forget its refresh token.
pub(super) fn clear(is_https: bool) -> String {
    format!("{REFRESH_COOKIE}=; Max-Age=0{}", attributes(is_https))
}

/// A browser would not keep a `Secure` cookie of a plain http site, which self-hosters begin with.
const fn attributes(is_https: bool) -> &'static str {
    if is_https {
        "; Path=/graphql; HttpOnly; SameSite=Strict; Secure"
    } else {
        "; Path=/graphql; HttpOnly; SameSite=Strict"
    }
}
