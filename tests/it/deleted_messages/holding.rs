use std::time::Duration;

use amda::account::AccountRef;
use amda::db::schema::{jobs, media, message_versions, messages};
use amda::event::{Chat, Content};
use amda::features::Feature;
use amda::features::deleted_messages::{DeletedMessages, Release};
use amda::jobs::Scheduler;
use amda::media::Outcome;
use amda::messages::{Hold, hold, holding, load_holding, record_one};
use chrono::TimeDelta;
use diesel::prelude::*;
use diesel::{QueryableByName, sql_types};
use diesel_async::RunQueryDsl;
use futures::StreamExt;
use serde_json::json;
use tokio::time::timeout;

use super::{deleted, texts, update};
use crate::support::database::{connect, until_waiting};
use crate::support::whatsapp::{
    alice, alice_deletes, alice_writes, group, message, owner, picture, revoke, says, words,
};
use crate::support::world::World;

/// Number of held messages of the account, and number of recorded files.
async fn held(world: &World, account: AccountRef) -> (i64, i64) {
    let mut work = world.core.begin(account.user).await.unwrap();
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

/// Number of files that are to be fetched.
async fn fetches(world: &World) -> i64 {
    let mut all = world.everything().await;
    let kind = jobs::kind.eq("media.fetch");
    jobs::table
        .filter(kind)
        .count()
        .get_result(&mut all)
        .await
        .unwrap()
}

#[tokio::test]
async fn held_messages_are_let_go_when_the_plans_window_has_passed() {
    let (world, free) = World::with_user("FREE").await;
    let premium = world.user("PREMIUM").await;
    let chat = || Chat::Direct(alice());
    for account in [free, premium] {
        let edit = Content::Edit {
            target_wa_id: "M1".to_owned(),
            text: "bye".to_owned(),
        };
        world
            .receive(
                account,
                &[
                    alice_writes("M1", "hello"),
                    says(chat(), alice(), "E1", 1, edit),
                    says(chat(), alice(), "M2", 0, picture("look")),
                ],
            )
            .await;
    }

    world.clock.advance(TimeDelta::days(3) - TimeDelta::seconds(1));
    assert_eq!(world.services.deleted_messages.release_due().await.unwrap(), 0);
    world.clock.advance(TimeDelta::seconds(1));
    assert_eq!(world.services.deleted_messages.release_due().await.unwrap(), 2);

    assert_eq!(held(&world, free).await, (0, 0));
    assert_eq!(held(&world, premium).await, (2, 1));
    let mut all = world.everything().await;
    let versions: i64 = message_versions::table
        .count()
        .get_result(&mut all)
        .await
        .unwrap();
    assert_eq!(versions, 2);
    world
        .receive(free, &[says(chat(), alice(), "R1", 5, revoke("M1"))])
        .await;
    assert_eq!(
        deleted(&world, free, json!({})).await[0]["lossReason"],
        "NOT_HELD"
    );
}

#[tokio::test]
async fn what_was_deleted_outlives_the_window() {
    let (world, account) = World::with_user("FREE").await;
    let chat = || Chat::Direct(alice());
    world
        .receive(
            account,
            &[
                says(chat(), alice(), "M1", 0, picture("look")),
                alice_deletes("R1", "M1"),
                says(Chat::Status, alice(), "S1", 0, picture("beach")),
            ],
        )
        .await;

    world.clock.advance(TimeDelta::days(4));
    world.services.deleted_messages.release_due().await.unwrap();

    assert_eq!(texts(&deleted(&world, account, json!({})).await), ["look"]);
    // The deleted message's file, and that of the status, which is the status's to keep.
    assert_eq!(held(&world, account).await, (0, 2));
}

#[tokio::test]
async fn more_than_one_batch_is_let_go() {
    let (world, account) = World::with_user("FREE").await;
    let many: Vec<_> = (0..600)
        .map(|n| alice_writes(&format!("M{n}"), "hello"))
        .collect();
    world.receive(account, &many).await;

    world.clock.advance(TimeDelta::days(4));

    assert_eq!(world.services.deleted_messages.release_due().await.unwrap(), 600);
    assert_eq!(held(&world, account).await.0, 0);
}

#[tokio::test]
async fn the_owners_messages_and_channels_are_not_held() {
    let (world, account) = World::with_user("FREE").await;
    let channel = Chat::Channel(amda::event::Jid("1203@newsletter".to_owned()));

    world
        .receive(
            account,
            &[
                says(Chat::Direct(alice()), owner(), "M1", 0, words("mine")),
                says(channel.clone(), alice(), "M2", 0, words("news")),
                says(channel, alice(), "R2", 1, revoke("M2")),
            ],
        )
        .await;

    assert_eq!(held(&world, account).await, (0, 0));
    assert!(deleted(&world, account, json!({})).await.is_empty());
}

#[tokio::test]
async fn what_is_no_longer_to_be_held_is_let_go() {
    let (world, account) = World::with_user("FREE").await;
    world
        .receive(
            account,
            &[
                alice_writes("M1", "hello"),
                says(group(), alice(), "M2", 0, words("all")),
            ],
        )
        .await;

    update(&world, account, account, json!({ "includesGroups": false })).await;
    world.services.deleted_messages.release_due().await.unwrap();
    assert_eq!(held(&world, account).await.0, 1);
    world
        .receive(account, &[says(group(), alice(), "M3", 0, words("more"))])
        .await;
    assert_eq!(held(&world, account).await.0, 1);

    update(&world, account, account, json!({ "isEnabled": false })).await;
    world.services.deleted_messages.release_due().await.unwrap();
    assert_eq!(held(&world, account).await.0, 0);
    world
        .receive(account, &[alice_writes("M4", "again"), alice_deletes("R4", "M4")])
        .await;
    assert_eq!(held(&world, account).await.0, 0);
    assert!(deleted(&world, account, json!({})).await.is_empty());
}

#[tokio::test]
async fn a_message_that_is_being_recorded_when_holding_is_turned_off_is_let_go_too() {
    let (world, account) = World::with_user("FREE").await;
    // As the pipeline does it, and has not committed yet.
    let mut recording = world.core.begin(account.user).await.unwrap();
    let now = recording.now;
    let arriving = message(Chat::Direct(alice()), alice(), "M1", now, words("hello"));
    let recorded = record_one(&mut recording, account, &arriving).await.unwrap();
    assert!(load_holding(&mut recording, account.id).await.unwrap().is_enabled);

    let turned_off = update(&world, account, account, json!({ "isEnabled": false }));
    let rest = async {
        until_waiting(&world.database, 1).await;
        let held = Hold {
            id: recorded.id,
            text: Some("hello"),
            until: now + TimeDelta::days(3),
        };
        hold(&mut recording, &[held]).await.unwrap();
        recording.commit().await.unwrap();
    };
    tokio::join!(turned_off, rest);
    world.services.deleted_messages.release_due().await.unwrap();

    assert_eq!(held(&world, account).await.0, 0);
}

#[tokio::test]
async fn a_message_that_is_recorded_after_its_settings_were_read_is_let_go_when_holding_is_turned_off_meanwhile()
 {
    let (world, account) = World::with_user("FREE").await;
    let mut recording = world.core.begin(account.user).await.unwrap();
    let now = recording.now;
    assert!(holding(&mut recording, account.id).await.unwrap().is_enabled);

    let turned_off = update(&world, account, account, json!({ "isEnabled": false }));
    let rest = async {
        until_waiting(&world.database, 1).await;
        let arriving = message(Chat::Direct(alice()), alice(), "M1", now, words("hello"));
        record_one(&mut recording, account, &arriving).await.unwrap();
        recording.commit().await.unwrap();
    };
    tokio::join!(turned_off, rest);
    world.services.deleted_messages.release_due().await.unwrap();

    assert_eq!(held(&world, account).await.0, 0);
}

#[tokio::test]
async fn nobody_waits_for_a_user_whose_messages_cannot_be_let_go() {
    let world = World::build().await;
    let (stuck, free) = (world.user("FREE").await, world.user("FREE").await);
    for account in [stuck, free] {
        world.receive(account, &[alice_writes("M1", "hello")]).await;
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
    let owner = connect(world.database.url()).await;
    owner.batch_execute(&trouble).await.unwrap();

    world.clock.advance(TimeDelta::days(4));

    assert_eq!(world.services.deleted_messages.release_due().await.unwrap(), 1);
    assert_eq!(held(&world, free).await.0, 0);
}

#[tokio::test]
async fn media_is_fetched_when_the_settings_say() {
    let chat = || Chat::Direct(alice());
    for (backup, at_arrival, at_deletion, files) in
        [("ON_DELETE", 0, 1, 1), ("EAGER", 1, 1, 1), ("NEVER", 0, 0, 0)]
    {
        let (world, account) = World::with_user("FREE").await;
        update(&world, account, account, json!({ "mediaBackup": backup })).await;

        world
            .receive(account, &[says(chat(), alice(), "M1", 0, picture("look"))])
            .await;
        assert_eq!(fetches(&world).await, at_arrival, "{backup}");
        world.receive(account, &[alice_deletes("R1", "M1")]).await;

        assert_eq!(fetches(&world).await, at_deletion, "{backup}");
        assert_eq!(held(&world, account).await, (0, files), "{backup}");
        assert_eq!(
            texts(&deleted(&world, account, json!({})).await),
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
    let (world, account) = World::with_user("FREE").await;
    let edit = |text: &str| Content::Edit {
        target_wa_id: "M1".to_owned(),
        text: text.to_owned(),
    };
    world
        .receive(
            account,
            &[
                alice_writes("M1", "a secret"),
                says(Chat::Direct(alice()), alice(), "E1", 1, edit("no secret")),
                alice_writes("M2", "another secret"),
                alice_deletes("R1", "M1"),
            ],
        )
        .await;

    let mut all = world.everything().await;
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
    let (world, account) = World::with_user("FREE").await;
    let chat = || Chat::Direct(alice());
    let of = json!({ "after": async_graphql::ScalarType::to_value(&amda::graphql::Cursor::of_event(0)) });
    world
        .receive(
            account,
            &[
                says(chat(), alice(), "M1", 0, picture("look")),
                alice_deletes("R1", "M1"),
            ],
        )
        .await;

    let mut work = world.core.begin(account.user).await.unwrap();
    let file = media::table.select(media::id).first(&mut *work).await.unwrap();
    let listener = DeletedMessages.media_listener().unwrap();
    listener
        .on_media(&mut work, file, &Outcome::Expired)
        .await
        .unwrap();
    listener
        .on_media(&mut work, world.core.ids.next(), &Outcome::Expired)
        .await
        .unwrap();
    work.commit().await.unwrap();

    let query = "subscription($after: Cursor) { deletedMessageChanged(after: $after) { deletedMessage { text media { kind state } } } }";
    let told = world.subscribe(account, query, of).take(2).collect::<Vec<_>>();
    let told = timeout(Duration::from_secs(20), told).await.unwrap();
    for reply in told {
        let message =
            reply.into_result().unwrap().data.into_json().unwrap()["deletedMessageChanged"]["deletedMessage"]
                .take();
        assert_eq!(
            message,
            json!({ "text": "look", "media": { "kind": "IMAGE", "state": "REMOTE" } })
        );
    }
}

#[tokio::test]
async fn letting_go_comes_round_by_its_schedule() {
    let (world, account) = World::with_user("FREE").await;
    world.receive(account, &[alice_writes("M1", "hello")]).await;
    world.clock.advance(TimeDelta::days(3));
    let scheduler = Scheduler::new(world.core.clone(), vec![Release::SCHEDULE]);
    scheduler.write().await.unwrap();

    assert_eq!(scheduler.tick().await.unwrap(), 1);
    let working = world.run("deleted_messages.");
    let deadline = tokio::time::Instant::now() + Duration::from_secs(20);
    while held(&world, account).await.0 > 0 {
        assert!(
            tokio::time::Instant::now() < deadline,
            "the message is still held"
        );
        tokio::task::yield_now().await;
    }
    working.stop().await;

    assert_eq!(scheduler.tick().await.unwrap(), 0);
    world.clock.advance(TimeDelta::minutes(10));
    assert_eq!(scheduler.tick().await.unwrap(), 1);
}
