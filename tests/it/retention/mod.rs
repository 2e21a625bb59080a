//! What leaves and when: by the plan, by age, after a downgrade's notice, and by the operator's hand.

mod expiry;
mod grace;
mod server;
mod streams;

use amda::account::AccountRef;
use amda::db::schema::{
    connection_gaps, deleted_messages, event_followings, events, media, notifications, status_likes, statuses,
};
use amda::event::{Chat, Content, Event, Person};
use amda::features::accounts::GapId;
use amda::hub;
use amda::id::UserId;
use amda::notices::{NewNotice, NoticeKind, post};
use amda::retention::Sweeper;
use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::json;

use crate::support::core::noon;
use crate::support::whatsapp::{alice, arrives, message, picture, revoke};
use crate::support::world::World;

/// The sweeper of a server.
fn sweeper(world: &World) -> Sweeper {
    Sweeper::new(world.core.clone(), amda::app::expiries())
}

fn says(chat: Chat, sender: Person, wa_id: &str, at: DateTime<Utc>, content: Content) -> Event {
    arrives(message(chat, sender, wa_id, at, content))
}

/// Alice posts a picture as a status now.
fn a_status(world: &World, wa_id: &str) -> Event {
    says(Chat::Status, alice(), wa_id, now(world), picture("beach"))
}

/// Alice sends a picture and deletes it.
fn a_deletion(world: &World, wa_id: &str) -> [Event; 2] {
    let says = |wa_id: &str, content| says(Chat::Direct(alice()), alice(), wa_id, now(world), content);
    [
        says(wa_id, picture("look")),
        says(&format!("R-{wa_id}"), revoke(wa_id)),
    ]
}

fn now(world: &World) -> DateTime<Utc> {
    use amda::clock::Clock;
    world.clock.now()
}

/// One of everything that is kept, as of now.
async fn fill(world: &World, account: AccountRef, wa_id: &str) {
    let [sent, deleted] = a_deletion(world, &format!("M-{wa_id}"));
    world
        .receive(account, &[a_status(world, &format!("S-{wa_id}")), sent, deleted])
        .await;
    let mut work = world.core.begin(account.user).await.unwrap();
    let (gap, at): (GapId, _) = (work.ids.next(), work.now);
    diesel::insert_into(connection_gaps::table)
        .values((
            connection_gaps::id.eq(gap),
            connection_gaps::user_id.eq(account.user),
            connection_gaps::account_id.eq(account.id),
            connection_gaps::started_at.eq(at),
            connection_gaps::ended_at.eq(at),
            connection_gaps::reason.eq("RESTARTED"),
        ))
        .execute(&mut *work)
        .await
        .unwrap();
    let notice = NewNotice {
        kind: NoticeKind::ViewOnceQuotaExhausted,
        account: None,
        subject: None,
        details: json!({}),
        at,
    };
    post(&mut work, &notice).await.unwrap();
    work.commit().await.unwrap();
}

/// How much there is of a user's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Kept {
    statuses: i64,
    deleted: i64,
    gaps: i64,
    notices: i64,
    files: i64,
}

impl Kept {
    const NOTHING: Self = Self::times(0);

    /// So many of everything that [`fill`] makes.
    const fn times(count: i64) -> Self {
        Self {
            statuses: count,
            deleted: count,
            gaps: count,
            notices: count,
            files: 2 * count,
        }
    }
}

async fn kept(world: &World, user: UserId) -> Kept {
    let mut work = world.core.begin(user).await.unwrap();
    macro_rules! count {
        ($table:ident) => {
            $table::table
                .count()
                .get_result::<i64>(&mut *work)
                .await
                .unwrap()
        };
    }
    let kept = Kept {
        statuses: count!(statuses),
        deleted: count!(deleted_messages),
        gaps: count!(connection_gaps),
        notices: count!(notifications),
        files: count!(media),
    };
    work.rollback().await.unwrap();
    kept
}

/// Lets go of what is due of a user; answers with how many rows went.
/// As the server does every hour, after it let go of what was held.
async fn purge(world: &World, user: UserId) -> i64 {
    world.services.deleted_messages.release_due().await.unwrap();
    let tallies = sweeper(world).purge(user).await.unwrap();
    tallies.iter().map(|tally| tally.count).sum()
}

/// Whoever acts on a user's events has followed them all.
async fn follow(world: &World, user: UserId) {
    let mut work = world.core.begin(user).await.unwrap();
    let newest = hub::load_newest(&mut work, user).await.unwrap();
    diesel::insert_into(event_followings::table)
        .values((
            event_followings::user_id.eq(user),
            event_followings::followed.eq(newest),
        ))
        .on_conflict(event_followings::user_id)
        .do_update()
        .set(event_followings::followed.eq(newest))
        .execute(&mut *work)
        .await
        .unwrap();
    work.commit().await.unwrap();
}

/// The numbers of the user's events that are there.
async fn sequences(world: &World, user: UserId) -> Vec<i64> {
    let mut work = world.core.begin(user).await.unwrap();
    let found = events::table
        .order(events::sequence)
        .select(events::sequence)
        .load(&mut *work)
        .await
        .unwrap();
    work.rollback().await.unwrap();
    found
}

async fn likes(world: &World, user: UserId) -> i64 {
    let mut work = world.core.begin(user).await.unwrap();
    let count = status_likes::table.count().get_result(&mut *work).await.unwrap();
    work.rollback().await.unwrap();
    count
}

const fn days(days: i64) -> TimeDelta {
    TimeDelta::days(days)
}
