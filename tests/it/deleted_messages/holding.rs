use std::sync::Arc;
use std::time::Duration;

use amda::account::AccountRef;
use amda::db::schema::{jobs, media, message_versions, messages};
use amda::event::{Chat, Content};
use amda::features::deleted_messages::{DeletedMessagesService, KeptMedia, Release};
use amda::jobs::{Pace, Scheduler, Worker};
use amda::media::{OnMedia, Outcome};
use amda::messages::{hold, load_holding, record};
use chrono::TimeDelta;
use diesel::prelude::*;
use diesel::{QueryableByName, sql_types};
use diesel_async::RunQueryDsl;
use futures::StreamExt;
use serde_json::json;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::{alice_deletes, alice_writes, deleted, says, texts, update};
use crate::support::database::{connect, until_waiting};
use crate::support::linked::House;
use crate::support::whatsapp::{alice, group, message, owner, picture, revoke, words};

/// How many messages of the account are held, and how many files are known.
async fn held(house: &House, account: AccountRef) -> (i64, i64) {
    let mut work = house.core.begin(account.user).await.unwrap();
    let held = messages::table
        .filter(messages::account_id.eq(account.id))
        .filter(
            messages::content
                .is_not_null()
                .or(messages::held_until.is_not_null()),
        )
        .count()
        .get_result(&mut *work)
        .await
        .unwrap();
    let files = media::table.count().get_result(&mut *work).await.unwrap();
    (held, files)
}

/// How many files are to be fetched.
async fn fetches(house: &House) -> i64 {
    let mut all = house.everything().await;
    let kind = jobs::kind.eq("media.fetch");
    jobs::table
        .filter(kind)
        .count()
        .get_result(&mut all)
        .await
        .unwrap()
}

fn service(house: &House) -> DeletedMessagesService {
    DeletedMessagesService::new(house.core.clone())
}

#[tokio::test]
async fn held_messages_are_let_go_when_the_plans_window_has_passed() {
    let house = House::build().await;
    let free = house.user("FREE").await;
    let premium = house.user("PREMIUM").await;
    let chat = || Chat::Direct(alice());
    for account in [free, premium] {
        let edit = Content::Edit {
            target_wa_id: "M1".to_owned(),
            text: "bye".to_owned(),
        };
        house
            .tell(
                account,
                &[
                    alice_writes("M1", "hello"),
                    says(chat(), alice(), "E1", 1, edit),
                    says(chat(), alice(), "M2", 0, picture("look")),
                ],
            )
            .await;
    }

    house.clock.advance(TimeDelta::days(3) - TimeDelta::seconds(1));
    assert_eq!(service(&house).release_due().await.unwrap(), 0);
    house.clock.advance(TimeDelta::seconds(1));
    assert_eq!(service(&house).release_due().await.unwrap(), 2);

    assert_eq!(held(&house, free).await, (0, 0));
    assert_eq!(held(&house, premium).await, (2, 1));
    let mut all = house.everything().await;
    let versions: i64 = message_versions::table
        .count()
        .get_result(&mut all)
        .await
        .unwrap();
    assert_eq!(versions, 2);
    house
        .tell(free, &[says(chat(), alice(), "R1", 5, revoke("M1"))])
        .await;
    assert_eq!(deleted(&house, free, json!({})).await[0]["loss"], "NOT_HELD");
}

#[tokio::test]
async fn what_was_deleted_outlives_the_window() {
    let house = House::build().await;
    let account = house.user("FREE").await;
    let chat = || Chat::Direct(alice());
    house
        .tell(
            account,
            &[
                says(chat(), alice(), "M1", 0, picture("look")),
                alice_deletes("R1", "M1"),
                says(Chat::Status, alice(), "S1", 0, picture("beach")),
            ],
        )
        .await;

    house.clock.advance(TimeDelta::days(4));
    service(&house).release_due().await.unwrap();

    assert_eq!(texts(&deleted(&house, account, json!({})).await), ["look"]);
    // The deleted message's file, and that of the status, which is the status's to keep.
    assert_eq!(held(&house, account).await, (0, 2));
}

#[tokio::test]
async fn more_than_one_batch_is_let_go() {
    let house = House::build().await;
    let account = house.user("FREE").await;
    let many: Vec<_> = (0..600)
        .map(|n| alice_writes(&format!("M{n}"), "hello"))
        .collect();
    house.tell(account, &many).await;

    house.clock.advance(TimeDelta::days(4));

    assert_eq!(service(&house).release_due().await.unwrap(), 600);
    assert_eq!(held(&house, account).await.0, 0);
}

#[tokio::test]
async fn the_owners_messages_and_channels_are_not_held() {
    let house = House::build().await;
    let account = house.user("FREE").await;
    let channel = Chat::Channel(amda::event::Jid("1203@newsletter".to_owned()));

    house
        .tell(
            account,
            &[
                says(Chat::Direct(alice()), owner(), "M1", 0, words("mine")),
                says(channel.clone(), alice(), "M2", 0, words("news")),
                says(channel, alice(), "R2", 1, revoke("M2")),
            ],
        )
        .await;

    assert_eq!(held(&house, account).await, (0, 0));
    assert!(deleted(&house, account, json!({})).await.is_empty());
}

#[tokio::test]
async fn what_is_no_longer_to_be_held_is_let_go() {
    let house = House::build().await;
    let account = house.user("FREE").await;
    house
        .tell(
            account,
            &[
                alice_writes("M1", "hello"),
                says(group(), alice(), "M2", 0, words("all")),
            ],
        )
        .await;

    update(&house, account, account, json!({ "includeGroups": false })).await;
    service(&house).release_due().await.unwrap();
    assert_eq!(held(&house, account).await.0, 1);
    house
        .tell(account, &[says(group(), alice(), "M3", 0, words("more"))])
        .await;
    assert_eq!(held(&house, account).await.0, 1);

    update(&house, account, account, json!({ "isEnabled": false })).await;
    service(&house).release_due().await.unwrap();
    assert_eq!(held(&house, account).await.0, 0);
    house
        .tell(account, &[alice_writes("M4", "again"), alice_deletes("R4", "M4")])
        .await;
    assert_eq!(held(&house, account).await.0, 0);
    assert!(deleted(&house, account, json!({})).await.is_empty());
}

#[tokio::test]
async fn a_message_that_is_being_recorded_when_holding_is_turned_off_is_let_go_too() {
    let house = House::build().await;
    let account = house.user("FREE").await;
    // As the pipeline does it, and has not committed yet.
    let mut recording = house.core.begin(account.user).await.unwrap();
    let (ids, key, now) = (
        Arc::clone(&recording.ids),
        Arc::clone(&recording.key),
        recording.now,
    );
    let arriving = message(Chat::Direct(alice()), alice(), "M1", now, words("hello"));
    let recorded = record(&mut recording, &ids, account, now, &arriving)
        .await
        .unwrap();
    assert!(load_holding(&mut recording, account.id).await.unwrap().is_enabled);

    let turned_off = update(&house, account, account, json!({ "isEnabled": false }));
    let rest = async {
        until_waiting(&house.database, 1).await;
        let until = now + TimeDelta::days(3);
        hold(&mut recording, &key, recorded.id, Some("hello"), until)
            .await
            .unwrap();
        recording.commit().await.unwrap();
    };
    tokio::join!(turned_off, rest);
    service(&house).release_due().await.unwrap();

    assert_eq!(held(&house, account).await.0, 0);
}

#[tokio::test]
async fn nobody_waits_for_a_user_whose_messages_cannot_be_let_go() {
    let house = House::build().await;
    let (stuck, free) = (house.user("FREE").await, house.user("FREE").await);
    for account in [stuck, free] {
        house.tell(account, &[alice_writes("M1", "hello")]).await;
    }
    let trouble = format!(
        "INSERT INTO messages (id, user_id, account_id, chat_id, sender_id, wa_id, kind, is_from_me, sent_at,
                received_at, held_until)
            SELECT gen_random_uuid(), user_id, account_id, chat_id, sender_id, 'N' || n, kind, is_from_me, sent_at,
                received_at, held_until - interval '1 hour'
            FROM messages, generate_series(1, 10000) AS n WHERE user_id = '{user}';
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$;
        CREATE TRIGGER refuse BEFORE UPDATE ON messages FOR EACH ROW WHEN (OLD.user_id = '{user}')
            EXECUTE FUNCTION refuse()",
        user = stuck.user.as_uuid(),
    );
    let owner = connect(house.database.url()).await;
    owner.batch_execute(&trouble).await.unwrap();

    house.clock.advance(TimeDelta::days(4));

    assert_eq!(service(&house).release_due().await.unwrap(), 1);
    assert_eq!(held(&house, free).await.0, 0);
}

#[tokio::test]
async fn media_is_fetched_when_the_settings_say() {
    let chat = || Chat::Direct(alice());
    for (backup, at_arrival, at_deletion, files) in
        [("ON_DELETE", 0, 1, 1), ("EAGER", 1, 1, 1), ("NEVER", 0, 0, 0)]
    {
        let house = House::build().await;
        let account = house.user("FREE").await;
        update(&house, account, account, json!({ "mediaBackup": backup })).await;

        house
            .tell(account, &[says(chat(), alice(), "M1", 0, picture("look"))])
            .await;
        assert_eq!(fetches(&house).await, at_arrival, "{backup}");
        house.tell(account, &[alice_deletes("R1", "M1")]).await;

        assert_eq!(fetches(&house).await, at_deletion, "{backup}");
        assert_eq!(held(&house, account).await, (0, files), "{backup}");
        assert_eq!(
            texts(&deleted(&house, account, json!({})).await),
            ["look"],
            "{backup}"
        );
    }
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = sql_types::BigInt)]
    readable: i64,
    #[diesel(sql_type = sql_types::BigInt)]
    all: i64,
}

#[tokio::test]
async fn what_is_on_disk_is_not_readable() {
    let house = House::build().await;
    let account = house.user("FREE").await;
    let edit = |text: &str| Content::Edit {
        target_wa_id: "M1".to_owned(),
        text: text.to_owned(),
    };
    house
        .tell(
            account,
            &[
                alice_writes("M1", "a secret"),
                says(Chat::Direct(alice()), alice(), "E1", 1, edit("no secret")),
                alice_writes("M2", "another secret"),
                alice_deletes("R1", "M1"),
            ],
        )
        .await;

    let mut all = house.everything().await;
    let query =
        "SELECT count(*) AS all, count(*) FILTER (WHERE position('secret'::bytea IN content) > 0) AS readable
        FROM (SELECT content FROM messages UNION ALL SELECT content FROM deleted_messages
            UNION ALL SELECT content FROM message_versions) AS kept
        WHERE content IS NOT NULL";
    let found: Found = diesel::sql_query(query).get_result(&mut all).await.unwrap();
    assert_eq!((found.all, found.readable), (4, 0));
}

#[tokio::test]
async fn a_deleted_message_is_told_again_when_its_media_came() {
    let house = House::build().await;
    let account = house.user("FREE").await;
    let chat = || Chat::Direct(alice());
    let of = json!({ "after": async_graphql::ScalarType::to_value(&amda::graphql::Cursor(0)) });
    house
        .tell(
            account,
            &[
                says(chat(), alice(), "M1", 0, picture("look")),
                alice_deletes("R1", "M1"),
            ],
        )
        .await;

    let mut work = house.core.begin(account.user).await.unwrap();
    let file = media::table.select(media::id).first(&mut *work).await.unwrap();
    KeptMedia
        .on_media(&mut work, file, &Outcome::Expired)
        .await
        .unwrap();
    KeptMedia
        .on_media(&mut work, house.core.ids.next(), &Outcome::Expired)
        .await
        .unwrap();
    work.commit().await.unwrap();

    let query = "subscription($after: Cursor) { messageDeleted(after: $after) { message { text media { kind state } } } }";
    let told = house.subscribe(account, query, of).take(2).collect::<Vec<_>>();
    let told = timeout(Duration::from_secs(20), told).await.unwrap();
    for reply in told {
        let message =
            reply.into_result().unwrap().data.into_json().unwrap()["messageDeleted"]["message"].take();
        assert_eq!(
            message,
            json!({ "text": "look", "media": { "kind": "IMAGE", "state": "REMOTE" } })
        );
    }
}

#[tokio::test]
async fn letting_go_comes_round_by_its_schedule() {
    let house = House::build().await;
    let account = house.user("FREE").await;
    house.tell(account, &[alice_writes("M1", "hello")]).await;
    house.clock.advance(TimeDelta::days(3));
    let scheduler = Scheduler::new(house.core.clone(), vec![Release::SCHEDULE]);
    scheduler.write().await.unwrap();
    let release = Release {
        service: service(&house),
    };
    let worker = Worker::new(house.core.clone(), vec![Arc::new(release)], pace());
    let stop = CancellationToken::new();

    assert_eq!(scheduler.tick().await.unwrap(), 1);
    let working = tokio::spawn(worker.run(stop.clone()));
    let deadline = tokio::time::Instant::now() + Duration::from_secs(20);
    while held(&house, account).await.0 > 0 {
        assert!(
            tokio::time::Instant::now() < deadline,
            "the message is still held"
        );
        tokio::task::yield_now().await;
    }
    stop.cancel();
    working.await.unwrap();

    assert_eq!(scheduler.tick().await.unwrap(), 0);
    house.clock.advance(TimeDelta::minutes(10));
    assert_eq!(scheduler.tick().await.unwrap(), 1);
}

fn pace() -> Pace {
    Pace {
        at_once: 1,
        poll: Duration::from_millis(50),
        lease: Duration::from_mins(1),
        drain: Duration::from_secs(10),
    }
}
