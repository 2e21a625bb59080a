//! What nginx passes on, and what AMDA knows of the clients behind it.

use amda::features::users;
use amda::media::uploads::MOST_BYTES;
use amda::plan::Plan;
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Error;

use super::front::{Caller, Front, NAME};
use crate::support::files::{Film, atom};
use crate::support::websocket::SOON;

const EVENTS: &str = "subscription ($after: Cursor) { events(after: $after) { kind } }";
const RENAME: &str = "mutation { updateProfile(input: {displayName: \"Alice\"}) { errors { message } } }";

/// A video of as many bytes as are taken.
fn the_largest_video() -> Vec<u8> {
    let film = Film::USUAL.bytes();
    let padding = vec![0; MOST_BYTES as usize - film.len() - 8];
    [film, atom(*b"free", &[&padding])].concat()
}

/// The variables of [`EVENTS`] from now on.
async fn from_now(caller: &Caller<'_>) -> Value {
    let mut now = caller.run("{ viewer { eventCursor } }", json!({})).await;
    json!({"after": now["viewer"]["eventCursor"].take()})
}

/// Announces a video of `size` bytes; answers with its upload.
async fn announce(caller: &Caller<'_>, size: usize) -> Value {
    let linked = caller
        .run(
            "mutation { linkAccount(input: {method: {qr: true}}) { account { id } errors { message } } }",
            json!({}),
        )
        .await;
    let input = json!({
        "accountId": linked["linkAccount"]["account"]["id"], "mimeType": "video/mp4", "sizeBytes": size,
    });
    let query = "mutation ($input: CreateUploadInput!) { createUpload(input: $input) { upload { id url } errors { message } } }";
    let mut made = caller.run(query, json!({ "input": input })).await;
    made["createUpload"]["upload"].take()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subscription_over_a_websocket_hears_what_happens() {
    let front = Front::open().await;
    let mut alice = front.caller(2);
    alice.register("alice@example.org", &[]).await.unwrap();
    let mut socket = alice.connect(None).await.unwrap();
    socket.introduce(alice.token.as_deref()).await;
    socket.subscribe(EVENTS, from_now(&alice).await).await;

    alice.run(RENAME, json!({})).await;

    assert_eq!(socket.next_event(SOON).await["events"]["kind"], "PROFILE_CHANGED");
    front.app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subscription_over_plain_http_gets_each_part_at_once() {
    let front = Front::open().await;
    let mut alice = front.caller(2);
    alice.register("alice@example.org", &[]).await.unwrap();
    let accept = ("accept", "multipart/mixed;subscriptionSpec=1.0, application/json");
    let mut parts = alice.send(EVENTS, from_now(&alice).await, &[accept]).await;

    alice.run(RENAME, json!({})).await;

    let mut heard = String::new();
    while !heard.contains("PROFILE_CHANGED") {
        let part = timeout(SOON, parts.chunk()).await.expect("a part comes at once");
        heard.push_str(&String::from_utf8_lossy(
            &part.unwrap().expect("the subscription goes on"),
        ));
    }
    front.app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_largest_file_is_uploaded_and_shown_without_lying_on_the_disk_of_the_proxy() {
    let front = Front::open().await;
    let mut alice = front.caller(2);
    alice.register("alice@example.org", &[]).await.unwrap();
    users::set_plan(&front.app.app.services.core, "alice@example.org", Plan::Premium)
        .await
        .unwrap();
    let video = the_largest_video();
    let upload = announce(&alice, video.len()).await;
    let link = upload["url"].as_str().unwrap();
    assert!(link.starts_with(&front.url("/uploads/")), "{link}");

    let taken = alice.http.put(link).body(video.clone()).send().await.unwrap();

    assert_eq!(taken.status(), StatusCode::NO_CONTENT);
    let query = "query ($id: ID!) { node(id: $id) { ... on Upload { media { url } } } }";
    let shown = alice.run(query, json!({"id": upload["id"]})).await;
    let link = shown["node"]["media"]["url"].as_str().unwrap();
    let content = alice.http.get(link).send().await.unwrap().bytes().await.unwrap();
    assert_eq!(content.len(), video.len());
    assert!(!front.nginx.log().contains("signature"), "links are keys");
    front.app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_client_has_limits_of_its_own_whatever_address_it_claims() {
    let front = Front::open().await;
    let (mut mallory, mut bob) = (front.caller(2), front.caller(3));
    for number in 0..3 {
        let email = format!("mallory{number}@example.org");
        mallory.register(&email, &[]).await.unwrap();
    }

    let claimed = [("x-forwarded-for", "203.0.113.9")];
    let refused = mallory.register("mallory3@example.org", &claimed).await;
    let taken = bob.register("bob@example.org", &claimed).await;

    assert_eq!(refused, Err("LIMIT_EXCEEDED".to_owned()));
    assert_eq!(taken, Ok(()));
    let shown = bob.run("{ viewer { sessions { ipAddress } } }", json!({})).await;
    assert_eq!(shown["viewer"]["sessions"][0]["ipAddress"], "127.0.0.3");
    front.app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_of_other_origins_open_no_socket() {
    let front = Front::open().await;
    let alice = front.caller(2);
    let own = front.url("");

    let refused = alice.connect(Some("https://evil.example.org")).await;
    let taken = alice.connect(Some(&own)).await;

    let Err(Error::Http(refused)) = refused else {
        panic!("a page of another origin opened a socket");
    };
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    taken.unwrap().introduce(None).await;
    front.app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn plain_http_leads_to_https_and_another_name_to_nothing() {
    let front = Front::open().await;
    let caller = front.caller(2);
    let get = |url: String| caller.http.get(url).header("accept", "application/json");

    let plain = format!("http://{}/graphql?query={{__typename}}", front.nginx.http);
    let redirected = get(plain).header("host", NAME).send().await.unwrap();
    let strange = get(front.url("/graphql?query={__typename}"))
        .header("host", "evil.example.org")
        .send()
        .await
        .unwrap();

    assert_eq!(redirected.status(), StatusCode::MOVED_PERMANENTLY);
    let location = redirected.headers()["location"].to_str().unwrap();
    assert!(
        location.starts_with(&format!("https://{NAME}/graphql?query=")),
        "{location}"
    );
    assert_eq!(strange.status(), StatusCode::MISDIRECTED_REQUEST);
    front.app.stop().await;
}
