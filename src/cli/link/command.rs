use std::pin::pin;
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use clap::Args;
use tokio::time::{Instant, sleep};

use super::progress::{self, Progress};
use super::screen::Screen;
use crate::account::AccountRef;
use crate::app;
use crate::cli::{report, terminal};
use crate::config::Config;
use crate::db::nodes;
use crate::db::server::Server;
use crate::features::accounts::{self, AccountError, RequestedLink};
use crate::features::users;
use crate::work::Core;

/// Interval at which the account's row is read.
const POLL: Duration = Duration::from_millis(300);
/// Number of reads after which AMDA is looked for again.
const READS_PER_CHECK: u32 = 10;
/// Time within which the running AMDA must have begun, and found WhatsApp.
const START_TIMEOUT: Duration = Duration::from_mins(1);

const NOT_SERVED: &str = "no AMDA runs on this database, and the one that runs holds the connection to WhatsApp; start it with \
                          `amda serve` or as the service that it is, and run this command again";

/// The account to link.
#[derive(Debug, Args)]
pub(in crate::cli) struct Link {
    /// The e-mail address of the user whose account it is to be
    #[arg(long, value_name = "EMAIL")]
    user: String,
    /// Show a code to type on the phone with this number, instead of a QR code
    #[arg(long, value_name = "NUMBER")]
    phone: Option<String>,
}

pub(in crate::cli) async fn run(link: &Link, config: &Config) -> anyhow::Result<()> {
    let mut interrupted = pin!(terminal::interrupted()?);
    let server = Server::running(&config.database).context(NOT_SERVED)?;
    let core = app::core_for_command(config, server.urls()).await?;
    if !is_served(&core).await? {
        bail!(NOT_SERVED);
    }
    let user = users::describe(&core, &link.user).await?.id;
    let requested = accounts::request_link(&core, user, link.phone.as_deref()).await;
    let RequestedLink { account, lost } = requested.map_err(with_remedy)?;
    if let Some(number) = lost {
        report::print(&format!(
            "the plan allows no further account, so the one that was logged out is linked again: it must be the phone +{number}"
        ))?;
    }
    let mut screen = Screen::new();
    let followed = tokio::select! {
        followed = follow(&core, account, &mut screen) => followed,
        () = &mut interrupted => Err(anyhow!("given up: no phone was linked")),
    };
    match followed {
        Ok(Ok(linked)) => Ok(screen.show(&linked)?),
        Ok(Err(reason)) => {
            screen.show("")?;
            let told = "the account was not linked; run the command again for another try";
            Err(anyhow!(reason).context(told))
        }
        Err(error) => {
            // Where the terminal is gone, AMDA is told all the same.
            let _ = screen.show("");
            give_up(&core, account, error).await
        }
    }
}

async fn is_served(core: &Core) -> anyhow::Result<bool> {
    let mut tx = core.db.begin_without_user().await?;
    let is_served = nodes::is_served(&mut tx).await?;
    tx.commit().await?;
    Ok(is_served)
}

fn with_remedy(error: AccountError) -> anyhow::Error {
    let remedy = match error {
        AccountError::PlanLimit { .. } => {
            "no further account can be linked; unlink one, or give the user a larger plan with `amda users set-plan`"
        }
        AccountError::PhoneNumber(_) => "--phone is no phone number",
        _ => "the account cannot be linked",
    };
    anyhow::Error::new(error).context(remedy)
}

/// Shows the codes until the link works, or failed: then returns the reason as the inner error.
async fn follow(
    core: &Core,
    account: AccountRef,
    screen: &mut Screen,
) -> anyhow::Result<Result<String, String>> {
    let deadline = Instant::now() + START_TIMEOUT;
    let mut is_begun = false;
    let mut reads = 0_u32;
    loop {
        let found = accounts::find_link(core, account).await?;
        match found
            .as_ref()
            .map_or(Ok(Progress::Waiting), |account| progress::of(account, screen))?
        {
            Progress::Waiting if is_begun => {}
            Progress::Waiting if Instant::now() > deadline => {
                bail!(
                    "AMDA has no code from WhatsApp after a minute; its log says more, and so may `amda jobs`"
                )
            }
            Progress::Waiting => screen.show("waiting for a code from WhatsApp; Ctrl-C gives up")?,
            Progress::Shown(text) => {
                is_begun = true;
                screen.show(&text)?;
            }
            Progress::Linked(text) => return Ok(Ok(text)),
            Progress::Failed(reason) => return Ok(Err(reason)),
        }
        reads = reads.wrapping_add(1);
        if reads.is_multiple_of(READS_PER_CHECK) && !is_served(core).await? {
            bail!("AMDA stopped before the account was linked; start it, and run this command again");
        }
        sleep(POLL).await;
    }
}

/// Ends the linking for `why`, which is told unless a phone has agreed already.
async fn give_up(core: &Core, account: AccountRef, why: anyhow::Error) -> anyhow::Result<()> {
    if let Ok(Some(found)) = accounts::find_link(core, account).await
        && found.row.linked_at.is_some()
    {
        report::print("the phone is linked already; AMDA goes on by itself")?;
        return Ok(());
    }
    accounts::give_up_link(core, account)
        .await
        .with_context(|| format!("{why}, and AMDA could not be told"))?;
    Err(why)
}
