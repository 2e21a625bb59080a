//! The linking of every account to a simulated phone, by its user, through a server.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, bail};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::json;
use tokio::time::timeout;

use super::graphql_socket::GraphqlSocket;
use super::issuer::Issuer;
use crate::cli::progress::ProgressBar;
use crate::id::AccountId;
use crate::simulator::ControlClient;

/// Number of accounts that are linked at once.
const AT_ONCE: usize = 8;
/// Time limit of one link, while others are being made.
const LINK_TIMEOUT: Duration = Duration::from_mins(2);

const LINK: &str =
    "mutation { linkAccount(input: {method: {qr: true}}) { account { id } errors { message } } }";
const PROGRESS: &str =
    "subscription ($id: ID!) { linkProgress(accountId: $id) { state stateMessage qr { code } } }";

/// A linked account, its simulated phone, and the contact who writes to it.
pub(super) struct Account {
    pub(super) id: AccountId,
    /// The access token of its user.
    pub(super) token: String,
    /// The number of the phone.
    pub(super) phone: String,
    /// The number of the contact.
    pub(super) contact: String,
}

/// Links `count` accounts, each of a user of its own, through the server at `server`.
pub(super) async fn link_all(
    count: u32,
    server: SocketAddr,
    whatsapp: SocketAddr,
    issuer: &Issuer,
) -> anyhow::Result<Vec<Account>> {
    let mut bar = ProgressBar::new(count.into());
    let text = |linked: usize| format!("{linked} of {count} accounts linked");
    bar.show(0, &text(0));
    let mut linking = stream::iter(0..count)
        .map(|number| link_in_time(number, server, whatsapp, issuer))
        .buffer_unordered(AT_ONCE);
    let mut accounts = Vec::new();
    while let Some(account) = linking.try_next().await? {
        accounts.push(account);
        bar.show(accounts.len() as u64, &text(accounts.len()));
    }
    bar.finish(accounts.len() as u64, &text(accounts.len()));
    Ok(accounts)
}

async fn link_in_time(
    number: u32,
    server: SocketAddr,
    whatsapp: SocketAddr,
    issuer: &Issuer,
) -> anyhow::Result<Account> {
    timeout(LINK_TIMEOUT, link(number, server, whatsapp, issuer))
        .await
        .context("an account was not linked in time")?
}

async fn link(
    number: u32,
    server: SocketAddr,
    whatsapp: SocketAddr,
    issuer: &Issuer,
) -> anyhow::Result<Account> {
    let phone = format!("551190{number:07}");
    let contact = format!("551180{number:07}");
    let mut control = ControlClient::connect(whatsapp).await?;
    control.create_phone(&phone, "Owner").await?;
    control.add_contact(&phone, &contact, "Contact").await?;
    let token = issuer.token(&format!("user-{number}"));
    let mut socket = GraphqlSocket::open(server, &token).await?;
    let linked = socket.run(LINK, json!({})).await?;
    let Some(id) = linked["linkAccount"]["account"]["id"].as_str() else {
        bail!("a server refused to link an account: {linked}");
    };
    socket.subscribe(PROGRESS, json!({ "id": id })).await?;
    let mut is_scanned = false;
    loop {
        let event = socket.next_event().await?;
        let progress = &event["linkProgress"];
        match (progress["state"].as_str(), progress["qr"]["code"].as_str()) {
            (Some("ONLINE"), _) => break,
            (Some("AWAITING_QR"), Some(code)) if !is_scanned => {
                control.scan(&phone, code).await?;
                is_scanned = true;
            }
            (Some("STOPPED" | "LOGGED_OUT" | "BANNED" | "OUTDATED_CLIENT"), _) => {
                bail!("an account was not linked: {progress}")
            }
            _ => {}
        }
    }
    Ok(Account {
        id: AccountId::from_global(id)?,
        token,
        phone,
        contact,
    })
}
