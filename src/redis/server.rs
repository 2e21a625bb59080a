//! What kind of server answers at the URL.

use std::time::Duration;

use fred::interfaces::ClientLike as _;
use secrecy::SecretString;
use tokio::time::timeout;

use super::RedisError;
use super::connection::builder;

/// The oldest version of Redis that is used. Older ones cannot be told from one whose keys do not expire in scripts.
pub const OLDEST_VERSION: &str = "6.2";
/// The same as numbers.
const OLDEST: (u32, u32) = (6, 2);
/// Time limit of the whole inspection.
const INSPECTION_TIMEOUT: Duration = Duration::from_secs(5);

/// A server that can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerKind {
    /// Its name and version, such as `Redis 7.0.15` or `Valkey 8.0.1`.
    pub version: String,
    /// Keys may be removed when memory is short, so that limits are forgotten early.
    pub evicts: bool,
}

/// Connects to `url` once and looks what kind of server it is.
///
/// # Errors
/// [`RedisError`], also for a server that AMDA cannot use.
pub async fn inspect(url: &SecretString) -> Result<ServerKind, RedisError> {
    let asked = async {
        let client = builder(url)?.build()?;
        client.init().await?;
        let info: Result<String, _> = client.info(None).await;
        // It answered, or failed, already.
        let _ = client.quit().await;
        judge(&info?)
    };
    timeout(INSPECTION_TIMEOUT, asked)
        .await
        .unwrap_or_else(|_| Err(RedisError::timeout()))
}

/// Judges a server by its answer to `INFO`.
fn judge(info: &str) -> Result<ServerKind, RedisError> {
    let field = |name: &str| {
        let lines = info.lines().filter_map(|line| line.trim().split_once(':'));
        lines
            .into_iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value)
    };
    // Valkey says that it is Redis 7.2 for old clients, and names itself beside.
    let redis = field("redis_version").unwrap_or("of an unknown version");
    let mut numbers = redis.split('.').map_while(|part| part.parse::<u32>().ok());
    let numbers = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    if numbers < OLDEST {
        return Err(RedisError::TooOld {
            found: redis.to_owned(),
        });
    }
    if field("redis_mode") == Some("cluster") || field("cluster_enabled") == Some("1") {
        return Err(RedisError::Cluster);
    }
    if field("role") == Some("slave") {
        return Err(RedisError::Replica);
    }
    Ok(ServerKind {
        version: match field("valkey_version") {
            Some(valkey) => format!("Valkey {valkey}"),
            None => format!("Redis {redis}"),
        },
        evicts: field("maxmemory_policy").is_some_and(|policy| policy != "noeviction"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(info: &str) -> Result<String, String> {
        let kind = judge(&info.replace(' ', "\r\n"));
        kind.map(|kind| kind.version).map_err(|error| error.to_string())
    }

    #[test]
    fn a_server_that_is_too_old_a_node_of_a_cluster_or_a_replica_is_refused_by_name() {
        assert_eq!(
            judged("redis_version:7.0.15 redis_mode:standalone role:master"),
            Ok("Redis 7.0.15".to_owned())
        );
        assert_eq!(
            judged("redis_version:6.2.0 role:master"),
            Ok("Redis 6.2.0".to_owned())
        );
        assert_eq!(
            judged("redis_version:7.2.4 valkey_version:8.1.0 role:master"),
            Ok("Valkey 8.1.0".to_owned())
        );
        assert!(
            judged("redis_version:6.0.16 role:master")
                .unwrap_err()
                .contains("6.0.16 is too old")
        );
        assert!(
            judged("redis_version:7.0.15 redis_mode:cluster")
                .unwrap_err()
                .contains("cluster mode")
        );
        assert!(
            judged("redis_version:7.0.15 role:slave")
                .unwrap_err()
                .contains("read-only replica")
        );
        assert!(judged("").unwrap_err().contains("too old"));
    }
}
