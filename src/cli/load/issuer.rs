//! The issuer of the users' tokens, which the servers trust: so nobody has a password to hash, nor a limit of registrations.

use data_encoding::{BASE64, BASE64URL_NOPAD};
use ring::hmac;
use serde_json::{Value, json};

use crate::clock::{Clock as _, SystemClock};
use crate::crypto::random_bytes;

/// The name of the issuer. Nothing listens there: tokens that are signed with a shared secret need no address.
const NAME: &str = "http://127.0.0.1/amda-load";
const AUDIENCE: &str = "amda-load";
/// Lifetime of a token, longer than any measurement.
const LIFE_SECONDS: i64 = 2 * 24 * 60 * 60;

/// Signs tokens.
pub(super) struct Issuer {
    secret: String,
}

impl Issuer {
    pub(super) fn new() -> Self {
        Self {
            secret: BASE64.encode(&random_bytes::<32>()),
        }
    }

    /// The settings of a server that accepts the tokens.
    pub(super) fn settings(&self) -> [(&'static str, &str); 3] {
        [
            ("AMDA_AUTH_ISSUER", NAME),
            ("AMDA_AUTH_AUDIENCE", AUDIENCE),
            ("AMDA_AUTH_JWT_SECRET", &self.secret),
        ]
    }

    /// A token of the user `name`, whom the first server that sees it makes a user.
    pub(super) fn token(&self, name: &str) -> String {
        let now = SystemClock.now().timestamp();
        let header = json!({ "alg": "HS256", "typ": "JWT" });
        let claims = json!({
            "iss": NAME,
            "aud": AUDIENCE,
            "sub": name,
            "sid": name,
            "email": format!("{name}@load.example"),
            "email_verified": true,
            "iat": now,
            "exp": now + LIFE_SECONDS,
        });
        let encode = |part: &Value| BASE64URL_NOPAD.encode(part.to_string().as_bytes());
        let message = format!("{}.{}", encode(&header), encode(&claims));
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.secret.as_bytes());
        let tag = hmac::sign(&key, message.as_bytes());
        format!("{message}.{}", BASE64URL_NOPAD.encode(tag.as_ref()))
    }
}
