//! The addresses of media: a path, and the signed query without which the server refuses it.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use super::random;
use super::time;

/// The host that media URLs name; a client reaches it wherever it was told that the simulator listens.
pub(super) const HOST: &str = "mmg.whatsapp.net";
/// Time for which an address is served, in seconds.
const LIFETIME: u64 = 14 * 24 * 3_600;

/// A direct path that nothing has yet: the path with its query.
pub(super) fn fresh_direct_path() -> String {
    let path = format!("/v/t62.7118-24/{}.enc", random::message_id());
    let expiry = format!("{:X}", time::now() + LIFETIME);
    let signature = signature(&path, &expiry);
    format!("{path}?ccb=11-4&oh={signature}&oe={expiry}&_nc_sid=5e03e0")
}

/// The whole URL of a direct path.
pub(super) fn url(direct_path: &str) -> String {
    format!("https://{HOST}{direct_path}&mms3=true")
}

/// A direct path without its query.
pub(super) fn path(direct_path: &str) -> &str {
    direct_path.split('?').next().unwrap_or(direct_path)
}

/// True when a query carries the signature of the path, and is not too old. What clients add to it does not matter.
pub(super) fn is_signed(path: &str, query: Option<&str>) -> bool {
    let parameters = query.unwrap_or_default().split('&');
    let value = |key: &str| {
        let mut pairs = parameters.clone().filter_map(|pair| pair.split_once('='));
        pairs.find(|(name, _)| *name == key).map(|(_, value)| value)
    };
    let (Some(given), Some(expiry)) = (value("oh"), value("oe")) else {
        return false;
    };
    let is_current = u64::from_str_radix(expiry, 16).is_ok_and(|expiry| expiry > time::now());
    is_current && given == signature(path, expiry)
}

fn signature(path: &str, expiry: &str) -> String {
    let digest = Sha256::digest(format!("{path} {expiry}"));
    format!("01_{}", BASE64_URL_SAFE_NO_PAD.encode(digest))
}

/// The token of an upload: the hash of its body.
pub(super) fn token(body: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_signed_query_of_a_path_opens_it_whatever_clients_add() {
        let direct = fresh_direct_path();
        let other = fresh_direct_path();
        let (at, query) = direct.split_once('?').unwrap();
        let opens = |query: &str| is_signed(at, Some(query));

        assert!(opens(query));
        assert!(opens(&format!("{query}&hash=abc&mms-type=image&__wa-mms=")));
        assert!(opens(&format!("{query}?token=abc")));
        assert!(url(&direct).ends_with("&mms3=true"));
        assert!(!is_signed(at, None));
        assert!(!is_signed(path(&other), Some(query)));
        assert!(!opens(&query.replace("&oe=", "&oe=F")));
    }
}
