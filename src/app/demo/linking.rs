//! Links a guest's simulated phone, as a person would by scanning the code.

use std::time::Duration;

use anyhow::{Context as _, bail};
use tokio::time::timeout;

use crate::account::AccountRef;
use crate::features::FeatureServices;
use crate::features::accounts::{AccountState, Label, NewAccount};
use crate::graphql::Page;
use crate::hub::EventStream;
use crate::id::UserId;
use crate::simulator::Simulator;
use crate::whatsapp::LinkMethod;

/// Time limit of linking, for slow machines.
const LINK_TIMEOUT: Duration = Duration::from_mins(1);

const ALL: Page = Page::forwards(100, None);

/// Links the phone unless it is linked; returns the account, and true when it was linked just now.
pub(super) async fn ensure_linked(
    services: &FeatureServices,
    simulator: &Simulator,
    user: UserId,
    phone: &str,
) -> anyhow::Result<(AccountRef, bool)> {
    let accounts = services.accounts.list(user, ALL).await?;
    if let Some(linked) = accounts.iter().find(|account| account.row.linked_at.is_some()) {
        let id = linked.row.id;
        return Ok((AccountRef { id, user }, false));
    }
    let core = &services.core;
    let mut events = EventStream::open(core.db.clone(), &core.hub, user, None).await?;
    let id = match accounts.first() {
        Some(account) => {
            let id = account.row.id;
            services.accounts.relink(user, id, Some(LinkMethod::Qr)).await?;
            id
        }
        None => {
            let new = NewAccount {
                label: Label::parse("Simulated phone").ok(),
                method: LinkMethod::Qr,
            };
            services.accounts.link(user, &new, None).await?
        }
    };
    let linking = scan_when_shown(services, simulator, AccountRef { id, user }, phone, &mut events);
    timeout(LINK_TIMEOUT, linking)
        .await
        .context("the simulated phone was not linked in time")??;
    Ok((AccountRef { id, user }, true))
}

async fn scan_when_shown(
    services: &FeatureServices,
    simulator: &Simulator,
    account: AccountRef,
    phone: &str,
    events: &mut EventStream,
) -> anyhow::Result<()> {
    let mut scanned = false;
    loop {
        let AccountRef { id, user } = account;
        let accounts = services.accounts.list(user, ALL).await?;
        let account = accounts
            .into_iter()
            .find(|account| account.row.id == id)
            .context("the account is gone")?;
        match (account.row.state(), account.code) {
            (AccountState::Online, _) => return Ok(()),
            (AccountState::AwaitingQr, Some(code)) if !scanned => {
                simulator.scan(phone, &code).await?;
                scanned = true;
            }
            (AccountState::Stopped | AccountState::LoggedOut, _) => {
                bail!(
                    "the simulated phone was not linked: {}",
                    account.row.state_message.unwrap_or_default()
                )
            }
            _ => {}
        }
        events.next().await?;
    }
}
