//! The signature of a webhook: `t=<seconds>,v1=<hex>`, an HMAC-SHA-256 over the time and the body.

use chrono::{DateTime, TimeDelta, Utc};
use data_encoding::HEXLOWER;
use ring::hmac;
use secrecy::{ExposeSecret, SecretString};
use thiserror::Error;

/// The greatest difference between the signature's time and ours.
const TOLERANCE: TimeDelta = TimeDelta::seconds(300);
/// Maximum number of signatures that are looked at.
const MAX_SIGNATURES: usize = 4;

/// The signature is none of ours, or too old. It is not said which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the signature is not good")]
pub struct BadSignature;

/// Checks that one of `secrets` signed `body` within [`TOLERANCE`] of `now`.
///
/// # Errors
/// [`BadSignature`].
pub(super) fn check(
    secrets: &[SecretString],
    header: Option<&str>,
    body: &[u8],
    now: DateTime<Utc>,
) -> Result<(), BadSignature> {
    let header = header.ok_or(BadSignature)?;
    let mut at = None;
    let mut signatures = Vec::new();
    for (name, value) in header.split(',').filter_map(|part| part.trim().split_once('=')) {
        match name {
            "t" if at.is_none() => at = Some(value),
            "v1" if signatures.len() < MAX_SIGNATURES => signatures.extend(HEXLOWER.decode(value.as_bytes())),
            _ => {}
        }
    }
    let at = at.ok_or(BadSignature)?;
    let seconds: i64 = at.parse().map_err(|_| BadSignature)?;
    let time = DateTime::from_timestamp(seconds, 0).ok_or(BadSignature)?;
    // First, because it costs nothing.
    if (now - time).abs() > TOLERANCE {
        return Err(BadSignature);
    }
    // The text of the time is signed, not its number.
    let signed = [at.as_bytes(), b".", body].concat();
    let is_signed = secrets.iter().any(|secret| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose_secret().as_bytes());
        let mut signatures = signatures.iter();
        signatures.any(|signature| hmac::verify(&key, &signed, signature).is_ok())
    });
    is_signed.then_some(()).ok_or(BadSignature)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = br#"{"id":"evt_1"}"#;
    const AT: i64 = 1_800_000_000;

    fn secrets(names: &[&str]) -> Vec<SecretString> {
        names.iter().map(|name| SecretString::from(*name)).collect()
    }

    fn v1(secret: &str, at: i64, body: &[u8]) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        let signed = [at.to_string().as_bytes(), b".", body].concat();
        HEXLOWER.encode(hmac::sign(&key, &signed).as_ref())
    }

    fn now_plus(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(AT + seconds, 0).unwrap()
    }

    fn is_good(header: &str, seconds: i64) -> bool {
        check(
            &secrets(&["whsec_a", "whsec_b"]),
            Some(header),
            BODY,
            now_plus(seconds),
        )
        .is_ok()
    }

    #[test]
    fn any_of_the_secrets_and_any_of_the_signatures_will_do() {
        let (good, other) = (v1("whsec_b", AT, BODY), v1("whsec_c", AT, BODY));

        assert!(is_good(&format!("t={AT},v1={good}"), 0));
        assert!(is_good(&format!("t={AT},v1={other},v1={good},v0=00"), 0));
        assert!(is_good(&format!("v1={good}, t={AT}"), 0));
        assert!(!is_good(&format!("t={AT},v1={other}"), 0));
    }

    #[test]
    fn a_signature_is_good_for_five_minutes_around_its_time() {
        let header = format!("t={AT},v1={}", v1("whsec_a", AT, BODY));

        assert!(is_good(&header, 300) && is_good(&header, -300));
        assert!(!is_good(&header, 301) && !is_good(&header, -301));
    }

    #[test]
    fn another_time_or_body_than_the_signed_one_is_refused() {
        let signature = v1("whsec_a", AT, BODY);

        assert!(!is_good(&format!("t={},v1={signature}", AT + 1), 0));
        assert!(!is_good(&format!("t={AT},v1={}", v1("whsec_a", AT, b"{}")), 0));
        assert!(!is_good(&format!("t={AT},v1={}", &signature[..62]), 0));
        assert!(!is_good(&format!("t={AT},v0={signature}"), 0));
        for header in [
            "",
            "t=,v1=",
            "nonsense",
            "t=x,v1=00",
            "v1=00",
            "t=99999999999999999999,v1=00",
        ] {
            assert!(!is_good(header, 0), "{header}");
        }
        assert_eq!(
            check(&secrets(&["whsec_a"]), None, BODY, now_plus(0)),
            Err(BadSignature)
        );
        assert!(check(&[], Some(&format!("t={AT},v1={signature}")), BODY, now_plus(0)).is_err());
    }
}
