use fred::clients::Client;
use fred::error::Error;
use fred::interfaces::LuaInterface as _;
use fred::types::scripts;

use super::RedisError;

/// A Lua script, which the server runs at once and undivided. It has one key and numbers as arguments, and answers with
/// numbers.
#[derive(Debug, Clone)]
pub struct Script {
    source: &'static str,
    hash: String,
}

impl Script {
    /// The script with this text.
    pub fn new(source: &'static str) -> Self {
        Self {
            source,
            hash: scripts::Script::from_lua(source).sha1().to_string(),
        }
    }

    /// Runs it by its hash; a server that does not know it, such as one that was restarted, is given the text.
    pub(super) async fn call(
        &self,
        client: &Client,
        key: &str,
        args: &[i64],
    ) -> Result<Vec<i64>, RedisError> {
        let answer: Result<Vec<i64>, Error> = client.evalsha(self.hash.clone(), key, args.to_vec()).await;
        match answer {
            Err(error) if error.details().starts_with("NOSCRIPT") => {
                Ok(client.eval(self.source, key, args.to_vec()).await?)
            }
            answer => Ok(answer?),
        }
    }
}
