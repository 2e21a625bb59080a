//! The measurement: the accounts are linked once, and then run by one number of servers after the other.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use diesel_async::AsyncPgConnection;
use futures::future::{try_join, try_join_all};
use tokio::sync::watch;
use tokio::time::sleep;

use super::command::Load;
use super::figures::{DatabaseFigures, Figures, Memory};
use super::issuer::Issuer;
use super::linking::{Account, link_all};
use super::phones::Phones;
use super::server_process::{Server, ServerSettings};
use super::setting::Setting;
use super::subscribers::Subscribers;
use super::traffic::Traffic;
use super::usage;
use crate::cli::progress::ProgressBar;
use crate::db;
use crate::db::activity::{self, Activity};
use crate::id::{AccountId, NodeId};
use crate::simulator::ControlClient;

/// Interval at which is looked whether something has come about.
const POLL: Duration = Duration::from_millis(50);
/// Time limit of what takes no longer with more accounts.
const TIMEOUT: Duration = Duration::from_mins(2);
/// Time for each account until it is online, or handed over to another server, at most.
const TIME_OF_ACCOUNT: Duration = Duration::from_secs(1);
/// Time by which PostgreSQL's count of transactions is late.
const STATISTICS_LAG: Duration = Duration::from_millis(1_200);

/// What all numbers of servers have in common.
struct Bench<'a> {
    load: &'a Load,
    setting: &'a Setting,
    servers: &'a ServerSettings<'a>,
    accounts: &'a [Account],
    /// The memory of a server without an account.
    idle_kib: Option<u64>,
}

/// Measures each number of servers that `load` names.
pub(super) async fn measure(load: &Load, setting: &Setting) -> anyhow::Result<Vec<Figures>> {
    let (issuer, phones) = (Issuer::new(), Phones::start().await?);
    let settings = ServerSettings {
        setting,
        whatsapp: phones.address(),
        issuer: &issuer,
        redis_url: load.redis_url.as_ref(),
    };
    let first = Server::start(&settings).await?;
    let idle_kib = first.resident_kib();
    let linked = link_all(load.accounts, first.address, settings.whatsapp, &issuer).await;
    let accounts = linked.inspect_err(|_| tell_warnings(std::slice::from_ref(&first)))?;
    first.stop().await?;
    let bench = Bench {
        load,
        setting,
        servers: &settings,
        accounts: &accounts,
        idle_kib,
    };
    let mut figures = Vec::new();
    for &nodes in &load.nodes {
        figures.push(Box::pin(bench.with_servers(nodes)).await?);
    }
    phones.stop().await?;
    Ok(figures)
}

fn tell_warnings(servers: &[Server]) {
    for server in servers {
        for warning in server.warnings() {
            tracing::warn!("the server at {} warned: {warning}", server.address);
        }
    }
}

impl Bench<'_> {
    async fn with_servers(&self, nodes: u8) -> anyhow::Result<Figures> {
        let begun = Instant::now();
        let mut servers = try_join_all((0..nodes).map(|_| Server::start(self.servers))).await?;
        let measured = self.on(&mut servers, begun).await;
        let figures = measured.inspect_err(|_| tell_warnings(&servers))?;
        try_join_all(servers.into_iter().map(Server::stop)).await?;
        Ok(figures)
    }

    async fn on(&self, servers: &mut Vec<Server>, begun: Instant) -> anyhow::Result<Figures> {
        let mut control = ControlClient::connect(self.servers.whatsapp).await?;
        let urls = self.setting.urls();
        let owner = urls.owner.as_ref().context("the database has an owner")?;
        let mut database = db::connect(owner).await?;
        let online_after = self.wait_until_online(&mut control, servers.len(), begun).await?;
        let owners = self
            .wait_until_shared(&mut control, &mut database, servers.len())
            .await?;
        let before = Before {
            online_after,
            online_kib: resident_kib(servers),
        };
        let (told, successor) = watch::channel(None);
        let told = self.load.kill.then_some(told);
        let mut subscribers = Subscribers::open(self.places(servers, &owners), &successor).await?;
        let traffic = Traffic {
            accounts: self.accounts,
            hearings: subscribers.hearings.clone(),
            whatsapp: self.servers.whatsapp,
            mix: self.load.mix,
            sent: AtomicU32::new(0),
        };
        let measuring = Box::pin(self.under(&traffic, servers, told, before, &mut control, &mut database));
        tokio::select! {
            measured = measuring => measured,
            error = subscribers.failed() => Err(error),
        }
    }

    /// Sends the traffic, and reads the figures of before and after.
    async fn under(
        &self,
        traffic: &Traffic<'_>,
        servers: &mut Vec<Server>,
        successor: Option<watch::Sender<Option<SocketAddr>>>,
        before: Before,
        control: &mut ControlClient,
        database: &mut AsyncPgConnection,
    ) -> anyhow::Result<Figures> {
        traffic.greet().await?;
        if traffic.settle(control).await?.unheard > 0 {
            bail!("a subscriber does not hear its account");
        }
        traffic.warm_up().await?;
        let warm = traffic.settle(control).await?;
        if warm.unheard > 0 || warm.unacknowledged > 0 {
            bail!("the traffic before the measurement is not heard in time");
        }
        // As PostgreSQL does by itself within a minute.
        activity::gather_statistics(database).await?;
        traffic.take_delays();
        sleep(STATISTICS_LAG).await;
        let activity_before = activity::activity(database).await?;
        let cpu_before = self.cpu(servers);

        let started = Instant::now();
        let sending = traffic.send("number", self.load.events(), self.load.rate);
        let killing = self.kill_one(traffic, servers, successor);
        let ((), online_again_after) = try_join(sending, killing).await?;
        let settled = traffic.settle(control).await?;

        let cpu = self.cpu(servers).since(cpu_before);
        let memory = self.memory(servers, before.online_kib);
        sleep(STATISTICS_LAG).await;
        let after = activity::activity(database).await?;
        let mut delays = traffic.take_delays();
        delays.sort_unstable();
        Ok(Figures {
            nodes: u8::try_from(servers.len())?,
            online_after: before.online_after,
            committed: self.load.events().saturating_sub(settled.unacknowledged),
            took: settled.at - started,
            delays,
            unheard: settled.unheard,
            doubled: traffic.hearings.iter().map(|hearing| hearing.doubled()).sum(),
            online_again_after,
            // What the killed one had used is gone with it.
            cpu: cpu.of_servers.filter(|_| online_again_after.is_none()),
            memory,
            database: growth(activity_before, after, cpu.of_database),
        })
    }

    /// Kills the first server when half of the events are sent, and starts another in its place, of which it tells
    /// `successor`; returns the time from the kill until every account was online again. None where nobody is to be told.
    async fn kill_one(
        &self,
        traffic: &Traffic<'_>,
        servers: &mut Vec<Server>,
        successor: Option<watch::Sender<Option<SocketAddr>>>,
    ) -> anyhow::Result<Option<Duration>> {
        let Some(successor) = successor else {
            return Ok(None);
        };
        while traffic.sent.load(Ordering::Relaxed) < self.load.events() / 2 {
            sleep(POLL).await;
        }
        let killed = Instant::now();
        servers.remove(0).kill().await?;
        // WhatsApp sees the connections of the killed server end before this one has started.
        let server = Server::start(self.servers).await?;
        successor.send_replace(Some(server.address));
        servers.insert(0, server);
        let mut control = ControlClient::connect(self.servers.whatsapp).await?;
        while !control.phones().await?.iter().all(|phone| phone.is_connected) {
            if killed.elapsed() > self.time_limit() {
                bail!("the accounts of a server that was killed are not online again in time");
            }
            sleep(POLL).await;
        }
        Ok(Some(killed.elapsed()))
    }

    /// Waits until every phone has a linked device that receives; returns the time since `begun`.
    async fn wait_until_online(
        &self,
        control: &mut ControlClient,
        nodes: usize,
        begun: Instant,
    ) -> anyhow::Result<Duration> {
        let mut bar = ProgressBar::new(self.load.accounts.into());
        let text = |online: usize| {
            format!(
                "{online} of {} accounts online on {}",
                self.load.accounts,
                servers_text(nodes)
            )
        };
        loop {
            let phones = control.phones().await?;
            let online = phones.iter().filter(|phone| phone.is_connected).count();
            if online == phones.len() {
                bar.finish(online as u64, &text(online));
                return Ok(begun.elapsed());
            }
            if begun.elapsed() > self.time_limit() {
                bail!("only {online} of {} accounts are online", phones.len());
            }
            bar.show(online as u64, &text(online));
            sleep(POLL).await;
        }
    }

    /// Waits until every server runs its share of the accounts, all online; returns the node of each account.
    async fn wait_until_shared(
        &self,
        control: &mut ControlClient,
        database: &mut AsyncPgConnection,
        nodes: usize,
    ) -> anyhow::Result<HashMap<AccountId, NodeId>> {
        let (begun, share) = (Instant::now(), self.accounts.len().div_ceil(nodes));
        loop {
            let owners = activity::owners(database).await?;
            let mut shares: HashMap<NodeId, usize> = HashMap::new();
            for owner in &owners {
                *shares.entry(owner.node_id).or_default() += 1;
            }
            let is_even = owners.len() == self.accounts.len() && shares.values().all(|count| *count <= share);
            if is_even && control.phones().await?.iter().all(|phone| phone.is_connected) {
                return Ok(owners
                    .into_iter()
                    .map(|owner| (owner.account_id, owner.node_id))
                    .collect());
            }
            if begun.elapsed() > self.time_limit() {
                bail!("the servers do not share the accounts evenly: {shares:?}");
            }
            sleep(POLL).await;
        }
    }

    fn time_limit(&self) -> Duration {
        TIMEOUT + TIME_OF_ACCOUNT * self.load.accounts
    }

    /// Each account with the server at which its events are to be heard: another one than runs it, in turn.
    fn places(&self, servers: &[Server], owners: &HashMap<AccountId, NodeId>) -> Vec<(&Account, SocketAddr)> {
        let place = |(at, account): (usize, &'_ Account)| {
            let owner = owners.get(&account.id);
            let others: Vec<&Server> = servers
                .iter()
                .filter(|server| Some(&server.node) != owner)
                .collect();
            match others.len() {
                0 => servers[0].address,
                count => others[at % count].address,
            }
        };
        let accounts = self.accounts.iter().enumerate();
        accounts
            .map(|(at, account)| (account, place((at, account))))
            .collect()
    }

    fn cpu(&self, servers: &[Server]) -> CpuTime {
        CpuTime {
            of_servers: servers.iter().map(Server::cpu).sum(),
            of_database: usage::cpu_with_children(self.setting.database_pid()),
        }
    }

    fn memory(&self, servers: &[Server], online_kib: Option<u64>) -> Option<Memory> {
        Some(Memory {
            total: resident_kib(servers)?,
            online: online_kib?,
            idle: self.idle_kib? * servers.len() as u64,
        })
    }
}

/// Figures of the servers before the traffic.
struct Before {
    online_after: Duration,
    /// The memory with every account online.
    online_kib: Option<u64>,
}

/// CPU time that was used until a moment; none where the system does not say.
#[derive(Clone, Copy)]
struct CpuTime {
    of_servers: Option<Duration>,
    of_database: Option<Duration>,
}

impl CpuTime {
    fn since(self, before: Self) -> Self {
        let spent = |now: Option<Duration>, before: Option<Duration>| Some(now?.saturating_sub(before?));
        Self {
            of_servers: spent(self.of_servers, before.of_servers),
            of_database: spent(self.of_database, before.of_database),
        }
    }
}

fn growth(before: Activity, after: Activity, cpu: Option<Duration>) -> DatabaseFigures {
    let positive = |count: i64| u64::try_from(count).unwrap_or_default();
    DatabaseFigures {
        transactions: positive(after.transactions - before.transactions),
        wal_bytes: positive(after.wal_bytes - before.wal_bytes),
        connections: positive(after.connections),
        cpu,
    }
}

/// The memory of all servers, in KiB.
fn resident_kib(servers: &[Server]) -> Option<u64> {
    servers.iter().map(Server::resident_kib).sum()
}

fn servers_text(count: usize) -> String {
    match count {
        1 => "1 server".to_owned(),
        count => format!("{count} servers"),
    }
}
