//! Target of a push: an endpoint at a push service, and the keys by which only the browser can read the message.

use std::fmt;

use chrono::{DateTime, Utc};
use data_encoding::{BASE64URL_NOPAD, DecodeError};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use url::Url;
use web_push_native::p256::PublicKey;
use web_push_native::{Auth, encrypt};

use crate::crypto::CryptoError;
use crate::features::notifications::PushSubscriptionId;
use crate::id::SessionId;

/// The length of the secret that browser and sender share.
const SECRET_BYTES: usize = 16;

/// Error of a browser's keys that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum WrongTarget {
    /// The address is none.
    #[error(
        "this is not the address of a push service; pass `endpoint` of the browser's PushSubscription.toJSON()"
    )]
    Endpoint,
    /// The public key is none.
    #[error(
        "this is not a browser's public key; pass `keys.p256dh` of the browser's PushSubscription.toJSON()"
    )]
    PublicKey,
    /// The secret is none.
    #[error("this is not a browser's secret; pass `keys.auth` of the browser's PushSubscription.toJSON()")]
    Secret,
}

/// Error of a stored push subscription that cannot be read.
#[derive(Debug, Error)]
pub enum TargetError {
    /// The sealed value does not open.
    #[error("a kept browser does not open")]
    Crypto(#[from] CryptoError),
    /// Another version wrote something else.
    #[error("a kept browser cannot be read")]
    Malformed(#[from] serde_json::Error),
}

/// A browser as its user sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Browser {
    /// Its id.
    pub id: PushSubscriptionId,
    /// Session that subscribed it.
    pub session: SessionId,
    /// The host of its push service.
    pub service: String,
    /// Name of the browser.
    pub user_agent: Option<String>,
    /// Time at which it was subscribed.
    pub created_at: DateTime<Utc>,
    /// Time at which its push service last accepted a push.
    pub pushed_at: Option<DateTime<Utc>>,
}

/// Target of a push.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Kept", into = "Kept")]
pub struct Target {
    endpoint: Url,
    p256dh: String,
    auth: String,
}

impl Target {
    /// The browser with these keys, at an address that was checked already.
    ///
    /// # Errors
    /// [`WrongTarget`].
    pub fn new(endpoint: Url, p256dh: &str, auth: &str) -> Result<Self, WrongTarget> {
        let (p256dh, auth) = (p256dh.trim_end_matches('='), auth.trim_end_matches('='));
        public_key(p256dh).ok_or(WrongTarget::PublicKey)?;
        secret(auth).ok_or(WrongTarget::Secret)?;
        Ok(Self {
            endpoint,
            p256dh: p256dh.to_owned(),
            auth: auth.to_owned(),
        })
    }

    /// The keys of these that are none.
    pub fn wrong_keys(p256dh: &str, auth: &str) -> Vec<WrongTarget> {
        let (p256dh, auth) = (p256dh.trim_end_matches('='), auth.trim_end_matches('='));
        let public_key = public_key(p256dh).is_none().then_some(WrongTarget::PublicKey);
        let secret = secret(auth).is_none().then_some(WrongTarget::Secret);
        public_key.into_iter().chain(secret).collect()
    }

    /// The address at the push service.
    pub const fn endpoint(&self) -> &Url {
        &self.endpoint
    }

    /// `plain` as only the browser can read it.
    ///
    /// # Errors
    /// Error when it is too long.
    pub fn seal(&self, plain: Vec<u8>) -> Result<Vec<u8>, web_push_native::Error> {
        let public_key = public_key(&self.p256dh).expect("the key was checked when it was taken");
        let secret = secret(&self.auth).expect("the secret was checked when it was taken");
        encrypt(plain, &public_key, &Auth::from(secret))
    }
}

/// A target as it is kept.
#[derive(Serialize, Deserialize)]
struct Kept {
    endpoint: String,
    p256dh: String,
    auth: String,
}

impl From<Target> for Kept {
    fn from(target: Target) -> Self {
        Self {
            endpoint: target.endpoint.into(),
            p256dh: target.p256dh,
            auth: target.auth,
        }
    }
}

impl TryFrom<Kept> for Target {
    type Error = WrongTarget;

    fn try_from(kept: Kept) -> Result<Self, WrongTarget> {
        let endpoint = Url::parse(&kept.endpoint).map_err(|_| WrongTarget::Endpoint)?;
        Self::new(endpoint, &kept.p256dh, &kept.auth)
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Target(secret)")
    }
}

fn public_key(text: &str) -> Option<PublicKey> {
    PublicKey::from_sec1_bytes(&decode(text).ok()?).ok()
}

fn secret(text: &str) -> Option<[u8; SECRET_BYTES]> {
    decode(text).ok()?.try_into().ok()
}

fn decode(text: &str) -> Result<Vec<u8>, DecodeError> {
    BASE64URL_NOPAD.decode(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    const P256DH: &str =
        "BLn9b-VR0ca83knDNZ32dCHGyjJp-1riX9ZTN40MqV8K_LpQmLqxC_DoHvqvFXO_nGdAB4W9dogZb_sM-uV4JbY";
    const AUTH: &str = "_ordMnz7uTCmrpBTeUV4Bw";

    fn target(p256dh: &str, auth: &str) -> Result<Target, WrongTarget> {
        Target::new("https://push.example/abc".parse().unwrap(), p256dh, auth)
    }

    #[test]
    fn a_browsers_keys_are_taken_with_and_without_padding() {
        assert!(target(P256DH, AUTH).is_ok());
        assert_eq!(
            target(&format!("{P256DH}="), &format!("{AUTH}==")),
            target(P256DH, AUTH)
        );
    }

    #[test]
    fn keys_that_are_none_are_told_apart() {
        let off_the_curve = BASE64URL_NOPAD.encode(&[4; 65]);
        for wrong in ["", "nonsense!", AUTH, &off_the_curve] {
            assert_eq!(target(wrong, AUTH), Err(WrongTarget::PublicKey), "{wrong}");
        }
        for wrong in ["", "nonsense!", P256DH, "AAAA"] {
            assert_eq!(target(P256DH, wrong), Err(WrongTarget::Secret), "{wrong}");
        }
    }

    #[test]
    fn debug_output_shows_no_key() {
        let shown = format!("{:?}", target(P256DH, AUTH).unwrap());
        assert_eq!(shown, "Target(secret)");
    }
}
