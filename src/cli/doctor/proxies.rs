//! Check of the proxies in front.

use super::finding::Finding;
use crate::config::Config;

const PROXIES: &str = "proxies";

pub(super) fn check(config: &Config) -> Finding {
    match (config.find_missing_proxy(), config.proxies) {
        (Some(missing), _) => Finding::wrong(PROXIES, missing),
        (None, 0) => Finding::fine(
            PROXIES,
            "none are in front: clients have the addresses that they connect from",
        ),
        (None, count) => Finding::fine(
            PROXIES,
            format!("the last {count} of X-Forwarded-For are believed (AMDA_PROXIES)"),
        ),
    }
}
