//! `amda doctor`: looks at an installation, and says in a line each what it found and what to do about it.
//!
//! It changes nothing and starts nothing: a database of AMDA's own is looked into while AMDA runs, and otherwise only
//! from outside.

mod database;
mod files;
mod mail;

use std::process::ExitCode;

use super::report;
use crate::config::Config;

/// What one check found.
#[derive(Debug)]
struct Finding {
    subject: &'static str,
    verdict: Verdict,
    text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Fine,
    /// Nothing is wrong, but the check could not be made.
    Skipped,
    Wrong,
}

impl Finding {
    fn fine(subject: &'static str, text: impl Into<String>) -> Self {
        Self {
            subject,
            verdict: Verdict::Fine,
            text: text.into(),
        }
    }

    fn skipped(subject: &'static str, text: impl Into<String>) -> Self {
        Self {
            subject,
            verdict: Verdict::Skipped,
            text: text.into(),
        }
    }

    fn wrong(subject: &'static str, text: impl Into<String>) -> Self {
        Self {
            subject,
            verdict: Verdict::Wrong,
            text: text.into(),
        }
    }

    /// What went wrong while looking.
    fn failed(subject: &'static str, error: &dyn std::error::Error) -> Self {
        Self::wrong(subject, report::chain(error).replace("\n  because", "; because"))
    }

    fn line(&self) -> String {
        let mark = match self.verdict {
            Verdict::Fine => "ok",
            Verdict::Skipped => "--",
            Verdict::Wrong => "FAIL",
        };
        format!("{mark:<5}{:<14}{}", self.subject, self.text)
    }
}

pub(super) async fn run(config: &Config) -> anyhow::Result<ExitCode> {
    let mut findings = vec![version()];
    findings.extend(files::check(config));
    findings.extend(database::check(config).await);
    findings.push(mail::check(config).await);
    for finding in &findings {
        report::print(&finding.line())?;
    }
    let wrong = findings
        .iter()
        .filter(|finding| finding.verdict == Verdict::Wrong)
        .count();
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
        "with the simulator: connects to loopback alone"
    } else {
        "without the simulator"
    };
    Finding::fine(
        "amda",
        format!("version {} {simulator}", env!("CARGO_PKG_VERSION")),
    )
}
