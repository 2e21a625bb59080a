//! Downloads: by a signed link for a day, whole and in parts.

use std::io::Cursor;

use amda::features::Feature as _;
use amda::features::data_export::DataExports;
use amda::media::{LinkError, Links};
use chrono::TimeDelta;
use reqwest::StatusCode;
use reqwest::header::{CONTENT_DISPOSITION, CONTENT_TYPE, RANGE};
use serde_json::{Value, json};
use zip::ZipArchive;

use super::{exports, request, stored_archives, until};
use crate::support::app::{PASSWORD, TestApp};
use crate::support::http;
use crate::support::websocket::SOON;
use crate::support::world::World;

/// A server, and a link to an archive.
async fn with_link() -> (TestApp, String) {
    let app = TestApp::start().await;
    let user = app.register("alice@example.org").await;
    let mut changes = user
        .subscribe_from_now("dataExportChanged", "dataExport { state url }")
        .await;
    let query = "mutation ($password: String!) { requestDataExport(input: {currentPassword: $password}) {
        errors { message } } }";
    let asked = user.run(query, json!({"password": PASSWORD})).await;
    assert_eq!(asked["requestDataExport"]["errors"], json!([]));
    let mut last = Value::Null;
    while last["state"] != "READY" {
        last = changes.next_event(SOON * 3).await["dataExportChanged"]["dataExport"].take();
    }
    let url = last["url"].as_str().expect("there is a link").to_owned();
    (app, url)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_archive_is_downloaded_whole_or_in_parts_by_anybody_with_the_link() {
    let (app, url) = with_link().await;

    let whole = http::client()
        .get(&url)
        .header("accept-encoding", "gzip")
        .send()
        .await
        .unwrap();
    let headers = whole.headers().clone();
    let bytes = whole.bytes().await.unwrap();
    let part = http::client()
        .get(&url)
        .header(RANGE, "bytes=10-19")
        .send()
        .await
        .unwrap();

    assert_eq!(headers[CONTENT_TYPE], "application/zip");
    let disposition = headers[CONTENT_DISPOSITION].to_str().unwrap();
    assert!(
        disposition.starts_with("attachment; filename=\"amda-export-"),
        "{disposition}"
    );
    assert_eq!(headers["content-length"], bytes.len().to_string());
    assert_eq!(headers["accept-ranges"], "bytes");
    let archive = ZipArchive::new(Cursor::new(bytes.to_vec())).unwrap();
    assert!(archive.file_names().any(|name| name.unwrap() == "index.html"));
    assert_eq!(part.status(), StatusCode::PARTIAL_CONTENT);
    assert_eq!(part.bytes().await.unwrap(), bytes.slice(10..20));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_that_was_changed_is_refused() {
    let (app, url) = with_link().await;

    let (link, signature) = url.rsplit_once('=').unwrap();
    let forged: String = signature.chars().rev().collect();
    let other_signature = http::get(&format!("{link}={forged}")).await;
    let later = http::get(&url.replace("expires=1", "expires=2")).await;
    let as_media = http::get(&url.replace("/archives/archive.", "/media/")).await;

    assert_eq!(other_signature.status(), StatusCode::FORBIDDEN);
    assert_eq!(later.status(), StatusCode::FORBIDDEN);
    assert_eq!(as_media.status(), StatusCode::FORBIDDEN);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_archive_expires_after_a_day_and_is_removed() {
    let (world, account) = World::with_user("FREE").await;
    let id = request(&world, account).await;
    let running = world.run("data_export.");
    let ready = until(&world, account, "READY").await;
    running.stop().await;
    assert_eq!(stored_archives(&world).len(), 1);

    world.clock.advance(TimeDelta::hours(24));
    let over = exports(&world, account).await.swap_remove(0);
    let download = world.services.data_exports.find_download(account.user, id).await;
    let mut work = world.core.begin(account.user).await.unwrap();
    let now = work.now;
    let expired = DataExports.expiries()[0]
        .expire(&mut work, now, 10)
        .await
        .unwrap();
    work.commit().await.unwrap();
    let running = world.run("media.");
    let gone = async {
        while !stored_archives(&world).is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(super::PATIENCE, gone)
        .await
        .expect("the archive is removed");
    running.stop().await;

    assert_eq!(ready["state"], "READY");
    assert_eq!((&over["state"], &over["url"]), (&json!("EXPIRED"), &json!(null)));
    assert!(download.unwrap().is_none());
    assert_eq!(expired, 1);
    assert_eq!(exports(&world, account).await[0]["state"], "EXPIRED");
}

#[tokio::test]
async fn a_link_is_good_until_its_archive_expires_and_names_its_owner() {
    let (world, account) = World::with_user("FREE").await;
    let base = "https://amda.example/".parse().unwrap();
    let links = Links::new(world.core.vault.secret(), base, TimeDelta::minutes(15));
    let id: ulid::Ulid = world.core.ids.next();
    let now = amda::clock::Clock::now(&*world.clock);
    let until = now + TimeDelta::hours(24);

    let link = links.sign_archive(account.user, id.into(), until).url;

    let token = link.path_segments().unwrap().next_back().unwrap();
    let query = |wanted: &str| {
        let found = link.query_pairs().find(|(name, _)| name == wanted);
        found.unwrap().1.into_owned()
    };
    let follow = |at| links.verify_archive(token, &query("expires"), &query("signature"), at);
    assert_eq!(
        follow(until - TimeDelta::seconds(1)),
        Ok((account.user, id.into()))
    );
    assert_eq!(follow(until), Err(LinkError::Expired(until)));
}
