use secrecy::{ExposeSecret, SecretString};

use super::recovery_codes::RecoveryCode;
use super::totp::DIGITS;
use crate::features::users::model::Mistake;

/// Field of the inputs that holds a code.
const FIELD: &str = "code";

/// A code that proves a second factor. It is well-formed; nobody knows yet whether it is right.
pub(in crate::features::users) enum Code {
    /// The digits that an authenticator app shows.
    Totp(SecretString),
    /// A code of the user's sheet, in place of the app.
    Recovery(RecoveryCode),
}

impl Code {
    /// Reads a code as people write it, with spaces and in either case.
    pub(in crate::features::users) fn parse(text: &SecretString) -> Result<Self, Mistake> {
        if let Some(digits) = digits(text) {
            return Ok(Self::Totp(digits));
        }
        let recovery = RecoveryCode::parse(text.expose_secret()).map(Self::Recovery);
        recovery.ok_or_else(|| {
            let message = "this is not a code; write the 6 digits that the authenticator app shows, or a recovery code \
                           like abcd-efgh-ijkl-mnop";
            Mistake::new(FIELD, message)
        })
    }
}

/// Reads the digits of an authenticator app, for what no recovery code can stand for.
pub(super) fn parse_digits(text: &SecretString) -> Result<SecretString, Mistake> {
    digits(text).ok_or_else(|| {
        let message = "this is not a code; write the 6 digits that the authenticator app shows";
        Mistake::new(FIELD, message)
    })
}

fn digits(text: &SecretString) -> Option<SecretString> {
    let digits: String = text
        .expose_secret()
        .chars()
        .filter(|c| !c.is_whitespace())
        .collect();
    let is_code = digits.len() == usize::from(DIGITS) && digits.bytes().all(|b| b.is_ascii_digit());
    is_code.then(|| digits.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_and_recovery_codes_are_told_apart_and_from_other_text() {
        for digits in ["123456", " 123 456 ", "000000"] {
            assert!(
                matches!(Code::parse(&digits.into()), Ok(Code::Totp(_))),
                "{digits}"
            );
        }
        for recovery in ["abcd-efgh-ijkl-mn23", "ABCD EFGH IJKL MN23", "abcdefghijklmn23"] {
            let parsed = Code::parse(&recovery.into());
            assert!(matches!(parsed, Ok(Code::Recovery(_))), "{recovery}");
        }
        for neither in [
            "",
            " ",
            "12345",
            "1234567",
            "12345x",
            "abcd-efgh-ijkl-mn1",
            "abcd-efgh-ijkl-mn10",
            "１２３４５６",
        ] {
            let Err(mistake) = Code::parse(&neither.into()) else {
                panic!("{neither}");
            };
            assert_eq!(mistake.field, "code");
            assert!(neither.trim().is_empty() || !mistake.message.contains(neither));
        }
    }

    #[test]
    fn a_setup_takes_digits_only() {
        assert!(parse_digits(&"123 456".into()).is_ok());
        assert!(parse_digits(&"abcd-efgh-ijkl-mn23".into()).is_err());
    }
}
