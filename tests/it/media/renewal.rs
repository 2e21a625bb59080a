//! Files that WhatsApp no longer serves: the phone uploads them anew, and is asked once.

use amda::account::AccountRef;
use amda::id::MediaId;
use amda::media::{Fetching, fetch_later};
use chrono::TimeDelta;

use super::row;
use crate::support::darkroom::{Darkroom, Phone, Served, content, picture};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_the_phone_uploads_anew_is_kept() {
    let room = Darkroom::build().await;
    let alice = room.user("FREE").await;
    let plain = content(100);
    room.fetcher.serve("/old", Served::Expired);
    room.fetcher.serve("/new", Served::Content(plain.clone()));
    room.fetcher.set_phone(Phone::Has("/new".to_owned()));

    let media = room.want(alice, &picture("/old", &plain)).await;
    room.settle(1).await;

    assert_eq!(row(&room, alice, media).await.state, "STORED");
    assert_eq!(room.fetcher.asked(), ["/old"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_phone_is_asked_once_however_often_the_file_is_wanted() {
    let room = Darkroom::build().await;
    let alice = room.user("FREE").await;
    room.fetcher.serve("/old", Served::Expired);
    let media = room.want(alice, &picture("/old", b"x")).await;
    room.settle(1).await;

    for _ in 0..2 {
        assert_eq!(row(&room, alice, media).await.state, "EXPIRED");
        want_again(&room, alice, media).await;
        room.settle(1).await;
    }

    assert_eq!(room.fetcher.asked(), ["/old"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_phone_is_asked_when_the_account_is_back() {
    let room = Darkroom::build().await;
    let alice = room.user("FREE").await;
    let plain = content(100);
    room.fetcher.serve("/old", Served::Expired);
    room.fetcher.serve("/new", Served::Content(plain.clone()));
    room.fetcher.set_phone(Phone::Offline);
    let media = room.want(alice, &picture("/old", &plain)).await;
    room.ask_whatsapp(1).await;
    assert_eq!(row(&room, alice, media).await.state, "REMOTE");

    room.fetcher.set_phone(Phone::Has("/new".to_owned()));
    room.clock.advance(TimeDelta::hours(1));
    room.settle(1).await;

    assert_eq!(row(&room, alice, media).await.state, "STORED");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_the_file_lies_now_is_remembered_though_it_could_not_be_reached() {
    let room = Darkroom::build().await;
    let alice = room.user("FREE").await;
    let plain = content(100);
    room.fetcher.serve("/old", Served::Expired);
    room.fetcher.serve("/new", Served::Unreachable);
    room.fetcher.set_phone(Phone::Has("/new".to_owned()));
    let media = room.want(alice, &picture("/old", &plain)).await;
    // Once at the old place, once at the new.
    room.ask_whatsapp(2).await;

    room.fetcher.serve("/new", Served::Content(plain));
    room.clock.advance(TimeDelta::hours(1));
    room.settle(1).await;

    assert_eq!(row(&room, alice, media).await.state, "STORED");
    assert_eq!(room.fetcher.asked(), ["/old"]);
}

async fn want_again(room: &Darkroom, account: AccountRef, media: MediaId) {
    let mut work = room.core.begin(account.user).await.unwrap();
    let fetching = fetch_later(&mut work, account, media).await.unwrap();
    assert_eq!(fetching, Fetching::Queued);
    work.commit().await.unwrap();
}
