//! The codes of authenticator apps, by RFC 6238 and as all of these apps know it: six digits, 30 seconds, SHA-1.

use chrono::{DateTime, Utc};
use totp_rs::Builder;
use zeroize::Zeroizing;

use super::TwoFactorMethodId;
use crate::crypto::{CryptoError, DataKey, belongs_to, random_bytes};

/// The number of digits of a code.
pub(super) const DIGITS: u8 = 6;
const STEP_SECS: u64 = 30;
/// Steps before and after the present one whose codes are good: clocks differ, and typing takes time.
const SKEW_STEPS: u16 = 1;
/// The name of the service in the app.
const ISSUER: &str = "AMDA";
/// The length that RFC 4226 recommends.
const SECRET_BYTES: usize = 20;

/// The secret that an authenticator app shares with the server.
pub(super) struct TotpSecret(Zeroizing<[u8; SECRET_BYTES]>);

impl TotpSecret {
    pub(super) fn generate() -> Self {
        Self(Zeroizing::new(random_bytes()))
    }

    /// The secret, sealed for its row.
    pub(super) fn seal(&self, key: &DataKey, id: TwoFactorMethodId) -> Vec<u8> {
        key.seal(&place(id), &*self.0)
    }

    /// Opens what [`Self::seal`] sealed for the same row.
    ///
    /// # Errors
    /// [`CryptoError::Malformed`] or [`CryptoError::Tampered`].
    pub(super) fn open(key: &DataKey, id: TwoFactorMethodId, sealed: &[u8]) -> Result<Self, CryptoError> {
        let plain = Zeroizing::new(key.open(&place(id), sealed)?);
        let bytes = <[u8; SECRET_BYTES]>::try_from(plain.as_slice());
        Ok(Self(Zeroizing::new(bytes.map_err(|_| CryptoError::Malformed)?)))
    }

    /// The secret as it is typed into an app.
    pub(super) fn to_base32(&self) -> String {
        self.codes().build_noncompliant().secret().to_base32()
    }

    /// The URI that an app reads from a QR code, for the user with this e-mail address.
    pub(super) fn uri(&self, email: &str) -> String {
        // A colon parts the issuer from the name, so the name has none.
        let name = email.replace(':', "");
        let codes = self.codes().with_issuer(Some(ISSUER)).with_account_name(name);
        let uri = codes.build_noncompliant().to_url();
        uri.expect("a name without colons is the name of an account")
    }

    /// The step whose code this is at the time `at`; none when it is that of no step that is good then. How much of the
    /// code is right does not show in the time that it takes.
    pub(super) fn find_step(&self, code: &str, at: DateTime<Utc>) -> Option<i64> {
        let seconds = u64::try_from(at.timestamp()).ok()?;
        let step = self.codes().build_noncompliant().check(code, seconds)?;
        i64::try_from(step).ok()
    }

    /// The rules of the codes; each number is within what the RFC allows.
    fn codes(&self) -> Builder {
        Builder::new()
            .with_digits(DIGITS)
            .with_step_duration(STEP_SECS)
            .with_skew(SKEW_STEPS)
            .with_secret(*self.0)
    }
}

fn place(id: TwoFactorMethodId) -> String {
    belongs_to("two_factor_methods", "sealed_secret", id)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The secret of the vectors in appendix B of RFC 6238.
    fn of_the_rfc() -> TotpSecret {
        TotpSecret(Zeroizing::new(*b"12345678901234567890"))
    }

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn the_codes_are_the_last_six_digits_of_the_vectors_of_rfc_6238() {
        let vectors = [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ];

        for (seconds, code) in vectors {
            let found = of_the_rfc().find_step(&code[2..], at(seconds));
            assert_eq!(found, Some(seconds / 30), "{seconds}");
        }
    }

    #[test]
    fn a_code_is_good_one_step_early_and_one_step_late_and_no_longer() {
        let (secret, code) = (of_the_rfc(), "081804");
        let step = 1_111_111_109 / 30;
        let begin = step * 30;

        for good in [begin - 30, begin - 1, begin, begin + 29, begin + 30, begin + 59] {
            assert_eq!(secret.find_step(code, at(good)), Some(step), "{}", good - begin);
        }
        for bad in [begin - 31, begin + 60] {
            assert_eq!(secret.find_step(code, at(bad)), None, "{}", bad - begin);
        }
    }

    #[test]
    fn what_is_not_six_digits_is_no_code() {
        for wrong in ["", "28708", "2870822", "+87082", "28708x", "２８７０８２"] {
            assert_eq!(of_the_rfc().find_step(wrong, at(59)), None, "{wrong}");
        }
    }

    #[test]
    fn the_uri_names_the_service_and_the_user_and_holds_the_secret() {
        let secret = of_the_rfc();

        assert_eq!(secret.to_base32(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(
            secret.uri("alice@example.org"),
            "otpauth://totp/AMDA:alice%40example.org?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=AMDA"
        );
    }

    #[test]
    fn a_sealed_secret_opens_in_its_row_only() {
        let (key, secret) = (DataKey::generate(), TotpSecret::generate());
        let ids = crate::id::Ids::new(std::sync::Arc::new(crate::clock::SystemClock));
        let (own, other): (TwoFactorMethodId, TwoFactorMethodId) = (ids.next(), ids.next());

        let sealed = secret.seal(&key, own);

        let opened = TotpSecret::open(&key, own, &sealed).unwrap();
        assert_eq!(*opened.0, *secret.0);
        assert!(TotpSecret::open(&key, other, &sealed).is_err());
    }
}
