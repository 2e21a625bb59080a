//! The claims of a token, and what they prove.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use serde_json::Value;

use super::error::ExternalError;
use crate::features::users::model::LONGEST_EMAIL;

/// Difference between the issuer's clock and ours that is put up with.
const SKEW: TimeDelta = TimeDelta::seconds(60);
const LONGEST_SUBJECT: usize = 255;

/// The claims that are read.
#[derive(Deserialize)]
pub(super) struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    /// The client that a token for several audiences was issued to.
    azp: Option<String>,
    exp: Seconds,
    iat: Seconds,
    nbf: Option<Seconds>,
    auth_time: Option<Seconds>,
    /// How the user signed in; Supabase's entries have times.
    #[serde(default)]
    amr: Value,
    sid: Option<String>,
    /// As `sid`, at Supabase.
    session_id: Option<String>,
    email: Option<String>,
    #[serde(default)]
    email_verified: Value,
    /// What Supabase's server says of a user. Its `user_metadata` is the user's own to write, and is not read.
    #[serde(default)]
    app_metadata: AppMetadata,
    name: Option<String>,
    locale: Option<String>,
    zoneinfo: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct AppMetadata {
    email_verified: Value,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

/// A time as tokens write it, which may have a fraction.
#[derive(Deserialize, Clone, Copy)]
struct Seconds(f64);

impl Seconds {
    fn time(self) -> Option<DateTime<Utc>> {
        let is_usual = self.0.is_finite() && self.0.abs() < 1e11;
        #[expect(clippy::cast_possible_truncation, reason = "its range was looked at")]
        let seconds = is_usual.then(|| self.0.floor() as i64)?;
        DateTime::from_timestamp(seconds, 0)
    }
}

/// What a token proves, whose signature is the issuer's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::features::users) struct Proven {
    pub(in crate::features::users) issuer: String,
    pub(in crate::features::users) subject: String,
    /// The issuer's name for the session; none where it gives none.
    pub(in crate::features::users) session: Option<String>,
    pub(in crate::features::users) issued_at: DateTime<Utc>,
    /// The end of the token, and of the skew behind it.
    pub(in crate::features::users) expires_at: DateTime<Utc>,
    /// The time at which the user proved to the issuer who they are; none where it does not say.
    pub(in crate::features::users) authenticated_at: Option<DateTime<Utc>>,
    pub(in crate::features::users) email: Option<String>,
    /// The issuer itself says that the address is the subject's.
    pub(in crate::features::users) is_email_verified: bool,
    pub(in crate::features::users) name: Option<String>,
    pub(in crate::features::users) locale: Option<String>,
    pub(in crate::features::users) time_zone: Option<String>,
}

impl Claims {
    /// Checks the claims of a token that `issuer` signed for one of `audiences`.
    pub(super) fn check(
        self,
        issuer: &str,
        audiences: &[String],
        now: DateTime<Utc>,
    ) -> Result<Proven, ExternalError> {
        if self.iss != issuer {
            return Err(ExternalError::Invalid("another issuer made it"));
        }
        self.check_audience(audiences)?;
        let (issued_at, expires_at) = self.check_times(now)?;
        if self.sub.is_empty() || self.sub.len() > LONGEST_SUBJECT || self.sub.contains('\0') {
            return Err(ExternalError::Invalid("its subject is empty or too long"));
        }
        Ok(Proven {
            authenticated_at: self.authenticated_at(issued_at),
            is_email_verified: [&self.email_verified, &self.app_metadata.email_verified]
                .into_iter()
                .any(is_true),
            issuer: self.iss,
            subject: self.sub,
            session: self.sid.or(self.session_id).filter(|session| !session.is_empty()),
            issued_at,
            expires_at,
            email: self.email.filter(|email| is_address(email)),
            name: self.name,
            locale: self.locale,
            time_zone: self.zoneinfo,
        })
    }

    fn check_audience(&self, audiences: &[String]) -> Result<(), ExternalError> {
        let is_ours = |named: &String| audiences.contains(named);
        let is_for_us = match &self.aud {
            Audience::One(one) => is_ours(one),
            Audience::Several(several) => several.iter().any(is_ours),
        };
        if !is_for_us {
            return Err(ExternalError::Invalid("it is for another audience"));
        }
        let is_shared = matches!(&self.aud, Audience::Several(several) if several.len() > 1);
        if is_shared && !self.azp.as_ref().is_some_and(is_ours) {
            return Err(ExternalError::Invalid(
                "it is for several audiences, and was issued to a client that is none of this server's",
            ));
        }
        Ok(())
    }

    /// The times of issue and of expiry.
    fn check_times(&self, now: DateTime<Utc>) -> Result<(DateTime<Utc>, DateTime<Utc>), ExternalError> {
        let times = (self.iat.time(), self.exp.time());
        let (Some(issued_at), Some(expires_at)) = times else {
            return Err(ExternalError::Invalid("its times are none"));
        };
        let starts_at = match self.nbf.map(Seconds::time) {
            Some(None) => return Err(ExternalError::Invalid("its times are none")),
            Some(Some(starts_at)) => starts_at.max(issued_at),
            None => issued_at,
        };
        if starts_at > now + SKEW {
            return Err(ExternalError::Invalid("it is of a time to come"));
        }
        let ends_at = expires_at + SKEW;
        if ends_at <= now {
            return Err(ExternalError::Expired(expires_at));
        }
        Ok((issued_at, ends_at))
    }

    /// The last time at which the user gave a password, a code or the like; never later than the token was issued.
    fn authenticated_at(&self, issued_at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let of_methods = self.amr.as_array().into_iter().flatten().filter_map(|method| {
            let seconds = method.get("timestamp")?.as_f64()?;
            Seconds(seconds).time()
        });
        let named = self.auth_time.and_then(Seconds::time);
        let at = named.or_else(|| of_methods.max())?;
        Some(at.min(issued_at))
    }
}

/// False for what no address can be: Supabase writes an empty one where there is none.
fn is_address(email: &str) -> bool {
    !email.trim().is_empty() && email.len() <= LONGEST_EMAIL && !email.contains('\0')
}

/// True for `true`, which some issuers write as a text.
fn is_true(value: &Value) -> bool {
    value.as_bool() == Some(true) || value.as_str() == Some("true")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: i64 = 1_800_000_000;

    fn check(change: &Value) -> Result<Proven, ExternalError> {
        let mut claims = json!({
            "iss": "https://issuer.example", "sub": "alice", "aud": "amda", "iat": NOW - 10, "exp": NOW + 300,
        });
        for (name, value) in change.as_object().unwrap() {
            claims[name] = value.clone();
        }
        let claims: Claims = serde_json::from_value(claims).unwrap();
        let now = DateTime::from_timestamp(NOW, 0).unwrap();
        let audiences = ["amda".to_owned(), "web".to_owned()];
        claims.check("https://issuer.example", &audiences, now)
    }

    #[test]
    fn the_clocks_may_differ_by_a_minute_and_no_more() {
        for good in [
            json!({ "exp": NOW - 59 }),
            json!({ "iat": NOW + 60 }),
            json!({ "nbf": NOW + 60 }),
            json!({ "iat": f64::from(1_799_999_990) + 0.5 }),
        ] {
            assert!(check(&good).is_ok(), "{good}");
        }
        assert!(matches!(
            check(&json!({ "exp": NOW - 60 })),
            Err(ExternalError::Expired(_))
        ));
        for bad in [
            json!({ "iat": NOW + 61 }),
            json!({ "nbf": NOW + 61 }),
            json!({ "exp": 1e300 }),
        ] {
            assert!(matches!(check(&bad), Err(ExternalError::Invalid(_))), "{bad}");
        }
    }

    #[test]
    fn a_token_for_several_audiences_must_have_been_issued_to_one_of_ours() {
        for good in [
            json!({ "aud": ["amda"] }),
            json!({ "aud": ["amda", "other"], "azp": "web" }),
        ] {
            assert!(check(&good).is_ok(), "{good}");
        }
        for bad in [
            json!({ "aud": "other" }),
            json!({ "aud": [] }),
            json!({ "aud": ["amda", "other"] }),
            json!({ "aud": ["amda", "other"], "azp": "other" }),
            json!({ "iss": "https://issuer.example/" }),
            json!({ "sub": "" }),
        ] {
            assert!(check(&bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_address_is_verified_where_the_issuer_says_so_and_not_where_the_user_can() {
        let is_verified = |claims: Value| check(&claims).unwrap().is_email_verified;

        assert!(is_verified(json!({ "email_verified": true })));
        assert!(is_verified(json!({ "email_verified": "true" })));
        assert!(is_verified(json!({ "app_metadata": { "email_verified": true } })));
        assert!(!is_verified(json!({ "email_verified": false })));
        assert!(!is_verified(json!({ "email_verified": 1 })));
        assert!(!is_verified(
            json!({ "user_metadata": { "email_verified": true } })
        ));
        assert!(!is_verified(json!({})));
    }

    #[test]
    fn the_time_of_the_sign_in_is_read_as_openid_and_as_supabase_write_it() {
        let at = |claims: Value| check(&claims).unwrap().authenticated_at.map(|at| at.timestamp());

        assert_eq!(at(json!({ "auth_time": NOW - 100 })), Some(NOW - 100));
        let methods = json!([{ "method": "otp", "timestamp": NOW - 70 }, { "timestamp": NOW - 90 }]);
        assert_eq!(at(json!({ "amr": methods })), Some(NOW - 70));
        assert_eq!(at(json!({ "amr": ["pwd"] })), None);
        assert_eq!(
            at(json!({ "auth_time": NOW + 1_000 })),
            Some(NOW - 10),
            "never after the issue"
        );
    }
}
