use std::fmt;

use chrono::{DateTime, Utc};
use data_encoding::BASE64;
use ring::hmac;
use zeroize::Zeroizing;

use crate::id::Ids;

const PREFIX: &str = "whsec_";
const SECRET_BYTES: usize = 32;

/// Secret that signs an endpoint's requests, as Standard Webhooks specifies.
#[derive(Clone)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// A new one.
    pub(super) fn make(ids: &Ids) -> Self {
        let mut bytes = Zeroizing::new(vec![0; SECRET_BYTES]);
        ids.fill(&mut bytes);
        Self(bytes)
    }

    pub(super) fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Text form, shown to the owner once.
    pub fn reveal(&self) -> String {
        format!("{PREFIX}{}", BASE64.encode(&self.0))
    }

    /// The signature of one request.
    fn sign(&self, id: &str, at: DateTime<Utc>, body: &[u8]) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.0);
        let mut signed = format!("{id}.{}.", at.timestamp()).into_bytes();
        signed.extend_from_slice(body);
        format!("v1,{}", BASE64.encode(hmac::sign(&key, &signed).as_ref()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// The `webhook-signature` header: one signature for each secret that is good.
pub(super) fn sign<'a>(
    secrets: impl IntoIterator<Item = &'a Secret>,
    id: &str,
    at: DateTime<Utc>,
    body: &[u8],
) -> String {
    let signatures: Vec<_> = secrets
        .into_iter()
        .map(|secret| secret.sign(id, at, body))
        .collect();
    signatures.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification.
    fn example() -> Secret {
        Secret::from_bytes(BASE64.decode(b"C2FVsBQIhrscChlQIMV+b5sSYspob7oD").unwrap())
    }

    #[test]
    fn a_request_is_signed_as_the_specification_has_it() {
        let at = DateTime::from_timestamp(1_649_367_553, 0).unwrap();
        let body = br#"{"email":"test@example.com","username":"test_user"}"#;
        let id = "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk";

        let signature = sign([&example()], id, at, body);

        assert_eq!(signature, "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=");
        assert_eq!(
            sign([&example(), &example()], id, at, body),
            format!("{signature} {signature}")
        );
    }

    #[test]
    fn a_secret_is_shown_only_when_it_is_meant_to_be() {
        assert_eq!(example().reveal(), "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD");
        assert_eq!(format!("{:?}", example()), "Secret");
    }
}
