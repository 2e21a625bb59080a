//! The demonstration: a user whose linked phone, contacts and WhatsApp are simulated, and who is shown at work.

use std::fmt::Write as _;
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use secrecy::SecretString;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::{App, Services};
use crate::contacts::AccountRef;
use crate::features::accounts::{AccountState, LinkMethod};
use crate::features::statuses::AutoLikeChange;
use crate::features::users::Registration;
use crate::graphql::Page;
use crate::hub::EventStream;
use crate::id::UserId;
use crate::plan::Plan;
use crate::simulator::{Simulator, demo as life};

/// Whom the demonstration signs in as.
pub const EMAIL: &str = "demo@amda.local";
/// Their password: the demonstration listens on loopback and holds nothing of anybody's.
pub const PASSWORD: &str = "demo-password";

/// How long linking may take on a slow machine.
const LINK_WITHIN: Duration = Duration::from_mins(1);

/// Sees to it that the demo user exists and their simulated phone is linked, and lets its contacts live until `stop`.
/// Answers with what to tell the person at the terminal. A second start finds everything as it was.
///
/// # Errors
/// When the phone cannot be linked, or the database fails.
pub async fn begin(app: &App, stop: CancellationToken) -> anyhow::Result<String> {
    let simulator = app
        .simulator
        .as_ref()
        .ok_or_else(|| anyhow!("the demonstration needs the simulator"))?;
    let phone = life::prepare(simulator).await?;
    let user = demo_user(&app.services).await?;
    let is_new = ensure_linked(&app.services, simulator, user, &phone).await?;
    let seed = app.services.core.ids.between(0, u64::MAX);
    let living = {
        let simulator = simulator.clone();
        async move { life::run(&simulator, &phone, seed, stop).await }
    };
    app.tasks.spawn(living);
    Ok(welcome(app, simulator, is_new))
}

async fn demo_user(services: &Services) -> anyhow::Result<UserId> {
    let wanted = Registration {
        email: EMAIL.to_owned(),
        password: SecretString::from(PASSWORD),
        display_name: Some("Demo".to_owned()),
        locale: None,
        time_zone: None,
    };
    Ok(services.users.ensure_user(wanted, Plan::Premium).await?)
}

/// Links the phone unless it is; answers whether it was linked just now.
async fn ensure_linked(
    services: &Services,
    simulator: &Simulator,
    user: UserId,
    phone: &str,
) -> anyhow::Result<bool> {
    let page = Page {
        first: 100,
        after: None,
    };
    let accounts = services.accounts.list(user, page).await?;
    if accounts.iter().any(|account| account.row.linked_at.is_some()) {
        return Ok(false);
    }
    let core = &services.core;
    let mut events = EventStream::open(core.db.clone(), &core.hub, user, None).await?;
    let id = match accounts.first() {
        Some(account) => {
            services
                .accounts
                .relink(user, account.row.id, Some(LinkMethod::Qr), None)
                .await?;
            account.row.id
        }
        None => {
            services
                .accounts
                .link(user, Some("Simulated phone"), LinkMethod::Qr, None)
                .await?
        }
    };
    let linking = async {
        let mut scanned = false;
        loop {
            let account = services.accounts.list(user, page).await?;
            let account = account
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
                        account.row.state_reason.unwrap_or_default()
                    )
                }
                _ => {}
            }
            events.next().await?;
        }
    };
    timeout(LINK_WITHIN, linking)
        .await
        .context("the simulated phone was not linked in time")??;
    turn_on(services, AccountRef { id, user }).await?;
    Ok(true)
}

/// What a new user turns on by hand.
async fn turn_on(services: &Services, account: AccountRef) -> anyhow::Result<()> {
    let auto_like = AutoLikeChange {
        is_enabled: Some(true),
        ..AutoLikeChange::default()
    };
    services.statuses.update_auto_like(account, auto_like).await?;
    services.view_once.update(account, Some(true)).await?;
    Ok(())
}

fn welcome(app: &App, simulator: &Simulator, is_new: bool) -> String {
    let address = app.address;
    let mut text = String::new();
    let linked = if is_new {
        "Linked the simulated phone."
    } else {
        "The simulated phone is still linked."
    };
    let _ = write!(
        text,
        r#"
AMDA is running with a simulated WhatsApp. {linked}

  Address    http://{address}
  GraphiQL   http://{address}/graphql  (open it in a browser)
  E-mail     {EMAIL}
  Password   {PASSWORD}
  Simulator  http://{}  (drive it: /control/phones)

1. Sign in; copy the accessToken into GraphiQL's Headers as {{"Authorization": "Bearer …"}}:

  mutation {{ logIn(input: {{email: "{EMAIL}", password: "{PASSWORD}"}}) {{ accessToken errors {{ message }} }} }}

2. See what AMDA liked, captured and kept:

  {{ viewer {{
      statuses(first: 5) {{ nodes {{ author {{ displayName }} text like {{ outcome }} }} }}
      viewOnceMessages(first: 5) {{ nodes {{ sender {{ displayName }} outcome media {{ url }} }} }}
      deletedMessages(first: 5) {{ nodes {{ sender {{ displayName }} text }} }}
  }} }}

3. Watch it happen:

  subscription {{ events {{ sequence __typename
      ... on StatusLikeEvent {{ statusLike {{ outcome status {{ author {{ displayName }} }} }} }}
      ... on ViewOnceEvent {{ message {{ outcome sender {{ displayName }} }} }}
      ... on DeletedMessageEvent {{ message {{ text sender {{ displayName }} }} }}
  }} }}

Stop with Ctrl-C. The data stays, and so does the link.
"#,
        simulator.address()
    );
    text
}
