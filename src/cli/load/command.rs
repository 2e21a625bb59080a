use std::collections::BTreeMap;
use std::pin::pin;

use anyhow::{Context as _, anyhow};
use clap::builder::{StringValueParser, TypedValueParser as _};
use clap::{Args, value_parser};
use secrecy::{ExposeSecret as _, SecretString};

use super::measure::measure;
use super::setting::Setting;
use super::table;
use crate::cli::{report, terminal};
use crate::config::{Config, Flags};
use crate::server;

/// The scale to measure at.
#[derive(Debug, Args)]
pub(in crate::cli) struct Load {
    /// Number of linked accounts, each of a user of its own
    #[arg(long, value_name = "NUMBER", default_value_t = 60, value_parser = value_parser!(u32).range(1..=5_000))]
    pub(super) accounts: u32,
    /// Numbers of servers to measure, with commas between, each from 1 to 4
    #[arg(long, value_name = "NUMBERS", value_delimiter = ',', default_value = "1,2,3", value_parser = value_parser!(u8).range(1..=4))]
    pub(super) nodes: Vec<u8>,
    /// Events that simulated contacts send a second, to all accounts together
    #[arg(long, value_name = "NUMBER", default_value_t = 40, value_parser = value_parser!(u32).range(1..=10_000))]
    pub(super) rate: u32,
    /// Seconds for which they send, for each number of servers
    #[arg(long, value_name = "NUMBER", default_value_t = 30, value_parser = value_parser!(u32).range(1..=3_600))]
    pub(super) seconds: u32,
    /// URL of a Redis for the servers to share; without one, they tell each other by the database
    // Any text: what is wrong with it is said without the password in it.
    #[arg(long, value_name = "URL", value_parser = StringValueParser::new().map(SecretString::from))]
    pub(super) redis_url: Option<SecretString>,
}

impl Load {
    /// The number of events that are sent for each number of servers.
    pub(super) const fn events(&self) -> u32 {
        self.rate * self.seconds
    }
}

pub(in crate::cli) async fn run(load: &Load, config: &Config) -> anyhow::Result<()> {
    let mut interrupted = pin!(terminal::interrupted()?);
    if let Some(url) = &load.redis_url {
        check_redis_url(url)?;
    }
    if cfg!(debug_assertions) {
        tracing::warn!("this build is not optimised, so its figures say little; build with --release");
    }
    // A socket for each subscriber, and one for each account's sender.
    server::raise_descriptor_limit();
    let setting = Setting::open(config).await?;
    let measured = {
        let mut measuring = Box::pin(measure(load, &setting));
        tokio::select! {
            measured = &mut measuring => measured,
            () = &mut interrupted => Err(anyhow!("stopped before the end, so there are no figures")),
        }
    };
    setting.close().await?;
    report::print(&table::text(load, &measured?))?;
    Ok(())
}

/// Checks the URL as a server would.
fn check_redis_url(url: &SecretString) -> anyhow::Result<()> {
    let environment = BTreeMap::from([("REDIS_URL".to_owned(), url.expose_secret().to_owned())]);
    Config::read(&Flags::default(), &environment).context("--redis-url cannot be used")?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Command {
        #[command(flatten)]
        load: Load,
    }

    fn read(arguments: &[&str]) -> Result<Load, String> {
        let arguments = ["load"].iter().chain(arguments);
        Command::try_parse_from(arguments)
            .map(|command| command.load)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn one_two_and_three_servers_are_measured_unless_others_are_named() {
        assert_eq!(read(&[]).unwrap().nodes, [1, 2, 3]);
        assert_eq!(read(&["--nodes", "2,4"]).unwrap().nodes, [2, 4]);
    }

    #[test]
    fn numbers_that_are_out_of_range_are_refused_with_the_range() {
        for (arguments, told) in [
            (["--accounts", "0"], "1..=5000"),
            (["--nodes", "1,9"], "1..=4"),
            (["--rate", "many"], "invalid digit"),
            (["--seconds", "86400"], "1..=3600"),
        ] {
            let error = read(&arguments).unwrap_err();
            assert!(error.contains(arguments[0]) && error.contains(told), "{error}");
        }
    }

    #[test]
    fn a_wrong_url_of_redis_is_told_without_its_password() {
        let load = read(&["--redis-url", "http://:hunter2@localhost"]).unwrap();

        let error = check_redis_url(&load.redis_url.unwrap()).unwrap_err();

        let told = format!("{error:#}");
        assert!(
            told.contains("--redis-url") && told.contains("redis://"),
            "{told}"
        );
        assert!(!told.contains("hunter2"), "{told}");
    }
}
