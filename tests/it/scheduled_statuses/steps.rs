//! The steps of tests of scheduled statuses: arranging, asking, and letting time pass.

use amda::account::AccountRef;
use amda::clock::Clock;
use amda::contacts::phone_number_print;
use amda::db::schema::{contacts as people, outbox};
use amda::event::{Chat, ContactChange, Event, Person, Receipt, ReceiptKind, SendOutcome};
use amda::hub::{EventKind, EventRow};
use amda::id::{ContactId, MediaId, SendId, UploadId};
use amda::jobs::{self, NewJob};
use amda::whatsapp;
use chrono::TimeDelta;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::support::graphql::merged;
use crate::support::outbox::{OutboxSend, report, sends};
use crate::support::worker::DEADLINE;
use crate::support::world::World;

/// The time after its time in which a status may still leave.
pub(super) const GRACE: TimeDelta = TimeDelta::minutes(15);

/// Every field of a scheduled status.
pub(super) const ALL: &str = "id kind publishAt publishAtLocal { at timeZone } state \
    content { ... on TextStatus { text backgroundColor font } ... on MediaStatus { caption } } \
    failureReason failureMessage failureWhatsappCode blockedReason blockedMessage \
    audienceSize viewerCount publishedAt expiresAt isBeingDeleted deletedAt \
    deletionFailureReason deletionFailureMessage deletionFailureWhatsappCode \
    audience { all only { id } except { id } }";

/// Adds a person to the account's address book; answers with their first row.
pub(crate) async fn add_contact(
    world: &World,
    account: AccountRef,
    name: &str,
    person: &Person,
) -> ContactId {
    let change = ContactChange {
        person: person.clone(),
        name: Some(name.to_owned()),
        verified_name: None,
    };
    world.receive(account, &[Event::Contact(change)]).await;
    let mut work = world.core.begin(account.user).await.unwrap();
    let number = person.phone_number.as_deref();
    let print = number.map(|digits| phone_number_print(&work.key, digits));
    let id = people::table
        .filter(people::account_id.eq(account.id))
        .filter(
            people::lid
                .eq(&person.lid)
                .or(people::phone_number_print.eq(print)),
        )
        .order(people::lid)
        .select(people::id)
        .first(&mut *work)
        .await
        .unwrap();
    work.rollback().await.unwrap();
    id
}

/// Adds a file that was uploaded and can be shown.
pub(crate) async fn add_upload(world: &World, account: AccountRef, mime_type: &str) -> UploadId {
    use amda::db::schema::{media, uploads};

    let mut work = world.core.begin(account.user).await.unwrap();
    let (upload, file): (UploadId, MediaId) = (work.ids.next(), work.ids.next());
    let (now, is_video) = (work.now, mime_type == "video/mp4");
    diesel::insert_into(media::table)
        .values((
            (
                media::id.eq(file),
                media::user_id.eq(account.user),
                media::account_id.eq(account.id),
            ),
            media::kind.eq(if is_video { "VIDEO" } else { "IMAGE" }),
            media::mime_type.eq(if is_video { "video/mp4" } else { "image/jpeg" }),
            media::size_bytes.eq(1_000_i64),
            media::width.eq(640),
            media::height.eq(480),
            media::duration_seconds.eq(is_video.then_some(11.2)),
            media::state.eq("STORED"),
            media::object_key.eq(format!("{file}")),
            media::stored_bytes.eq(1_040_i64),
            media::created_at.eq(now),
        ))
        .execute(&mut *work)
        .await
        .unwrap();
    diesel::insert_into(uploads::table)
        .values((
            uploads::id.eq(upload),
            uploads::user_id.eq(account.user),
            uploads::account_id.eq(account.id),
            uploads::mime_type.eq(mime_type),
            uploads::size_bytes.eq(1_000_i64),
            uploads::state.eq("READY"),
            uploads::media_id.eq(file),
            uploads::created_at.eq(now),
        ))
        .execute(&mut *work)
        .await
        .unwrap();
    work.commit().await.unwrap();
    upload
}

/// The number of files, and of uploads.
pub(super) async fn count_files(world: &World, account: AccountRef) -> (i64, i64) {
    use amda::db::schema::{media, uploads};

    let mut tx = world.core.db.begin(account.user).await.unwrap();
    let files = media::table.count().get_result(&mut *tx).await.unwrap();
    let uploads = uploads::table.count().get_result(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    (files, uploads)
}

/// Adds the account's owner.
pub(crate) async fn add_owner(world: &World, account: AccountRef, person: &Person) {
    let id = add_contact(world, account, "Me", person).await;
    let mut work = world.core.begin(account.user).await.unwrap();
    diesel::update(people::table.find(id))
        .set(people::is_self.eq(true))
        .execute(&mut *work)
        .await
        .unwrap();
    work.commit().await.unwrap();
}

/// The payload of `scheduleStatus` with this input beside the account.
pub(crate) async fn schedule(world: &World, account: AccountRef, input: Value) -> Value {
    let account_id = account.id.to_global();
    let input = merged(json!({ "accountId": account_id }), &input);
    mutate(world, account, "scheduleStatus", "ScheduleStatusInput", input).await
}

/// The id of a text that is planned so many minutes ahead.
pub(crate) async fn plan_text(world: &World, account: AccountRef, minutes: i64) -> String {
    let payload = schedule(
        world,
        account,
        json!({"content": {"text": {"text": "hello"}}, "publishAt": planned_in(world, minutes)}),
    );
    let payload = payload.await;
    assert_eq!(payload["errors"], json!([]), "{payload}");
    payload["scheduledStatus"]["id"].as_str().unwrap().to_owned()
}

pub(super) async fn update(world: &World, account: AccountRef, id: &str, change: Value) -> Value {
    let input = merged(json!({ "scheduledStatusId": id }), &change);
    mutate(
        world,
        account,
        "updateScheduledStatus",
        "UpdateScheduledStatusInput",
        input,
    )
    .await
}

pub(super) async fn cancel(world: &World, account: AccountRef, id: &str) -> Value {
    let input = json!({ "scheduledStatusId": id });
    mutate(
        world,
        account,
        "cancelScheduledStatus",
        "CancelScheduledStatusInput",
        input,
    )
    .await
}

pub(crate) async fn delete_published(world: &World, account: AccountRef, id: &str) -> Value {
    let input = json!({ "scheduledStatusId": id });
    mutate(
        world,
        account,
        "deletePublishedStatus",
        "DeletePublishedStatusInput",
        input,
    )
    .await
}

async fn mutate(world: &World, account: AccountRef, field: &str, kind: &str, input: Value) -> Value {
    let query = format!(
        "mutation ($input: {kind}!) {{ {field}(input: $input) {{
            scheduledStatus {{ {ALL} }}
            errors {{ __typename code message path ... on LimitExceeded {{ limit used }} }}
        }} }}"
    );
    world.ask(account, &query, json!({ "input": input })).await[field].take()
}

/// The status as it is now.
pub(super) async fn load_status(world: &World, account: AccountRef, id: &str) -> Value {
    let query = format!("query ($id: ID!) {{ node(id: $id) {{ ... on ScheduledStatus {{ {ALL} }} }} }}");
    world.ask(account, &query, json!({ "id": id })).await["node"].take()
}

/// The state of the status, and the reason of a failure or miss.
pub(super) async fn load_state(world: &World, account: AccountRef, id: &str) -> (String, Value) {
    let mut status = load_status(world, account, id).await;
    let state = status["state"].as_str().expect("the status is there").to_owned();
    (state, status["failureReason"].take())
}

/// So many minutes from now, as the schema reads it.
pub(super) fn in_minutes(world: &World, minutes: i64) -> String {
    (world.clock.now() + TimeDelta::minutes(minutes)).to_rfc3339()
}

/// The time of publication so many minutes from now, as the input takes it.
pub(super) fn planned_in(world: &World, minutes: i64) -> Value {
    json!({ "instant": in_minutes(world, minutes) })
}

/// Runs due jobs until they changed statuses `count` times; returns when each that began has ended.
pub(super) async fn run_until_changed(world: &World, account: AccountRef, count: usize) {
    let mut news = world.core.hub.subscribe(account.user);
    let worker = world.run("scheduled_statuses.");
    let waiting = async {
        let mut left = count;
        while left > 0 {
            let told = news.recv().await.unwrap();
            let is_changed = |row: &&EventRow| row.event.kind == EventKind::ScheduledStatusChanged;
            left = left.saturating_sub(told.rows.iter().filter(is_changed).count());
        }
    };
    timeout(DEADLINE, waiting)
        .await
        .expect("the jobs come so far in time");
    worker.stop().await;
}

/// Plans a text, lets its time come, and starts it; answers with its id and its send.
pub(super) async fn start_text(world: &World, account: AccountRef) -> (String, OutboxSend) {
    let id = plan_text(world, account, 10).await;
    world.clock.advance(TimeDelta::minutes(10));
    run_until_changed(world, account, 1).await;
    let waiting = sends(world, account).await.pop().expect("something waits");
    (id, waiting)
}

/// As [`start_text`], and WhatsApp took it.
pub(crate) async fn publish_text(world: &World, account: AccountRef) -> (String, OutboxSend) {
    let (id, waiting) = start_text(world, account).await;
    report(world, account, waiting.send, SendOutcome::Acked).await;
    (id, waiting)
}

/// Lets the account receive a receipt of a status.
pub(crate) async fn receive_receipt(
    world: &World,
    account: AccountRef,
    viewer: &Person,
    wa_id: &str,
    kind: ReceiptKind,
) {
    let receipt = Receipt {
        chat: Chat::Status,
        from: viewer.clone(),
        wa_ids: vec![wa_id.to_owned()],
        kind,
        at: world.clock.now(),
    };
    world.receive(account, &[Event::Receipt(receipt)]).await;
}

/// Has the job of a status run again now, as after a crash before it was forgotten.
pub(super) async fn repeat_job(world: &World, account: AccountRef, id: &str) {
    let status = amda::features::scheduled_statuses::ScheduledStatusId::from_global(id).unwrap();
    let mut work = world.core.begin(account.user).await.unwrap();
    let job = NewJob {
        kind: "scheduled_statuses.publish",
        user: Some(account.user),
        payload: json!({ "status": status }),
        unique_key: None,
        run_at: work.now,
        max_attempts: 3,
    };
    jobs::enqueue(&mut work, &job).await.unwrap();
    work.commit().await.unwrap();
}

/// The number of statuses whose job is due.
pub(super) async fn count_due(world: &World) -> i64 {
    use amda::db::schema::jobs;

    let mut all = world.everything().await;
    jobs::table
        .filter(jobs::kind.eq("scheduled_statuses.publish"))
        .filter(jobs::run_at.le(world.clock.now()))
        .count()
        .get_result(&mut all)
        .await
        .unwrap()
}

/// Claims a message as the outbox claims what it is about to send.
pub(super) async fn claim(world: &World, account: AccountRef, send: SendId) {
    let mut work = world.core.begin(account.user).await.unwrap();
    let now = work.now;
    diesel::update(outbox::table.find(send))
        .set((outbox::sent_at.eq(now), outbox::attempts.eq(1)))
        .execute(&mut *work)
        .await
        .unwrap();
    work.commit().await.unwrap();
}

/// Cancels a send; true when nobody had begun with it.
pub(super) async fn take_back(world: &World, account: AccountRef, send: SendId) -> bool {
    let mut work = world.core.begin(account.user).await.unwrap();
    let is_taken_back = whatsapp::outbox::cancel(&mut work, send).await.unwrap();
    work.commit().await.unwrap();
    is_taken_back
}

/// The kinds of the user's notices, oldest first.
pub(super) async fn load_notices(world: &World, account: AccountRef) -> Vec<String> {
    use amda::db::schema::notifications;

    let mut tx = world.core.db.begin(account.user).await.unwrap();
    let kinds = notifications::table
        .order(notifications::id)
        .select(notifications::kind)
        .load(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    kinds
}

/// The number of events that said that a status changed.
pub(super) async fn count_changes(world: &World, account: AccountRef) -> usize {
    let events = world.events(account).await.into_iter();
    events
        .filter(|row| row.event.kind == EventKind::ScheduledStatusChanged)
        .count()
}
