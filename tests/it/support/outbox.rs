//! The account's outbox, as a session reads it and reports to it.

use amda::account::AccountRef;
use amda::crypto::belongs_to;
use amda::db::schema::outbox;
use amda::event::{Event, Outgoing, SendEvent, SendOutcome};
use amda::id::SendId;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::world::World;

/// The columns of [`OutboxSend`], the last sealed.
type Row = (SendId, String, String, DateTime<Utc>, Vec<u8>);

/// A row of the outbox.
#[derive(Debug, Clone)]
pub(crate) struct OutboxSend {
    pub(crate) send: SendId,
    /// The id by which WhatsApp knows it, or will.
    pub(crate) wa_id: String,
    pub(crate) state: String,
    pub(crate) send_at: DateTime<Utc>,
    pub(crate) outgoing: Outgoing,
}

/// Every send that was not taken back, the oldest first.
pub(crate) async fn sends(world: &World, account: AccountRef) -> Vec<OutboxSend> {
    let mut work = world.core.begin(account.user).await.unwrap();
    let rows: Vec<Row> = outbox::table
        .order((outbox::created_at, outbox::id))
        .select((
            outbox::id,
            outbox::wa_id,
            outbox::state,
            outbox::send_at,
            outbox::payload,
        ))
        .load(&mut *work)
        .await
        .unwrap();
    let opened = rows.into_iter().map(|(send, wa_id, state, send_at, payload)| {
        let place = belongs_to("outbox", "payload", send);
        let plain = work.key.open(&place, &payload).unwrap();
        OutboxSend {
            send,
            wa_id,
            state,
            send_at,
            outgoing: serde_json::from_slice(&plain).unwrap(),
        }
    });
    opened.collect()
}

/// The sends that wait, the oldest first.
pub(crate) async fn queued(world: &World, account: AccountRef) -> Vec<OutboxSend> {
    let mut sends = sends(world, account).await;
    sends.retain(|send| send.state == "QUEUED");
    sends
}

/// Reports an outcome of the newest send.
pub(crate) async fn report_last(world: &World, account: AccountRef, outcome: SendOutcome) {
    let mut work = world.core.begin(account.user).await.unwrap();
    let send: SendId = outbox::table
        .order((outbox::created_at.desc(), outbox::id.desc()))
        .select(outbox::id)
        .first(&mut *work)
        .await
        .unwrap();
    work.rollback().await.unwrap();
    report(world, account, send, outcome).await;
}

/// Reports an outcome of a send.
pub(crate) async fn report(world: &World, account: AccountRef, send: SendId, outcome: SendOutcome) {
    let at = world.core.clock.now();
    let event = Event::Send(SendEvent { send, outcome, at });
    world.receive(account, &[event]).await;
}
