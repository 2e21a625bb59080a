//! `amda jobs`: listing, retrying and discarding jobs.

use std::path::Path;

use chrono::TimeDelta;
use secrecy::ExposeSecret;

use super::{Act, Bench, Call};
use crate::platform::{a_folder, amda};
use crate::support::core::noon;

/// Runs `amda jobs` with these arguments; returns its exit code and output.
async fn amda_jobs(bench: &Bench, folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let arguments = [&["jobs"][..], arguments].concat();
    let url = ("DATABASE_URL", bench.database.app_url().expose_secret());
    let outcome = amda(folder, &arguments, &[url]).await;
    (outcome.code, outcome.printed + &outcome.complained)
}

/// The id of the only dead job, as the list shows it.
async fn dead_id(bench: &Bench, folder: &Path) -> String {
    let (_, printed) = amda_jobs(bench, folder, &[]).await;
    let (_, given_up) = printed.split_once("GIVEN UP").expect("one was given up");
    let line = given_up.lines().nth(1).unwrap();
    line.split_whitespace().next().unwrap().to_owned()
}

/// A job with this key that was given up.
async fn kill(bench: &mut Bench, number: i64, key: Option<&str>) {
    bench.act([Act::Despair]);
    bench.enqueue(number, key).await;
    assert_eq!(bench.work(2).await, [Call::Run(1, number), Call::GiveUp]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_list_counts_by_kind_and_state_and_says_why_jobs_were_given_up() {
    let mut bench = Bench::build().await;
    let folder = a_folder();
    let (code, empty) = amda_jobs(&bench, folder.path(), &[]).await;
    assert_eq!((code, empty.trim()), (Some(0), "no jobs"));
    kill(&mut bench, 1, None).await;
    bench.enqueue(2, None).await;
    // The command goes by the machine's time.
    bench.enqueue_at(3, None, noon() + TimeDelta::days(40_000)).await;

    let (code, printed) = amda_jobs(&bench, folder.path(), &["list"]).await;

    assert_eq!(code, Some(0), "{printed}");
    let row: Vec<_> = printed.lines().nth(1).unwrap().split_whitespace().collect();
    assert_eq!(row[..5], ["test.hand", "1", "1", "0", "1"], "{printed}");
    assert_eq!(row[5], "2026-11-23T11:00:00Z", "the oldest that is due");
    assert!(
        printed.contains("the job cannot be done: it was never there"),
        "{printed}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_job_is_tried_again_once_it_is_asked_for() {
    let mut bench = Bench::build().await;
    let folder = a_folder();
    kill(&mut bench, 1, Some("key")).await;
    let id = dead_id(&bench, folder.path()).await;

    let (code, said) = amda_jobs(&bench, folder.path(), &["retry", &id]).await;
    assert_eq!((code, said.trim()), (Some(0), "1 job is tried again"));
    let (code, said) = amda_jobs(&bench, folder.path(), &["retry", &id]).await;
    assert_eq!(code, Some(1));
    assert!(said.contains("was not given up"), "{said}");

    // It is due by the machine's time.
    bench.clock.advance(TimeDelta::days(40_000));
    assert_eq!(bench.work(1).await, [Call::Run(1, 1)]);
    assert!(bench.rows().await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dead_jobs_are_tried_again_by_kind_or_all_and_what_lives_already_is_left() {
    let mut bench = Bench::build().await;
    let folder = a_folder();
    for number in 1..=2 {
        kill(&mut bench, number, None).await;
    }
    kill(&mut bench, 3, Some("key")).await;
    bench.enqueue(4, Some("key")).await;

    let (code, said) = amda_jobs(&bench, folder.path(), &["retry", "--kind", "test.other"]).await;
    assert_eq!(
        (code, said.trim()),
        (Some(0), "no job of kind test.other was given up")
    );
    let (code, said) = amda_jobs(&bench, folder.path(), &["retry", "--kind", "test.hand"]).await;

    let expected = "2 jobs are tried again; 1 left, because the same work is enqueued already";
    assert_eq!((code, said.trim()), (Some(0), expected));
    let id = dead_id(&bench, folder.path()).await;
    let (code, said) = amda_jobs(&bench, folder.path(), &["retry", &id]).await;
    assert_eq!(code, Some(1));
    assert!(said.contains("discard this one"), "{said}");
    let (code, said) = amda_jobs(&bench, folder.path(), &["retry", "--all-dead"]).await;
    assert_eq!(
        (code, said.contains("0 jobs are tried again; 1 left")),
        (Some(0), true),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_job_is_discarded_and_a_living_one_is_not() {
    let mut bench = Bench::build().await;
    let folder = a_folder();
    kill(&mut bench, 1, None).await;
    let id = dead_id(&bench, folder.path()).await;

    let (code, said) = amda_jobs(&bench, folder.path(), &["discard", &id]).await;
    assert_eq!(code, Some(0), "{said}");
    assert!(bench.rows().await.is_empty());

    let (code, said) = amda_jobs(&bench, folder.path(), &["discard", &id]).await;
    assert_eq!(code, Some(1));
    assert!(said.contains("there is no job"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_command_is_told_what_would_be_right() {
    let bench = Bench::build().await;
    let folder = a_folder();

    for wrong in [
        &["retry"][..],
        &["retry", "--all-dead", "--kind", "media.fetch"],
        &["retry", "no-id"],
        &["discard"],
    ] {
        let (code, said) = amda_jobs(&bench, folder.path(), wrong).await;
        assert_eq!(code, Some(2), "{wrong:?}: {said}");
        assert!(said.contains("--help"), "{said}");
    }
}
