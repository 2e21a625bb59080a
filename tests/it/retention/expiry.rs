//! Items by the plan's days.

use std::time::Duration;

use amda::db::schema::{deleted_messages, media, message_versions, statuses};
use amda::event::{Chat, Content};
use amda::features::statuses::Statuses;
use amda::id::MediaId;
use chrono::TimeDelta;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::json;
use tokio::time::timeout;

use super::{Kept, a_deletion, a_status, days, fill, kept, likes, noon, now, purge, says, sweeper};
use crate::support::whatsapp::{alice, group, mallory, revoke, revoke_of, words};
use crate::support::world::{World, expiry_of};

#[tokio::test]
async fn items_leave_with_their_files_when_the_plans_days_have_passed_and_not_before() {
    let (world, account) = World::with_user("FREE").await;
    fill(&world, account, "1").await;

    world.clock.advance(days(90));
    purge(&world, account.user).await;
    assert_eq!(kept(&world, account.user).await, Kept::times(1), "to the second");
    world.clock.advance(TimeDelta::seconds(1));
    fill(&world, account, "2").await;
    purge(&world, account.user).await;

    assert_eq!(
        kept(&world, account.user).await,
        Kept::times(1),
        "the second of each"
    );
    let mut work = world.core.begin(account.user).await.unwrap();
    let left: Vec<chrono::DateTime<chrono::Utc>> = deleted_messages::table
        .select(deleted_messages::deleted_at)
        .load(&mut *work)
        .await
        .unwrap();
    assert_eq!(left, [now(&world)]);
}

#[tokio::test]
async fn a_plan_without_an_end_keeps_everything() {
    let (world, account) = World::with_user("PREMIUM").await;
    fill(&world, account, "1").await;

    world.clock.advance(days(4_000));
    purge(&world, account.user).await;

    assert_eq!(kept(&world, account.user).await, Kept::times(1));
}

#[tokio::test]
async fn one_users_purge_is_nothing_to_another() {
    let world = World::build().await;
    let (mine, theirs) = (world.user("FREE").await, world.user("FREE").await);
    fill(&world, mine, "1").await;
    fill(&world, theirs, "1").await;
    world.clock.advance(days(91));

    purge(&world, mine.user).await;

    assert_eq!(kept(&world, mine.user).await, Kept::NOTHING);
    assert_eq!(kept(&world, theirs.user).await, Kept::times(1));
}

#[tokio::test]
async fn a_survey_counts_what_would_go_and_touches_nothing() {
    let (world, account) = World::with_user("FREE").await;
    fill(&world, account, "1").await;
    fill(&world, account, "2").await;
    world.clock.advance(days(91));

    let surveyed = sweeper(&world).survey(account.user).await.unwrap();

    let count = |name: &str| surveyed.iter().find(|tally| tally.name == name).unwrap().count;
    for name in ["statuses", "deleted messages", "connection gaps", "notifications"] {
        assert_eq!(count(name), 2, "{name}");
    }
    assert_eq!(kept(&world, account.user).await, Kept::times(2));
    assert_eq!(
        purge(&world, account.user).await,
        surveyed.iter().map(|tally| tally.count).sum::<i64>(),
        "and then it goes"
    );
}

#[tokio::test]
async fn a_status_takes_its_like_along() {
    let (world, account) = World::with_user("FREE").await;
    world
        .ask(
            account,
            "mutation($input: UpdateAutoLikeSettingsInput!) {
                updateAutoLikeSettings(input: $input) { errors { message } }
            }",
            json!({ "input": { "accountId": account.id.to_global(), "settings": { "isEnabled": true } } }),
        )
        .await;
    world.receive(account, &[a_status(&world, "S1")]).await;
    assert_eq!(likes(&world, account.user).await, 1);
    world.clock.advance(days(91));

    purge(&world, account.user).await;

    assert_eq!(likes(&world, account.user).await, 0);
}

#[tokio::test]
async fn a_file_stays_as_long_as_another_item_names_it() {
    let (world, account) = World::with_user("FREE").await;
    world.receive(account, &[a_status(&world, "S1")]).await;
    world.clock.advance(days(91));
    world.receive(account, &a_deletion(&world, "M1")).await;
    let mut work = world.core.begin(account.user).await.unwrap();
    let shared: MediaId = statuses::table
        .select(statuses::media_id.assume_not_null())
        .first(&mut *work)
        .await
        .unwrap();
    diesel::update(deleted_messages::table)
        .set(deleted_messages::media_id.eq(shared))
        .execute(&mut *work)
        .await
        .unwrap();
    work.commit().await.unwrap();

    purge(&world, account.user).await;

    let mut work = world.core.begin(account.user).await.unwrap();
    let files: Vec<MediaId> = media::table.select(media::id).load(&mut *work).await.unwrap();
    assert!(files.contains(&shared));
    assert_eq!(
        statuses::table
            .count()
            .get_result::<i64>(&mut *work)
            .await
            .unwrap(),
        0
    );
}

#[tokio::test]
async fn what_a_deleted_message_said_before_goes_with_it() {
    let (world, account) = World::with_user("FREE").await;
    let edit = Content::Edit {
        target_wa_id: "M1".to_owned(),
        text: "bye".to_owned(),
    };
    let says = |wa_id: &str, content| says(Chat::Direct(alice()), alice(), wa_id, noon(), content);
    world
        .receive(
            account,
            &[
                says("M1", words("hello")),
                says("E1", edit),
                says("R1", revoke("M1")),
            ],
        )
        .await;
    world.clock.advance(days(91));

    purge(&world, account.user).await;

    let mut all = world.everything().await;
    let versions: i64 = message_versions::table
        .count()
        .get_result(&mut all)
        .await
        .unwrap();
    assert_eq!(versions, 0);
}

#[tokio::test]
async fn a_forged_deletion_that_leaves_takes_nothing_from_the_real_one() {
    let (world, account) = World::with_user("FREE").await;
    let edit = Content::Edit {
        target_wa_id: "M1".to_owned(),
        text: "bye".to_owned(),
    };
    let at_noon = |sender, wa_id, content| says(group(), sender, wa_id, noon(), content);
    world
        .receive(
            account,
            &[
                at_noon(alice(), "M1", words("hello")),
                at_noon(alice(), "E1", edit),
                at_noon(mallory(), "R1", revoke_of(alice(), "M1")),
            ],
        )
        .await;
    world.clock.advance(days(60));
    world
        .receive(
            account,
            &[says(group(), alice(), "R2", now(&world), revoke("M1"))],
        )
        .await;
    world.clock.advance(days(31));

    purge(&world, account.user).await;

    assert_eq!(kept(&world, account.user).await.deleted, 1);
    let mut all = world.everything().await;
    let versions: i64 = message_versions::table
        .count()
        .get_result(&mut all)
        .await
        .unwrap();
    assert_eq!(versions, 2);
}

#[tokio::test]
async fn more_than_one_batch_goes_and_a_locked_row_is_left_for_the_next_round() {
    let (world, account) = World::with_user("FREE").await;
    let many: Vec<_> = (0..450).map(|n| a_status(&world, &format!("S{n}"))).collect();
    world.receive(account, &many).await;
    world.clock.advance(days(91));
    let mut busy = world.core.begin(account.user).await.unwrap();
    statuses::table
        .for_update()
        .select(statuses::id)
        .first::<uuid::Uuid>(&mut *busy)
        .await
        .unwrap();

    let gone = timeout(Duration::from_secs(20), purge(&world, account.user)).await;
    assert_eq!(gone.expect("nobody is waited for"), 449);
    busy.rollback().await.unwrap();

    assert_eq!(purge(&world, account.user).await, 1);
    assert_eq!(kept(&world, account.user).await.files, 0);
}

#[tokio::test]
async fn whoever_writes_meanwhile_is_not_held_up() {
    let (world, account) = World::with_user("FREE").await;
    let many: Vec<_> = (0..200).map(|n| a_status(&world, &format!("S{n}"))).collect();
    world.receive(account, &many).await;
    world.clock.advance(days(91));
    let mut purging = world.core.begin(account.user).await.unwrap();
    let before = now(&world) - days(90);
    let gone = expiry_of(&Statuses)
        .expire(&mut purging, before, 200)
        .await
        .unwrap();
    assert_eq!(gone, 200);

    let told = async {
        world.receive(account, &[a_status(&world, "new")]).await;
        world.receive(account, &a_deletion(&world, "M1")).await;
    };
    timeout(Duration::from_secs(20), told)
        .await
        .expect("new items are written while old ones go");
    purging.commit().await.unwrap();

    let left = kept(&world, account.user).await;
    assert_eq!((left.statuses, left.deleted), (1, 1));
}
