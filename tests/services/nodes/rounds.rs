use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::json;

use super::stage::{EACH, MISSING_EVENTS, ONLINE, PHONES, STATUSES, Stage};

/// Number of rounds, unless `AMDA_NODE_ROUNDS` says another: one of each trouble.
const ROUNDS: u32 = 9;
/// Time within which everything is as before, whatever happened.
const BOUND: Duration = Duration::from_secs(15);
/// Within which the accounts of a server that died are online elsewhere.
const FAILOVER: Duration = Duration::from_secs(10);
/// Lets a server sleep, or be cut off, for longer than its leases last.
const LONGER_THAN_A_LEASE: f64 = 8.0;
/// Most logins of an account in a rolling restart.
const ROLLING_LOGINS: u64 = 2;

/// What happens to one of the servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trouble {
    /// `kill -9`.
    Killed,
    /// SIGSTOP for longer than the lease, and SIGCONT.
    Asleep,
    /// No byte passes between it and the database for longer than the lease.
    NoDatabase,
    /// None between it and Redis.
    NoRedis,
    /// None to either.
    NoDatabaseNorRedis,
    /// Its clock jumps five minutes ahead.
    ClockAhead,
    /// Its clock falls five minutes behind.
    ClockBehind,
    /// SIGTERM.
    Stopped,
    /// Every server is stopped and started, one after the other.
    RollingRestart,
}

impl Trouble {
    const ALL: [Self; 9] = [
        Self::Killed,
        Self::Asleep,
        Self::NoDatabase,
        Self::NoRedis,
        Self::NoDatabaseNorRedis,
        Self::ClockAhead,
        Self::ClockBehind,
        Self::Stopped,
        Self::RollingRestart,
    ];
}

/// What became of a round.
struct Outcome {
    trouble: Trouble,
    way: &'static str,
    seen: String,
    until_normal: Duration,
    /// Most logins of one account.
    logins: u64,
    doubled_sockets: u64,
}

/// Lets `trouble` happen to a server, with a status at each account before, in and after it.
async fn round(stage: &mut Stage, number: u32, trouble: Trouble) -> Outcome {
    let posted = i64::from(number) * 3 * EACH;
    let (logins, doubled) = stage.logins().await;
    stage.posts(&format!("{number} before")).await;
    stage
        .until("the statuses before are there", STATUSES, posted + EACH)
        .await;
    let victim = stage.an_owner(number).await;
    let since = stage.now().await;

    let begun = Instant::now();
    begin(stage, victim, trouble).await;
    stage.posts(&format!("{number} in it")).await;
    stage
        .until("the statuses in it are there", STATUSES, posted + 2 * EACH)
        .await;
    stage.until("every account is online", ONLINE, EACH).await;
    let until_normal = begun.elapsed();
    // Whoever asks another server sees all of it.
    let seen = stage
        .user_beside(victim)
        .run("{ viewer { statuses(first: 1) { totalCount } } }", json!({}))
        .await;
    assert_eq!(seen["viewer"]["statuses"]["totalCount"], posted + 2 * EACH);

    end(stage, victim, trouble).await;
    stage.until_settled().await;
    stage.posts(&format!("{number} after")).await;
    stage
        .until("the statuses after are there", STATUSES, posted + 3 * EACH)
        .await;
    let (logins_after, doubled_after) = stage.logins().await;
    let more = logins_after.iter().map(|(phone, count)| count - logins[phone]);
    Outcome {
        trouble,
        way: stage.servers[victim].1.kind(),
        seen: stage.seen_since(&since).await,
        until_normal,
        logins: more.max().unwrap_or_default(),
        doubled_sockets: doubled_after - doubled,
    }
}

async fn begin(stage: &mut Stage, victim: usize, trouble: Trouble) {
    let (server, ways) = &mut stage.servers[victim];
    let running = server.as_ref().expect("it runs");
    match trouble {
        Trouble::Killed => running.signal(Signal::KILL),
        Trouble::Asleep => running.signal(Signal::STOP),
        Trouble::NoDatabase => ways.cut(true, false),
        Trouble::NoRedis => ways.cut(false, true),
        Trouble::NoDatabaseNorRedis => ways.cut(true, true),
        Trouble::ClockAhead => ways.set_clock("+300"),
        Trouble::ClockBehind => ways.set_clock("-300"),
        Trouble::Stopped => running.signal(Signal::TERM),
        Trouble::RollingRestart => {
            for number in 0..stage.servers.len() {
                let stopped = stage.servers[number].0.take().expect("it runs");
                stopped.signal(Signal::TERM);
                stopped.wait();
                stage.start(number);
                stage.until_settled().await;
            }
        }
    }
}

/// Ends the trouble: the server comes back, or a new one in its place.
async fn end(stage: &mut Stage, victim: usize, trouble: Trouble) {
    match trouble {
        Trouble::Killed | Trouble::Stopped => {
            stage.servers[victim].0.take().expect("it ran").wait();
            stage.start(victim);
        }
        Trouble::Asleep => {
            stage.pause(LONGER_THAN_A_LEASE).await;
            let (server, _) = &stage.servers[victim];
            server.as_ref().expect("it sleeps").signal(Signal::CONT);
        }
        Trouble::RollingRestart => {}
        _ => {
            stage.pause(LONGER_THAN_A_LEASE).await;
            stage.servers[victim].1.mend();
        }
    }
}

fn table(outcomes: &[Outcome]) -> String {
    let mut text = "| round | injected | server | the user sees | seconds until normal | logins of an account | sockets at once |\n\
                    |---|---|---|---|---|---|---|\n"
        .to_owned();
    for (number, outcome) in outcomes.iter().enumerate() {
        let Outcome {
            trouble,
            way,
            seen,
            until_normal,
            logins,
            doubled_sockets,
        } = outcome;
        let seconds = until_normal.as_secs_f64();
        let _ = writeln!(
            text,
            "| {number} | {trouble:?} | {way} | {seen} | {seconds:.1} | {logins} | {doubled_sockets} |"
        );
    }
    text
}

/// The statuses that were liked more than once, and the number of those that were liked.
async fn likes(stage: &Stage) -> (usize, usize) {
    let mut of_each: BTreeMap<String, u32> = BTreeMap::new();
    for phone in PHONES {
        let sent = stage.simulator.sent(phone).await.unwrap();
        for like in sent.iter().filter(|message| message.kind == "reaction") {
            let target = like.target_message_id.clone().unwrap();
            *of_each.entry(format!("{phone} {target}")).or_default() += 1;
        }
    }
    let doubled = of_each.values().filter(|count| **count > 1).count();
    (doubled, of_each.len())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_happens_to_one_of_three_servers_nothing_is_lost_or_doubled_and_accounts_are_back_in_seconds()
 {
    let rounds = std::env::var("AMDA_NODE_ROUNDS")
        .map_or(ROUNDS, |rounds| rounds.parse().expect("a number of rounds"));
    let mut stage = Stage::open().await;

    let mut outcomes = Vec::new();
    let only = std::env::var("AMDA_NODE_TROUBLE").ok();
    let is_chosen = |trouble: &Trouble| only.as_deref().is_none_or(|only| only == format!("{trouble:?}"));
    let troubles = Trouble::ALL.into_iter().filter(is_chosen);
    for (number, trouble) in (0..rounds).zip(troubles.cycle()) {
        outcomes.push(round(&mut stage, number, trouble).await);
    }
    let posted = i64::from(rounds) * 3 * EACH;
    let lost = posted - stage.count(STATUSES).await;
    let missing = stage.count(MISSING_EVENTS).await;
    let (doubled, liked) = likes(&stage).await;

    eprintln!(
        "{}\nof {posted} statuses {lost} lost; of {liked} likes {doubled} doubled; {missing} events missing",
        table(&outcomes)
    );
    assert_eq!((lost, doubled, missing), (0, 0, 0));
    for outcome in &outcomes {
        let trouble = outcome.trouble;
        let bound = match trouble {
            Trouble::Killed | Trouble::Stopped => FAILOVER,
            // Each server waits until the accounts are shared again.
            Trouble::RollingRestart => BOUND * 4,
            _ => BOUND,
        };
        assert!(outcome.until_normal < bound, "{trouble:?}");
        // A process that sleeps cannot close its socket; WhatsApp does, when the next one logs in.
        let allowed = if trouble == Trouble::Asleep {
            PHONES.len() as u64
        } else {
            0
        };
        assert!(outcome.doubled_sockets <= allowed, "{trouble:?}");
        if trouble == Trouble::RollingRestart {
            assert!(outcome.logins <= ROLLING_LOGINS, "{} logins", outcome.logins);
        }
    }
}
