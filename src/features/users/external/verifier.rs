use std::fmt;
use std::sync::Arc;

use jsonwebtoken::errors::{Error, ErrorKind};
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation, dangerous};
use secrecy::{ExposeSecret, SecretSlice};
use serde::Deserialize;
use url::Url;

use super::claims::{Claims, Proven};
use super::error::ExternalError;
use super::issuer::Issuer;
use crate::clock::SharedClock;
use crate::egress::Egress;
use crate::features::users::signing;

/// Maximum length of a token.
const MAX_BYTES: usize = 8 << 10;
/// The types of tokens that say who asks. Others, such as those that tell of a logout, have the same issuer and audience.
const TYPES: [&str; 3] = ["jwt", "at+jwt", "application/at+jwt"];

/// The operator's decisions about the issuer.
#[derive(Debug)]
pub struct ExternalConfig {
    /// Its name, as tokens write it.
    pub issuer: String,
    /// The audiences of tokens that are meant for this server.
    pub audiences: Vec<String>,
    /// The address of its keys; its discovery document names them when absent.
    pub jwks_url: Option<Url>,
    /// The secret of tokens that are signed by HS256; none are accepted when absent.
    pub secret: Option<SecretSlice<u8>>,
}

/// Verifies tokens of the operator's issuer.
pub struct ExternalTokens {
    issuer: Arc<Issuer>,
    audiences: Vec<String>,
    secret: Option<DecodingKey>,
    clock: SharedClock,
}

/// The one claim that is read before a token is verified.
#[derive(Deserialize)]
struct Named {
    iss: String,
}

impl ExternalTokens {
    /// A verifier that asks the issuer by `egress`, when the first token comes.
    pub fn new(config: ExternalConfig, egress: Egress, clock: SharedClock) -> Self {
        signing::install();
        let ExternalConfig {
            issuer,
            audiences,
            jwks_url,
            secret,
        } = config;
        Self {
            issuer: Arc::new(Issuer::new(issuer, jwks_url, egress, SharedClock::clone(&clock))),
            audiences,
            secret: secret.map(|secret| DecodingKey::from_secret(secret.expose_secret())),
            clock,
        }
    }

    /// The name of the issuer.
    pub fn issuer(&self) -> &str {
        self.issuer.name()
    }

    /// True when a token says that it is the issuer's, which `verify` finds out.
    pub fn is_named_by(&self, token: &str) -> bool {
        token.len() <= MAX_BYTES
            && dangerous::insecure_decode_claims::<Named>(token)
                .is_ok_and(|named| named.iss == self.issuer.name())
    }

    /// Fetches the issuer's keys; answers with how many it has.
    ///
    /// # Errors
    /// The reason why there are none.
    pub async fn count_keys(&self) -> Result<usize, String> {
        Ok(self.issuer.fetch_keys().await?.len())
    }

    /// True when tokens signed by HS256 are accepted.
    pub const fn accepts_secret(&self) -> bool {
        self.secret.is_some()
    }

    /// Verifies `token`: its signature, and that it is meant for this server now.
    ///
    /// # Errors
    /// [`ExternalError::Invalid`], [`ExternalError::Expired`] or [`ExternalError::Unavailable`].
    pub(in crate::features::users) async fn verify(&self, token: &str) -> Result<Proven, ExternalError> {
        if token.len() > MAX_BYTES {
            return Err(ExternalError::Invalid("it is longer than 8 KiB"));
        }
        let header = jsonwebtoken::decode_header(token).map_err(refused)?;
        check_header(&header)?;
        let decoding = match header.alg {
            Algorithm::HS256 => self.secret.clone().ok_or(ExternalError::Invalid(
                "it is signed by HS256, without a secret here",
            ))?,
            Algorithm::RS256 | Algorithm::ES256 | Algorithm::EdDSA => {
                let key = self.issuer.key(header.kid.as_deref(), header.alg).await?;
                key.decoding
            }
            _ => {
                return Err(ExternalError::Invalid(
                    "it is signed by none of RS256, ES256 and EdDSA",
                ));
            }
        };
        let decoded = jsonwebtoken::decode::<Claims>(token, &decoding, &signature_alone(header.alg));
        let claims = decoded.map_err(refused)?.claims;
        claims.check(self.issuer.name(), &self.audiences, self.clock.now())
    }
}

impl fmt::Debug for ExternalTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ExternalTokens({})", self.issuer.name())
    }
}

fn check_header(header: &Header) -> Result<(), ExternalError> {
    if header.crit.is_some() {
        return Err(ExternalError::Invalid("it asks for what is not known here"));
    }
    let is_of_type = |named: &String| TYPES.contains(&named.to_ascii_lowercase().as_str());
    if header.typ.as_ref().is_some_and(|named| !is_of_type(named)) {
        return Err(ExternalError::Invalid("it is a token for another purpose"));
    }
    Ok(())
}

/// The check of the signature: the library would ask the machine's clock, and [`Claims::check`] asks ours.
fn signature_alone(algorithm: Algorithm) -> Validation {
    let mut validation = Validation::new(algorithm);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    validation
}

fn refused(error: Error) -> ExternalError {
    ExternalError::Invalid(match error.into_kind() {
        ErrorKind::InvalidSignature => "its signature is not good",
        ErrorKind::InvalidAlgorithm | ErrorKind::InvalidAlgorithmName => {
            "it is signed by none of RS256, ES256 and EdDSA"
        }
        _ => "it is malformed",
    })
}
