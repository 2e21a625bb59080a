//! Signed links over real HTTP.

use amda::account::AccountRef;
use amda::id::MediaId;
use amda::media::{Links, Part, routes};
use bytes::Bytes;
use chrono::TimeDelta;
use reqwest::{Method, Response, StatusCode};
use tokio::net::TcpListener;
use url::Url;

use super::{objects, set_mime_type, stored};
use crate::support::core::noon;
use crate::support::fetcher::content;
use crate::support::http;
use crate::support::world::World;

/// A stored file, and a server of its link.
struct Served {
    world: World,
    alice: AccountRef,
    media: MediaId,
    plain: Bytes,
    links: Links,
}

impl Served {
    async fn build(size: usize) -> Self {
        let (world, alice) = World::with_user("FREE").await;
        let plain = content(size);
        let media = stored(&world, alice, &plain).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let base = format!("http://127.0.0.1:{port}/").parse().unwrap();
        let links = Links::new(world.core.vault.secret(), base, TimeDelta::minutes(15));
        let app = routes(world.core.clone(), world.objects.clone(), links.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self {
            world,
            alice,
            media,
            plain,
            links,
        }
    }

    fn link(&self) -> Url {
        let now = amda::clock::Clock::now(&*self.world.clock);
        self.links
            .sign(self.alice.user, self.media, Part::Content, now)
            .url
    }

    async fn get(&self, range: Option<&str>) -> Response {
        self.send(Method::GET, self.link(), range).await
    }

    async fn send(&self, method: Method, url: Url, range: Option<&str>) -> Response {
        let mut request = http::client().request(method, url);
        if let Some(range) = range {
            request = request.header("range", range);
        }
        request.send().await.unwrap()
    }

    /// Changes the sealed file.
    fn tamper(&self, change: impl FnOnce(&mut Vec<u8>)) {
        let path = objects(&self.world).pop().unwrap();
        let mut bytes = std::fs::read(&path).unwrap();
        change(&mut bytes);
        std::fs::write(path, bytes).unwrap();
    }
}

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response
        .headers()
        .get(name)
        .map_or("", |value| value.to_str().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_shows_the_whole_file_and_lets_nobody_keep_or_guess_it() {
    let served = Served::build(1_000_000).await;

    let response = served.get(None).await;

    assert_eq!(response.status(), StatusCode::OK);
    for (name, value) in [
        ("content-type", "image/jpeg"),
        ("content-length", "1000000"),
        ("content-disposition", "inline"),
        ("accept-ranges", "bytes"),
        ("cache-control", "private, no-store"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
    ] {
        assert_eq!(header(&response, name), value, "{name}");
    }
    assert_eq!(response.bytes().await.unwrap(), served.plain);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_range_is_served_to_the_byte_across_chunks_and_windows() {
    let served = Served::build(1_000_000).await;

    for (range, start, end) in [
        ("bytes=0-0", 0, 1),
        ("bytes=65535-65536", 65_535, 65_537),
        ("bytes=100-600000", 100, 600_001),
        ("bytes=999990-", 999_990, 1_000_000),
        ("bytes=-5", 999_995, 1_000_000),
        ("bytes=0-", 0, 1_000_000),
    ] {
        let response = served.get(Some(range)).await;

        assert_eq!(response.status(), StatusCode::PARTIAL_CONTENT, "{range}");
        let place = format!("bytes {start}-{}/1000000", end - 1);
        assert_eq!(header(&response, "content-range"), place);
        assert_eq!(
            response.bytes().await.unwrap(),
            served.plain.slice(start..end),
            "{range}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_range_beyond_the_end_is_refused_with_the_size() {
    let served = Served::build(1_000).await;

    let response = served.get(Some("bytes=1000-")).await;

    assert_eq!(response.status(), StatusCode::RANGE_NOT_SATISFIABLE);
    assert_eq!(header(&response, "content-range"), "bytes */1000");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn head_tells_the_size_and_sends_nothing() {
    let served = Served::build(1_000).await;

    let response = served.send(Method::HEAD, served.link(), None).await;

    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(header(&response, "content-length"), "1000");
    assert!(response.bytes().await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_expired_link_is_gone_and_says_so() {
    let served = Served::build(10).await;
    let link = served.link();

    served.world.clock.advance(TimeDelta::minutes(15));
    let response = served.send(Method::GET, link, None).await;

    assert_eq!(response.status(), StatusCode::GONE);
    let text = response.text().await.unwrap();
    assert_eq!(
        text,
        "this link was good until 2026-11-23 11:15:00 UTC; ask the API for another"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_that_was_changed_anywhere_is_forbidden() {
    let served = Served::build(10).await;
    let bob = served.world.user("FREE").await;
    let of_bob = served
        .links
        .sign(bob.user, served.media, Part::Content, noon())
        .url;
    let link = served.link().to_string();
    let token = served
        .link()
        .path_segments()
        .unwrap()
        .next_back()
        .unwrap()
        .to_owned();
    let token_of_bob = of_bob.path_segments().unwrap().next_back().unwrap().to_owned();

    for changed in [
        link.replace("expires=", "expires=9"),
        link.replace("signature=", "signature=A"),
        link.replace(&token, &token_of_bob),
        link.replace(&token, "nonsense"),
        link.split('?').next().unwrap().to_owned(),
    ] {
        let response = served.send(Method::GET, changed.parse().unwrap(), None).await;
        assert_eq!(response.status(), StatusCode::FORBIDDEN, "{changed}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_to_what_is_no_longer_kept_finds_nothing() {
    let served = Served::build(10).await;
    let link = served.link();
    let mut work = served.world.core.begin(served.alice.user).await.unwrap();
    amda::media::forget(&mut work, &[served.media]).await.unwrap();
    work.commit().await.unwrap();

    assert_eq!(
        served.send(Method::GET, link, None).await.status(),
        StatusCode::NOT_FOUND
    );
    let nobody = served.world.core.ids.next();
    let of_nobody = served.links.sign(nobody, served.media, Part::Content, noon()).url;
    assert_eq!(
        served.send(Method::GET, of_nobody, None).await.status(),
        StatusCode::NOT_FOUND
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_type_that_browsers_would_run_is_offered_for_saving_only() {
    let served = Served::build(10).await;
    for (declared, shown) in [
        ("text/html", "application/octet-stream"),
        ("image/svg+xml", "application/octet-stream"),
        ("nonsense\u{e9}", "application/octet-stream"),
        ("audio/ogg; codecs=opus", "audio/ogg"),
    ] {
        set_mime_type(&served.world, served.alice, served.media, declared).await;

        let response = served.get(None).await;

        assert_eq!(header(&response, "content-type"), shown, "{declared}");
        let disposition = if shown == "audio/ogg" {
            "inline"
        } else {
            "attachment"
        };
        assert_eq!(header(&response, "content-disposition"), disposition);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_file_is_an_error_and_not_garbage() {
    let served = Served::build(200_000).await;
    served.tamper(|bytes| bytes[70_000] ^= 1);

    let damaged = served.get(Some("bytes=65536-65546")).await;
    assert_eq!(damaged.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(
        damaged.text().await.unwrap(),
        "the stored file is damaged; tell the operator"
    );

    let sound = served.get(Some("bytes=0-65535")).await;
    assert_eq!(
        sound.bytes().await.unwrap(),
        served.plain.slice(..65_536),
        "other chunks still open"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_was_cut_off_or_reordered_or_removed_is_an_error() {
    let whole = 65_536 + amda::crypto::OVERHEAD_BYTES;
    let served = Served::build(200_000).await;
    let sound = std::fs::read(objects(&served.world).pop().unwrap()).unwrap();

    served.tamper(|bytes| bytes.truncate(3 * whole));
    let cut = served.get(None).await;
    assert_eq!(cut.status(), StatusCode::INTERNAL_SERVER_ERROR);
    served.tamper(|bytes| {
        bytes.clone_from(&sound);
        let (first, rest) = bytes.split_at_mut(whole);
        first.swap_with_slice(&mut rest[..whole]);
    });
    assert_eq!(served.get(None).await.status(), StatusCode::INTERNAL_SERVER_ERROR);
    std::fs::remove_file(objects(&served.world).pop().unwrap()).unwrap();
    let gone = served.get(None).await;
    assert_eq!(gone.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(
        gone.text().await.unwrap(),
        "the stored file is gone; tell the operator"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_damaged_further_on_ends_the_connection_early() {
    let served = Served::build(2_000_000).await;
    served.tamper(|bytes| {
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
    });

    let response = served.get(None).await;

    assert_eq!(header(&response, "content-length"), "2000000");
    assert!(
        response.bytes().await.is_err(),
        "the body does not come to its end"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_empty_file_is_shown_empty() {
    let served = Served::build(0).await;

    let response = served.get(None).await;

    assert_eq!(response.status(), StatusCode::OK);
    assert!(response.bytes().await.unwrap().is_empty());
}
