//! Throughput: figures that `--no-capture` shows, and a bound that only a broken store exceeds. The test server does not
//! write through; a durable one adds its commit, about 5 ms on a disk.

use std::sync::Arc;
use std::time::{Duration, Instant};

use whatsapp_rust::bytes::Bytes;
use whatsapp_rust::wacore::store::traits::SignalStore;

use super::StoreHarness;

const SESSIONS: u32 = 300;
/// Number of prekeys that the library makes for a new device.
const PREKEYS: u32 = 812;

#[tokio::test]
async fn sessions_and_a_new_device_s_prekeys_are_stored_in_time() {
    let home = StoreHarness::new().await;
    let store = home.store(home.account(home.user().await).await).await;
    let addresses: Vec<Arc<str>> = (0..SESSIONS).map(|n| format!("{n}@lid").into()).collect();
    let session = Bytes::from(vec![7; 2_000]);
    let begun = Instant::now();

    let put = timed(async {
        for address in &addresses {
            store.put_session(address, &session).await.unwrap();
        }
    })
    .await;
    let got = timed(async {
        for address in &addresses {
            store.get_session(address).await.unwrap().unwrap();
        }
    })
    .await;
    let together: Vec<_> = addresses
        .into_iter()
        .map(|address| (address, session.clone()))
        .collect();
    let batch = timed(async { store.put_sessions_batch(&together).await.unwrap() }).await;
    let keys: Vec<_> = (1..=PREKEYS).map(|id| (id, Bytes::from(vec![7; 70]))).collect();
    let prekeys = timed(async { store.store_prekeys_batch(&keys, false).await.unwrap() }).await;
    let ids: Vec<u32> = (1..=PREKEYS).collect();
    let uploaded = timed(async { store.mark_prekeys_uploaded(&ids).await.unwrap() }).await;
    let loaded =
        timed(async { assert_eq!(store.load_prekeys_batch(&ids).await.unwrap().len(), ids.len()) }).await;

    let each = |whole: Duration| f64::from(SESSIONS) / whole.as_secs_f64();
    eprintln!(
        "sessions put {:.0}/s, got {:.0}/s, {SESSIONS} in a batch {batch:?}",
        each(put),
        each(got)
    );
    eprintln!("{PREKEYS} prekeys stored {prekeys:?}, marked {uploaded:?}, loaded {loaded:?}");
    assert!(
        begun.elapsed() < Duration::from_secs(30),
        "it took {:?}",
        begun.elapsed()
    );
}

async fn timed(work: impl Future<Output = ()>) -> Duration {
    let begun = Instant::now();
    work.await;
    begun.elapsed()
}
