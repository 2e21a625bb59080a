use std::sync::Arc;

use super::build::issuer_egress;
use super::parts::external_tokens;
use crate::clock::{SharedClock, SystemClock};
use crate::config::AuthConfig;

/// Asks the operator's issuer of tokens for its keys; answers with what it found.
///
/// # Errors
/// The reason why no token of it would be accepted.
pub async fn check_issuer(auth: &AuthConfig) -> anyhow::Result<String> {
    let clock: SharedClock = Arc::new(SystemClock);
    let tokens = external_tokens(auth, issuer_egress()?, &clock);
    match tokens.count_keys().await {
        Ok(1) => Ok(format!(
            "{} has 1 key that its tokens may be signed with",
            auth.issuer
        )),
        Ok(keys) => Ok(format!(
            "{} has {keys} keys that its tokens may be signed with",
            auth.issuer
        )),
        Err(why) if tokens.accepts_secret() => Ok(format!(
            "tokens of {} are accepted that are signed with AMDA_AUTH_JWT_SECRET, and no others: {why}",
            auth.issuer
        )),
        Err(why) => Err(anyhow::anyhow!(
            "no token of {} is accepted: {why}; check AMDA_AUTH_ISSUER and AMDA_AUTH_JWKS_URL",
            auth.issuer
        )),
    }
}
