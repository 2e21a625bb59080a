use std::sync::Arc;
use std::time::Duration;

use amda::clock::ManualClock;
use amda::whatsapp::store::Store;
use chrono::{DateTime, TimeDelta};
use tokio::time::timeout;
use whatsapp_rust::wacore::store::error::StoreError;
use whatsapp_rust::wacore::store::traits::{PendingInboundRow, ProtocolStore};

use super::{ALICE, StoreHarness};

const MESSAGE: PendingInboundRow<'static> = PendingInboundRow {
    chat: ALICE,
    sender: ALICE,
    id: "M1",
    message: b"message",
};

/// Advances the clock until `work` is done.
async fn in_time<T>(clock: &ManualClock, work: impl Future<Output = T>) -> T {
    let passing = async {
        loop {
            clock.advance(TimeDelta::seconds(1));
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::select! {
        done = timeout(Duration::from_secs(20), work) => done.unwrap(),
        () = passing => unreachable!("time does not end"),
    }
}

async fn home() -> (StoreHarness, Arc<ManualClock>, Store) {
    let clock = Arc::new(ManualClock::new(DateTime::UNIX_EPOCH));
    let home = StoreHarness::with_clock(clock.clone()).await;
    let store = home.store(home.account(home.user().await).await).await;
    (home, clock, store)
}

#[tokio::test]
async fn a_message_that_arrives_while_the_database_is_away_is_buffered_when_it_is_back() {
    let (home, clock, store) = home().await;
    home.close_database().await;
    let rows = [MESSAGE];
    let mut write = std::pin::pin!(store.store_pending_inbound_batch(&rows));

    let early = timeout(Duration::from_millis(200), &mut write).await;
    assert!(early.is_err(), "it gave up: {early:?}");
    home.open_database().await;
    in_time(&clock, write).await.unwrap();

    let found = store.get_pending_inbound(ALICE, ALICE, "M1").await.unwrap();
    assert_eq!(found, Some(b"message".to_vec()));
}

#[tokio::test]
async fn the_wait_for_a_database_that_stays_away_ends() {
    let (home, clock, store) = home().await;
    home.close_database().await;

    let error = in_time(&clock, store.store_pending_inbound_batch(&[MESSAGE]))
        .await
        .unwrap_err();

    assert!(matches!(error, StoreError::Connection(_)), "{error:?}");
}

#[tokio::test]
async fn a_message_for_an_account_that_is_gone_is_refused_at_once() {
    let (home, _clock, store) = home().await;
    home.superuser()
        .await
        .execute("DELETE FROM accounts", &[])
        .await
        .unwrap();

    let refused = timeout(
        Duration::from_secs(20),
        store.store_pending_inbound_batch(&[MESSAGE]),
    )
    .await;

    assert!(matches!(refused, Ok(Err(StoreError::Database(_)))), "{refused:?}");
}
