//! `amda billing`: the operator's management of the sale of Premium.

use std::fmt::Write as _;

use anyhow::{Context, bail};
use clap::Subcommand;

use super::report;
use crate::app;
use crate::config::{Config, DatabaseUrls};
use crate::db;
use crate::db::server::Server;
use crate::features::billing::{self, NewDrift, Reconciliation};

/// The commands about the sale of Premium. Each works beside a running AMDA, and without one.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Ask Stripe for every customer's subscriptions, repair what is stored otherwise, and print that. A running AMDA does
    /// it every night
    Reconcile,
}

pub(super) async fn run(command: Command, config: &Config) -> anyhow::Result<()> {
    let server = Server::reach(&config.database)
        .await
        .context("the database does not start")?;
    let done = match command {
        Command::Reconcile => Box::pin(reconcile(config, server.urls())).await,
    };
    server.stop().await?;
    report::print(&done?)?;
    Ok(())
}

async fn reconcile(config: &Config, urls: &DatabaseUrls) -> anyhow::Result<String> {
    let Some(sale) = app::sale(config)? else {
        bail!("nothing is sold: there is no AMDA_STRIPE_SECRET_KEY");
    };
    let core = app::core_for_command(config, urls).await?;
    let done = billing::reconcile(&core, &sale)
        .await
        .context("the reconciliation came to no end; run it again")?;
    // The server, another process, tells the users' clients.
    let mut tx = core.db.begin_without_user().await?;
    db::notify_on_commit(&mut tx).await?;
    tx.commit().await?;
    Ok(summary(&done))
}

fn summary(done: &Reconciliation) -> String {
    let mut text = format!("{} customers looked at", done.customers);
    if done.failures > 0 {
        let _ = write!(text, ", {} could not be (see the log)", done.failures);
    }
    if done.drifts.is_empty() {
        text.push_str("; all was stored as Stripe says");
    }
    for NewDrift {
        kind,
        customer,
        subscription,
        stored,
        found,
    } in &done.drifts
    {
        let _ = write!(
            text,
            "\n{} {customer} {}: {} -> {}",
            kind.as_str(),
            subscription.as_deref().unwrap_or("-"),
            stored.as_deref().unwrap_or("-"),
            found.as_deref().unwrap_or("-"),
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::billing::DriftKind;

    #[test]
    fn what_was_found_is_told_in_lines_that_a_program_can_split() {
        let mut done = Reconciliation {
            customers: 2,
            ..Reconciliation::default()
        };
        assert_eq!(
            summary(&done),
            "2 customers looked at; all was stored as Stripe says"
        );

        done.drifts.push(NewDrift {
            kind: DriftKind::Status,
            customer: "cus_1".to_owned(),
            subscription: Some("sub_1".to_owned()),
            stored: Some("active".to_owned()),
            found: Some("canceled".to_owned()),
        });

        assert_eq!(
            summary(&done),
            "2 customers looked at\nSTATUS cus_1 sub_1: active -> canceled"
        );
    }
}
