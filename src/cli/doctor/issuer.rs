//! Check of the issuer whose tokens are accepted beside AMDA's own.

use super::finding::Finding;
use crate::app;
use crate::config::Config;

const ISSUER: &str = "issuer";

pub(super) async fn check(config: &Config) -> Finding {
    let Some(auth) = &config.auth else {
        return Finding::skipped(
            ISSUER,
            "none is configured (AMDA_AUTH_ISSUER), so only AMDA's own tokens are accepted",
        );
    };
    match app::check_issuer(auth).await {
        Ok(found) => Finding::fine(ISSUER, found),
        Err(error) => Finding::wrong(ISSUER, error.to_string()),
    }
}
