use std::process::ExitCode;

use clap::Args;

use super::finding::Finding;
use super::{billing, database, exposure, files, issuer, mail, media, proxies, redis};
use crate::cli::report;
use crate::config::{Config, DatabaseConfig};
use crate::db;

/// The options of `doctor`.
#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// Print the SQL by which an administrator prepares a PostgreSQL of your own, and check nothing
    #[arg(long)]
    sql: bool,
}

/// Runs all checks and prints their results; exit code 1 when something is wrong.
pub(crate) async fn run(options: &Doctor, config: &Config) -> anyhow::Result<ExitCode> {
    if options.sql {
        let urls = match &config.database {
            DatabaseConfig::Urls(urls) => Some(urls),
            DatabaseConfig::Embedded(_) => None,
        };
        report::print(&db::setup_sql(urls))?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut findings = vec![version()];
    findings.extend(files::check(config));
    findings.push(proxies::check(config));
    findings.extend(exposure::check(config));
    findings.extend(database::check(config).await);
    findings.push(redis::check(config).await);
    findings.push(media::check(config).await);
    findings.push(mail::check(config).await);
    findings.extend(billing::check(config).await);
    findings.push(issuer::check(config).await);
    for finding in &findings {
        report::print(&finding.line())?;
    }
    let wrong = findings.iter().filter(|finding| finding.is_wrong()).count();
    report::print(&match wrong {
        0 => "nothing is wrong".to_owned(),
        1 => "1 thing is wrong".to_owned(),
        more => format!("{more} things are wrong"),
    })?;
    Ok(if wrong == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn version() -> Finding {
    let simulator = if cfg!(feature = "simulator") {
        "with the simulator: connects to loopback only"
    } else {
        "without the simulator"
    };
    Finding::fine("amda", format!("version {} {simulator}", env!("BUILD_VERSION")))
}
