use std::collections::BTreeMap;
use std::pin::pin;

use anyhow::{Context as _, anyhow};
use clap::builder::{StringValueParser, TypedValueParser as _};
use clap::{Args, value_parser};
use secrecy::{ExposeSecret as _, SecretString};

use super::measure::measure;
use super::setting::Setting;
use super::table;
use super::traffic::Mix;
use crate::cli::{report, terminal};
use crate::config::{Config, Flags};
use crate::server;

/// Number of events at the highest rate unless another is given.
const BURST: u32 = 2_000;

/// The scale to measure at.
#[derive(Debug, Args)]
pub(in crate::cli) struct Load {
    /// Number of linked accounts, each of a user of its own
    #[arg(long, value_name = "NUMBER", default_value_t = 60, value_parser = value_parser!(u32).range(1..=5_000))]
    pub(super) accounts: u32,
    /// Numbers of servers to measure, with commas between, each from 1 to 4
    #[arg(long, value_name = "NUMBERS", value_delimiter = ',', default_value = "1,2,3", value_parser = value_parser!(u8).range(1..=4))]
    pub(super) nodes: Vec<u8>,
    /// Events that simulated contacts send a second, to all accounts together, or max for as many as they can
    #[arg(long, value_name = "NUMBER", default_value = "40", value_parser = parse_rate)]
    pub(super) rate: Rate,
    /// Seconds for which they send, for each number of servers
    #[arg(long, value_name = "NUMBER", default_value_t = 30, value_parser = value_parser!(u32).range(1..=3_600))]
    pub(super) seconds: u32,
    /// Number of events that they send, in place of --seconds; with --rate max 2000 unless another is given
    #[arg(long, value_name = "NUMBER", value_parser = value_parser!(u32).range(2..=1_000_000))]
    pub(super) events: Option<u32>,
    /// Kinds of events that they send
    #[arg(long, value_enum, default_value_t = Mix::Mixed)]
    pub(super) mix: Mix,
    /// Kill a server (kill -9) when half of the events are sent, and start another in its place
    #[arg(long)]
    pub(super) kill: bool,
    /// URL of a Redis for the servers to share; without one, they tell each other by the database
    // Any text: what is wrong with it is said without the password in it.
    #[arg(long, value_name = "URL", value_parser = StringValueParser::new().map(SecretString::from))]
    pub(super) redis_url: Option<SecretString>,
}

/// The pace of the events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rate {
    /// So many a second.
    PerSecond(u32),
    /// As many as the contacts can send, each the next one when the last is on its way.
    Max,
}

impl Load {
    /// The number of events that are sent for each number of servers.
    pub(super) fn events(&self) -> u32 {
        self.events.unwrap_or(match self.rate {
            Rate::PerSecond(rate) => rate * self.seconds,
            Rate::Max => BURST,
        })
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

fn parse_rate(text: &str) -> Result<Rate, String> {
    if text == "max" {
        return Ok(Rate::Max);
    }
    let rate = text.parse().ok().filter(|rate| (1..=10_000).contains(rate));
    rate.map(Rate::PerSecond)
        .ok_or_else(|| "it must be a number from 1 to 10000, or max".to_owned())
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
    fn the_number_of_events_follows_from_the_rate_unless_it_is_given() {
        assert_eq!(read(&[]).unwrap().events(), 1_200);
        assert_eq!(read(&["--rate", "max"]).unwrap().events(), 2_000);
        let given = ["--rate", "max", "--events", "500", "--mix", "edits"];
        let given = read(&given).unwrap();
        assert_eq!((given.events(), given.mix), (500, Mix::Edits));
    }

    #[test]
    fn numbers_that_are_out_of_range_are_refused_with_the_range() {
        for (arguments, told) in [
            (["--accounts", "0"], "1..=5000"),
            (["--nodes", "1,9"], "1..=4"),
            (["--rate", "many"], "from 1 to 10000, or max"),
            (["--mix", "calls"], "deletions"),
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
