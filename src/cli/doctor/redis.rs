//! Check of the Redis that several nodes share.

use super::finding::Finding;
use crate::config::Config;
use crate::redis;

const REDIS: &str = "redis";

pub(super) async fn check(config: &Config) -> Finding {
    let Some(url) = &config.redis else {
        return Finding::skipped(REDIS, "none is configured (REDIS_URL); one node needs none");
    };
    match redis::inspect(url).await {
        Ok(server) if server.evicts => Finding::risky(
            REDIS,
            format!(
                "{} removes keys when its memory is short, and limits with them; set maxmemory-policy to noeviction",
                server.version
            ),
        ),
        Ok(server) => Finding::fine(REDIS, format!("{} answers", server.version)),
        Err(error) => Finding::failed(REDIS, &error),
    }
}
