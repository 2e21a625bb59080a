//! Recovery from a killed AMDA or a killed PostgreSQL, and a stop that leaves no process.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use amda::config::EmbeddedConfig;
use amda::db::embedded::{Embedded, running_url};
use rustix::process::{Pid, Signal, kill_process};

use super::embedded::{a_folder, ask, config};
use crate::support::database::connect;

/// Time limit of each step.
const STEP_TIMEOUT: Duration = Duration::from_secs(20);

fn pid(number: u32) -> Pid {
    Pid::from_raw(i32::try_from(number).unwrap()).unwrap()
}

/// Polls until something outside of this process has happened.
async fn eventually(what: &str, mut has_happened: impl FnMut() -> bool) {
    let deadline = Instant::now() + STEP_TIMEOUT;
    while !has_happened() {
        assert!(Instant::now() < deadline, "within {STEP_TIMEOUT:?}: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// The living processes that belong to the server: itself, its workers, and the shell that holds the leash.
fn family_of(server: u32) -> Vec<(u32, String)> {
    let server = server.to_string();
    let read = |entry: fs::DirEntry| {
        let number: u32 = entry.file_name().to_str()?.parse().ok()?;
        let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
        let (name, rest) = stat.split_once('(')?.1.rsplit_once(')')?;
        let mut fields = rest.split_whitespace();
        let (state, parent, group) = (fields.next()?, fields.next()?, fields.next()?);
        let is_member = (parent == server || group == server) && state != "Z";
        is_member.then(|| (number, name.to_owned()))
    };
    fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .filter_map(read)
        .collect()
}

fn is_alive(process: u32) -> bool {
    fs::read_to_string(format!("/proc/{process}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

/// The configuration with durable commits, as in service.
fn durable(folder: &Path) -> EmbeddedConfig {
    EmbeddedConfig {
        durable: true,
        ..config(folder)
    }
}

async fn started_with_a_row(folder: &Path) -> Embedded {
    let embedded = Embedded::start(&durable(folder)).await.unwrap();
    let client = connect(&embedded.url().into()).await;
    client
        .batch_execute("CREATE TABLE kept (word text); INSERT INTO kept VALUES ('here')")
        .await
        .unwrap();
    embedded
}

#[tokio::test]
#[cfg(target_os = "linux")]
async fn stopping_leaves_no_process() {
    let folder = a_folder();
    let embedded = started_with_a_row(folder.path()).await;
    let family = family_of(embedded.pid());
    assert!(
        family.len() > 4,
        "the server, its workers and its leash: {family:?}"
    );

    embedded.stop().await.unwrap();

    eventually("the whole family is gone", || {
        !family.iter().any(|(process, _)| is_alive(*process))
    })
    .await;
}

#[tokio::test]
async fn letting_go_stops_the_server_and_a_start_meanwhile_waits_for_its_end() {
    let folder = a_folder();
    let embedded = started_with_a_row(folder.path()).await;
    let first = embedded.pid();
    // What the kernel does for an AMDA that is killed: its end of the leash closes, its lock goes.
    drop(embedded);

    let second = Embedded::start(&config(&folder)).await.unwrap();

    assert_ne!(second.pid(), first);
    assert_eq!(ask(&second, "SELECT word FROM kept").await, "here");
    second.stop().await.unwrap();
}

#[tokio::test]
#[cfg(target_os = "linux")]
async fn a_server_whose_leash_was_killed_too_is_stopped_by_the_next_start() {
    let folder = a_folder();
    let embedded = started_with_a_row(folder.path()).await;
    let first = embedded.pid();
    let (leash, _) = family_of(first)
        .into_iter()
        .find(|(_, name)| name != "postgres")
        .unwrap();
    kill_process(pid(leash), Signal::KILL).unwrap();
    eventually("the leash is gone", || !is_alive(leash)).await;
    drop(embedded);
    assert!(
        running_url(&config(&folder)).is_some(),
        "nothing stops it any more"
    );

    let second = Embedded::start(&config(&folder)).await.unwrap();

    assert_ne!(second.pid(), first);
    assert_eq!(ask(&second, "SELECT word FROM kept").await, "here");
    assert!(!is_alive(first));
    second.stop().await.unwrap();
}

#[tokio::test]
async fn a_killed_server_comes_back_with_everything_committed() {
    let folder = a_folder();
    let embedded = started_with_a_row(folder.path()).await;
    kill_process(pid(embedded.pid()), Signal::KILL).unwrap();
    embedded.stop().await.unwrap();
    assert!(
        config(&folder).folder.join("cluster/postmaster.pid").exists(),
        "a stale lock file is what this is about"
    );

    let again = Embedded::start(&config(&folder)).await.unwrap();

    assert_eq!(ask(&again, "SELECT word FROM kept").await, "here");
    again.stop().await.unwrap();
}

#[tokio::test]
async fn a_lock_file_that_names_another_living_process_does_not_stop_a_start() {
    let folder = a_folder();
    started_with_a_row(folder.path()).await.stop().await.unwrap();
    let lock = config(&folder).folder.join("cluster/postmaster.pid");
    // In a container the numbers of an earlier run come again; here it is a process that is surely alive and not ours.
    let stranger = std::process::Command::new("sleep").arg("60").spawn();
    let mut stranger = stranger.unwrap();
    fs::write(
        &lock,
        format!("{}\n/elsewhere\n1\n5432\n/elsewhere\n\n", stranger.id()),
    )
    .unwrap();
    assert_eq!(running_url(&config(&folder)), None);

    let embedded = Embedded::start(&config(&folder)).await.unwrap();

    assert_eq!(ask(&embedded, "SELECT word FROM kept").await, "here");
    assert!(
        stranger.try_wait().unwrap().is_none(),
        "the stranger was left alone"
    );
    stranger.kill().unwrap();
    stranger.wait().unwrap();
    embedded.stop().await.unwrap();
}

#[tokio::test]
async fn an_interrupted_making_of_the_cluster_is_begun_again() {
    let folder = a_folder();
    let half_made = config(&folder).folder.join("cluster.new");
    fs::create_dir_all(&half_made).unwrap();
    fs::write(half_made.join("PG_VERSION"), "15\n").unwrap();
    crate::support::database::open_to_passers(&folder.path().join("data"));

    let embedded = Embedded::start(&config(&folder)).await.unwrap();

    assert!(!half_made.exists());
    embedded.stop().await.unwrap();
}

#[tokio::test]
async fn a_server_that_ends_while_starting_tells_the_end_of_its_log() {
    let folder = a_folder();
    started_with_a_row(folder.path()).await.stop().await.unwrap();
    let settings = config(&folder).folder.join("cluster/postgresql.conf");
    fs::write(&settings, "no_such_setting = 1\n").unwrap();

    let error = Embedded::start(&config(&folder)).await.unwrap_err().to_string();

    assert!(error.contains("no_such_setting"), "{error}");
    assert!(error.contains("postgres.log"), "{error}");
}
