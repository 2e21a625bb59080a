//! The signatures of webhooks.

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::Serialize;
use sha2::Sha256;

use super::ids::hex;
use super::object::{Object as _, found};
use super::refusal::Result;
use super::state::State;

/// A webhook as it is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SignedWebhook {
    /// The id of the event.
    pub event: String,
    /// The body: the event as JSON.
    pub body: String,
    /// The header `Stripe-Signature`.
    pub signature: String,
}

/// The header for a body: a `v1` for each secret, and a `v0`, which is not to be trusted and only sent to tests.
pub(super) fn header(secrets: &[String], moment: i64, body: &str) -> String {
    let signed = format!("{moment}.{body}");
    let mut parts = vec![format!("t={moment}")];
    parts.extend(
        secrets
            .iter()
            .map(|secret| format!("v1={}", mac(secret, &signed))),
    );
    parts.push(format!("v0={}", mac("v0", &signed)));
    parts.join(",")
}

fn mac(secret: &str, signed: &str) -> String {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("an HMAC takes a key of any length");
    mac.update(signed.as_bytes());
    hex(&mac.finalize().into_bytes())
}

impl State {
    /// An event as a webhook, signed now.
    pub(super) fn signed(&self, event: &str, secrets: &[String]) -> Result<SignedWebhook> {
        let rendered = found(&self.events, event)?.render(self);
        let body = format!("{rendered:#}");
        let signature = header(secrets, self.time.server(), &body);
        Ok(SignedWebhook {
            event: event.to_owned(),
            body,
            signature,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_covers_the_moment_and_the_body() {
        let secrets = ["whsec_test".to_owned()];

        let header = header(&secrets, 1_700_000_000, "{}");

        // As `openssl dgst -sha256 -hmac whsec_test` says of "1700000000.{}".
        let expected = "t=1700000000,v1=35495024f4ef3f94e5a93e22221544c4b75e9a42300cd965ab81cb85cd994e91,v0=";
        assert!(header.starts_with(expected), "{header}");
    }

    #[test]
    fn every_secret_signs() {
        let header = header(&["a".to_owned(), "b".to_owned()], 1, "{}");

        assert_eq!(header.matches(",v1=").count(), 2);
        assert_eq!(header.matches(",v0=").count(), 1);
    }
}
