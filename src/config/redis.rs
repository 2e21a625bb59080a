//! The Redis that several nodes share.

use secrecy::SecretString;
use url::Url;

use super::reader::{Reader, Setting};

const EXPECTED_URL: &str = "the URL of one Redis or Valkey, such as redis://:password@host:6379, or rediss://host:6379 with \
                            TLS, in which the special characters of a password are percent-encoded (@ as %40, / as %2F); \
                            clusters and sentinels are not supported";

const REDIS_URL: Setting = Setting::secret("REDIS_URL", EXPECTED_URL);
const AMDA_REDIS_URL: Setting = Setting::secret("AMDA_REDIS_URL", EXPECTED_URL);

/// Reads the URL of Redis. `REDIS_URL` is the name that hosting platforms set, and `AMDA_REDIS_URL` goes before it.
pub(super) fn read(reader: &mut Reader) -> Option<SecretString> {
    let usual = reader.value(&REDIS_URL, None, redis_url);
    reader.value(&AMDA_REDIS_URL, None, redis_url).or(usual)
}

fn redis_url(text: &str) -> Option<SecretString> {
    let url = Url::parse(text).ok()?;
    let is_redis = matches!(url.scheme(), "redis" | "rediss");
    let has_host = url.host_str().is_some_and(|host| !host.is_empty());
    let database = url.path().trim_start_matches('/');
    let has_database = database.is_empty() || database.parse::<u8>().is_ok();
    // A password that is not encoded ends early, and the rest becomes a host, a path or a fragment.
    let is_whole = url.query().is_none() && url.fragment().is_none() && text.matches('@').count() <= 1;
    (is_redis && has_host && has_database && is_whole).then(|| SecretString::from(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_server_with_or_without_password_tls_and_database_is_accepted() {
        for right in [
            "redis://localhost",
            "redis://127.0.0.1:6380/3",
            "redis://[::1]:6379",
            "redis://:p%40ss%2Fword@redis.example.org:6379",
            "rediss://amda:password@redis.example.org:6379/0",
        ] {
            assert!(redis_url(right).is_some(), "{right}");
        }
        for wrong in [
            "",
            "localhost:6379",
            "redis://",
            "http://localhost:6379",
            "redis-cluster://localhost:6379",
            "redis-sentinel://localhost:26379",
            "redis://localhost/zero",
            "redis://:p@ss@localhost",
            "redis://:p/ss@localhost",
            "redis://:p#ss@localhost",
            "redis://:p?ss@localhost",
        ] {
            assert!(redis_url(wrong).is_none(), "{wrong}");
        }
    }
}
