//! `amda load`, with tiny numbers: the table is whole, and nothing is left behind.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::command_line::amda;
use super::embedded::a_folder;

/// Time limit of the end of the last process: a shell that looks ten times a second whether its server is gone.
const END_TIMEOUT: Duration = Duration::from_secs(10);

/// Waits until no process works in the folder, or has a command that names it.
fn wait_until_deserted(folder: &Path) {
    let deadline = Instant::now() + END_TIMEOUT;
    loop {
        let left = processes_in(folder);
        if left.is_empty() {
            return;
        }
        assert!(Instant::now() < deadline, "processes are left: {left:?}");
        std::thread::yield_now();
    }
}

fn processes_in(folder: &Path) -> Vec<String> {
    let name = folder.to_str().unwrap();
    let is_of_folder = |process: &Path| {
        let command = fs::read(process.join("cmdline")).unwrap_or_default();
        let works_in = fs::read_link(process.join("cwd")).unwrap_or_default();
        String::from_utf8_lossy(&command).contains(name) || works_in.starts_with(folder)
    };
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    processes
        .map(|entry| entry.path())
        .filter(|process| is_of_folder(process))
        .map(|process| process.display().to_string())
        .collect()
}

#[tokio::test]
async fn load_measures_each_number_of_servers_and_leaves_nothing_behind() {
    let folder = a_folder();
    let temporary = folder.path().to_str().unwrap();
    let arguments = [
        "load",
        "--accounts",
        "2",
        "--nodes",
        "1,2",
        "--rate",
        "10",
        "--seconds",
        "2",
    ];

    let outcome = amda(folder.path(), &arguments, &[("TMPDIR", temporary)]).await;

    assert_eq!(outcome.code, Some(0), "{}", outcome.complained);
    let rows: Vec<Vec<&str>> = outcome
        .printed
        .lines()
        .filter(|line| line.starts_with('|'))
        .map(|line| line.trim_matches(['|', ' ']).split(" | ").collect())
        .collect();
    assert_eq!(rows.len(), 4, "a head, a line and two rows: {}", outcome.printed);
    for (row, nodes) in rows[2..].iter().zip(["1", "2"]) {
        assert_eq!(row.len(), rows[0].len(), "{}", outcome.printed);
        assert_eq!(row[..2], [nodes, "2"]);
        let are_positive = row[2..6]
            .iter()
            .all(|figure| figure.parse::<f64>().unwrap() > 0.0);
        assert!(are_positive, "{}", outcome.printed);
    }
    assert!(!outcome.printed.contains("WARNING"), "{}", outcome.printed);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    wait_until_deserted(folder.path());
}

#[test]
fn an_interrupted_load_leaves_nothing_behind_either() {
    let folder = a_folder();
    let mut command = Command::new(env!("CARGO_BIN_EXE_amda"));
    command
        .args(["load", "--accounts", "2"])
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("TMPDIR", folder.path())
        .current_dir(folder.path())
        .stderr(Stdio::piped());
    let mut load = command.spawn().unwrap();
    let told = BufReader::new(load.stderr.take().unwrap());
    let mut told = told.lines().map_while(Result::ok);
    told.find(|line| line.contains("accounts linked"))
        .expect("it begins to link");

    kill_process(Pid::from_child(&load), Signal::INT).unwrap();
    let last = told.last().unwrap_or_default();

    assert_eq!(load.wait().unwrap().code(), Some(1));
    assert!(last.contains("stopped before the end"), "{last}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    wait_until_deserted(folder.path());
}

#[tokio::test]
async fn wrong_numbers_of_load_are_refused_before_anything_is_begun() {
    let folder = a_folder();

    let outcome = amda(folder.path(), &["load", "--nodes", "9"], &[]).await;

    assert_eq!(outcome.code, Some(2));
    assert!(
        outcome.complained.contains("--nodes") && outcome.complained.contains("1..=4"),
        "{}",
        outcome.complained
    );
}
