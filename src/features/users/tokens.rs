//! Access tokens: who asks, signed, good for a quarter of an hour.
//!
//! A token is checked without the database: its signature, its end, and that its session was not revoked (the sessions
//! revoked since any living token was issued are held in memory, see [`Revocations`]).

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use uuid::Uuid;

use super::access_tokens::AccessTokenCache;
use super::revocations::Revocations;
use super::signing;
use crate::clock::SharedClock;
use crate::graphql::{Credential, Viewer};
use crate::id::{Ids, SessionId, UserId};

/// Lifetime of an access token.
pub const ACCESS_TOKEN_LIFE: TimeDelta = TimeDelta::minutes(15);

const ISSUER: &str = "amda";
const AUDIENCE: &str = "amda-api";

/// Error of a refused access token.
#[derive(Debug, Error)]
pub enum TokenError {
    /// Malformed, changed, of another algorithm, or signed with another secret.
    #[error("the access token is not one that this server issued")]
    Invalid(#[from] jsonwebtoken::errors::Error),
    /// Expired: older than a quarter of an hour.
    #[error("the access token expired at {0}; refresh the session")]
    Expired(DateTime<Utc>),
    /// Session was logged out or revoked.
    #[error("the session of this access token was ended; log in again")]
    Revoked,
}

/// A new access token.
#[derive(Debug, Clone)]
pub struct SignedToken {
    /// Text that is sent as `Authorization: Bearer …`.
    pub token: SecretString,
    /// Time at which it expires.
    pub expires_at: DateTime<Utc>,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    sub: UserId,
    sid: SessionId,
    iss: String,
    aud: String,
    iat: i64,
    exp: i64,
    jti: Uuid,
}

/// Issues and verifies access tokens.
pub struct TokenService {
    clock: SharedClock,
    ids: Arc<Ids>,
    encoding: EncodingKey,
    decoding: DecodingKey,
    validation: Validation,
    revocations: Revocations,
    /// The personal access tokens that were used lately.
    pub(super) access_tokens: AccessTokenCache,
}

impl TokenService {
    /// Signs with `secret`: at least 32 random bytes, the same on every node.
    pub fn new(clock: SharedClock, ids: Arc<Ids>, secret: &SecretSlice<u8>) -> Self {
        signing::install();
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        // The library asks the machine's clock; `verify` asks ours.
        validation.validate_exp = false;
        Self {
            clock,
            ids,
            encoding: EncodingKey::from_secret(secret.expose_secret()),
            decoding: DecodingKey::from_secret(secret.expose_secret()),
            validation,
            revocations: Revocations::default(),
            access_tokens: AccessTokenCache::default(),
        }
    }

    /// Verifies `token` and returns its viewer. Costs some microseconds and no query.
    ///
    /// # Errors
    /// [`TokenError`].
    pub fn verify(&self, token: &str) -> Result<Viewer, TokenError> {
        let claims = jsonwebtoken::decode::<Claims>(token, &self.decoding, &self.validation)?.claims;
        let expires_at = DateTime::from_timestamp(claims.exp, 0).unwrap_or_default();
        if expires_at <= self.clock.now() {
            return Err(TokenError::Expired(expires_at));
        }
        let viewer = Viewer {
            user: claims.sub,
            credential: Credential::Session(claims.sid),
            expires_at,
        };
        if self.is_revoked(&viewer) {
            return Err(TokenError::Revoked);
        }
        Ok(viewer)
    }

    fn is_revoked(&self, viewer: &Viewer) -> bool {
        let issued_at = viewer.expires_at - ACCESS_TOKEN_LIFE;
        let is_ended = |session| self.revocations.contains(session, issued_at);
        viewer.session().is_some_and(is_ended) || self.revocations.is_deleted(viewer.user)
    }

    /// Returns when the session of somebody who was verified earlier ends: for sockets, which outlive a request.
    pub async fn until_revoked(&self, viewer: &Viewer) {
        let mut endings = self.revocations.subscribe();
        // The sender lives as long as `self`, so the wait cannot fail.
        let _ = endings.wait_for(|()| self.is_revoked(viewer)).await;
    }

    /// Issues a token for `session` of `user` that lives from `now`.
    pub(super) fn issue(
        &self,
        user: UserId,
        session: SessionId,
        now: DateTime<Utc>,
    ) -> Result<SignedToken, jsonwebtoken::errors::Error> {
        let exp = (now + ACCESS_TOKEN_LIFE).timestamp();
        let claims = Claims {
            sub: user,
            sid: session,
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            iat: now.timestamp(),
            exp,
            jti: self.ids.next(),
        };
        let token = jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.encoding)?;
        Ok(SignedToken {
            token: token.into(),
            expires_at: DateTime::from_timestamp(exp, 0).unwrap_or(now),
        })
    }

    /// Refuses the access tokens of the users with these tombstones from now on.
    pub(super) fn refuse_deleted(&self, hashes: &[Vec<u8>]) {
        self.revocations
            .add_deleted(hashes, self.clock.now(), ACCESS_TOKEN_LIFE);
    }

    /// Refuses the access tokens of `sessions` from now on.
    pub(super) fn revoke(&self, sessions: &[SessionId]) {
        self.revocations
            .add(sessions, self.clock.now(), ACCESS_TOKEN_LIFE);
    }
}

impl std::fmt::Debug for TokenService {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TokenService({:?})", self.revocations)
    }
}

#[cfg(test)]
mod tests {
    use data_encoding::BASE64URL_NOPAD;
    use ring::hmac;

    use super::*;
    use crate::clock::ManualClock;

    const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";

    struct Bench {
        clock: Arc<ManualClock>,
        ids: Arc<Ids>,
        tokens: TokenService,
    }

    fn bench() -> Bench {
        let clock = Arc::new(ManualClock::new("2026-11-23T10:00:00Z".parse().unwrap()));
        let ids = Arc::new(Ids::seeded(Arc::<ManualClock>::clone(&clock), 7));
        let tokens = service(&clock, &ids, SECRET);
        Bench { clock, ids, tokens }
    }

    fn service(clock: &Arc<ManualClock>, ids: &Arc<Ids>, secret: &[u8]) -> TokenService {
        let clock: SharedClock = Arc::<ManualClock>::clone(clock);
        TokenService::new(clock, Arc::clone(ids), &secret.to_vec().into())
    }

    impl Bench {
        fn issue(&self) -> (UserId, SessionId, String) {
            let (user, session) = (self.ids.next(), self.ids.next());
            let now = crate::clock::Clock::now(&*self.clock);
            let access = self.tokens.issue(user, session, now).unwrap();
            (user, session, access.token.expose_secret().to_owned())
        }
    }

    /// `token` with its header and claims changed, signed again with `secret`.
    fn forge(
        token: &str,
        change: impl Fn(&mut serde_json::Value, &mut serde_json::Value),
        secret: &[u8],
    ) -> String {
        let mut parts = token.split('.').map(|part| {
            let bytes = BASE64URL_NOPAD.decode(part.as_bytes()).unwrap();
            serde_json::from_slice::<serde_json::Value>(&bytes).unwrap_or_default()
        });
        let (mut header, mut claims) = (parts.next().unwrap(), parts.next().unwrap());
        change(&mut header, &mut claims);
        let encode = |part: &serde_json::Value| BASE64URL_NOPAD.encode(part.to_string().as_bytes());
        let message = format!("{}.{}", encode(&header), encode(&claims));
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), message.as_bytes());
        format!("{message}.{}", BASE64URL_NOPAD.encode(tag.as_ref()))
    }

    #[test]
    fn a_token_names_its_user_and_session_until_it_expires() {
        let bench = bench();
        let (user, session, token) = bench.issue();

        let viewer = bench.tokens.verify(&token).unwrap();
        assert_eq!((viewer.user, viewer.session()), (user, Some(session)));
        assert_eq!(
            viewer.expires_at,
            "2026-11-23T10:15:00Z".parse::<DateTime<Utc>>().unwrap()
        );

        bench.clock.advance(ACCESS_TOKEN_LIFE - TimeDelta::seconds(1));
        assert!(bench.tokens.verify(&token).is_ok());
        bench.clock.advance(TimeDelta::seconds(1));
        assert!(matches!(bench.tokens.verify(&token), Err(TokenError::Expired(_))));
    }

    #[test]
    fn a_token_that_was_changed_or_signed_by_somebody_else_is_refused() {
        let bench = bench();
        let (_, _, token) = bench.issue();
        let other: UserId = bench.ids.next();
        let swap = |_: &mut serde_json::Value, claims: &mut serde_json::Value| {
            claims["sub"] = serde_json::to_value(other).unwrap();
        };
        let resigned = forge(&token, swap, b"another secret of thirty-two bytes");
        let (message, tag) = token.rsplit_once('.').unwrap();
        let (changed, _) = resigned.rsplit_once('.').unwrap();

        for wrong in [
            resigned.clone(),
            format!("{changed}.{tag}"),
            format!("{message}."),
            format!("{message}.{}", &tag[1..]),
            message.to_owned(),
            String::new(),
        ] {
            assert!(
                matches!(bench.tokens.verify(&wrong), Err(TokenError::Invalid(_))),
                "{wrong}"
            );
        }
        let honest = forge(&token, swap, SECRET);
        assert_eq!(
            bench.tokens.verify(&honest).unwrap().user,
            other,
            "the forger itself works"
        );
    }

    #[test]
    fn a_token_of_another_algorithm_is_refused_even_when_its_tag_is_right() {
        let bench = bench();
        let (_, _, token) = bench.issue();

        for algorithm in ["none", "None", "HS384", "HS512", "RS256", "ES256", "EdDSA"] {
            let forged = forge(&token, |header, _| header["alg"] = algorithm.into(), SECRET);
            let untagged = format!("{}.", forged.rsplit_once('.').unwrap().0);

            assert!(
                matches!(bench.tokens.verify(&forged), Err(TokenError::Invalid(_))),
                "{algorithm}"
            );
            assert!(
                matches!(bench.tokens.verify(&untagged), Err(TokenError::Invalid(_))),
                "{algorithm}"
            );
        }
    }

    #[test]
    fn a_token_for_another_audience_or_from_another_issuer_is_refused() {
        let bench = bench();
        let (_, _, token) = bench.issue();

        for (claim, value) in [("aud", "billing"), ("iss", "mallory")] {
            let changed = forge(&token, |_, claims| claims[claim] = value.into(), SECRET);
            assert!(bench.tokens.verify(&changed).is_err(), "{claim}");
            let missing = forge(
                &token,
                |_, claims| {
                    claims.as_object_mut().unwrap().remove(claim);
                },
                SECRET,
            );
            assert!(bench.tokens.verify(&missing).is_err(), "{claim} missing");
        }
    }

    #[tokio::test]
    async fn revoking_a_session_refuses_its_tokens_at_once_and_tells_the_sockets() {
        let bench = bench();
        let (_, session, token) = bench.issue();
        let (_, _, bystander) = bench.issue();
        let socket = bench.tokens.verify(&token).unwrap();
        let other = bench.tokens.verify(&bystander).unwrap();
        let mut ended = std::pin::pin!(bench.tokens.until_revoked(&socket));
        let mut others = std::pin::pin!(bench.tokens.until_revoked(&other));
        assert!(futures::poll!(&mut ended).is_pending());

        bench.tokens.revoke(&[session]);

        assert!(matches!(bench.tokens.verify(&token), Err(TokenError::Revoked)));
        assert!(bench.tokens.verify(&bystander).is_ok());
        ended.await;
        assert!(futures::poll!(&mut others).is_pending());
    }
}
