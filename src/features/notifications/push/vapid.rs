//! VAPID identity: a signature for each push that proves that it comes from the server the browser subscribed to.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use data_encoding::BASE64URL_NOPAD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::json;
use thiserror::Error;
use url::Url;
use web_push_native::p256::SecretKey;

/// Lifetime of a signature; push services allow a day at most.
const GOOD_FOR: TimeDelta = TimeDelta::hours(12);

/// The key is not one of the curve.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the VAPID key is not a private key of the curve P-256")]
pub struct VapidError;

/// Signs pushes.
pub struct Vapid {
    key: EcdsaKeyPair,
    contact: String,
}

impl Vapid {
    /// A signer with this private key. `contact` is where a push service reaches the operator: `mailto:` or `https:`.
    ///
    /// # Errors
    /// [`VapidError`].
    pub fn new(private: &[u8], contact: String) -> Result<Self, VapidError> {
        let secret = SecretKey::from_slice(private).map_err(|_| VapidError)?;
        let public = secret.public_key().to_sec1_bytes();
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let random = SystemRandom::new();
        let key = EcdsaKeyPair::from_private_key_and_public_key(algorithm, private, &public, &random)
            .map_err(|_| VapidError)?;
        Ok(Self { key, contact })
    }

    /// The public key, as a browser takes it as `applicationServerKey`.
    pub fn public_key(&self) -> String {
        BASE64URL_NOPAD.encode(self.key.public_key().as_ref())
    }

    /// The `Authorization` of a push to `endpoint`.
    pub fn authorization(&self, endpoint: &Url, now: DateTime<Utc>) -> String {
        let header = json!({ "typ": "JWT", "alg": "ES256" });
        let claims = json!({
            "aud": endpoint.origin().ascii_serialization(),
            "exp": (now + GOOD_FOR).timestamp(),
            "sub": self.contact,
        });
        let encoded = |part: &serde_json::Value| BASE64URL_NOPAD.encode(part.to_string().as_bytes());
        let signed = format!("{}.{}", encoded(&header), encoded(&claims));
        let signature = self
            .key
            .sign(&SystemRandom::new(), signed.as_bytes())
            .expect("the operating system has randomness");
        let signature = BASE64URL_NOPAD.encode(signature.as_ref());
        format!("vapid t={signed}.{signature}, k={}", self.public_key())
    }
}

impl fmt::Debug for Vapid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vapid({})", self.public_key())
    }
}
