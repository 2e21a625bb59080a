use std::sync::Arc;

use amda::db::Db;
use whatsapp_rust::wacore::store::Device;
use whatsapp_rust::wacore::store::error::StoreError;
use whatsapp_rust::wacore::store::traits::{
    AppStateSyncKey, AppSyncStore, Backend, DeviceStore, LidPnMappingEntry, ProtocolStore, SignalStore,
};

use super::{ALICE, StoreHarness};

#[tokio::test]
async fn a_store_is_read_as_another_process_left_it() {
    let mut home = StoreHarness::new().await;
    let account = home.account(home.user().await).await;
    let store = home.store(account).await;
    let device = Device::new();
    store.save(&device).await.unwrap();
    store.put_session(ALICE, b"session").await.unwrap();
    store
        .set_sync_key(b"key", AppStateSyncKey::default())
        .await
        .unwrap();
    drop(store);

    home.core.vault.forget_all(|_| true);
    home.core.db = Db::connect(home.database.app_url(), 1).unwrap();
    let store = home.store(account).await;

    assert_eq!(
        store.load().await.unwrap().unwrap().registration_id,
        device.registration_id
    );
    assert_eq!(store.get_session(ALICE).await.unwrap().unwrap(), b"session"[..]);
    assert_eq!(
        store.get_latest_sync_key_id().await.unwrap(),
        Some(b"key".to_vec())
    );
}

#[tokio::test]
async fn only_a_prekey_that_still_exists_is_marked_as_uploaded() {
    let home = StoreHarness::new().await;
    let store = home.store(home.account(home.user().await).await).await;
    let keys = [(1, "one".into()), (2, "two".into()), (3, "three".into())];
    store.store_prekeys_batch(&keys, false).await.unwrap();
    store.remove_prekey(2).await.unwrap();

    store.mark_prekeys_uploaded(&[1, 2]).await.unwrap();

    let query = "SELECT array_agg(get_byte(key, 3)::text || is_uploaded ORDER BY key) FROM whatsapp_store";
    let found: Vec<String> = home.superuser().await.query_one(query, &[]).await.unwrap().get(0);
    assert_eq!(found, ["1true", "3false"]);
}

#[tokio::test]
async fn a_store_holds_none_of_its_data_in_memory() {
    let home = StoreHarness::new().await;
    let store = home.store(home.account(home.user().await).await).await;

    assert_eq!(store.resource_report().await.memory_bytes, Some(0));
    assert!(size_of_val(&store) <= 80, "{} bytes", size_of_val(&store));
}

#[tokio::test]
async fn a_number_keeps_its_newer_lid_when_the_older_one_moves_away() {
    let home = StoreHarness::new().await;
    let store = home.store(home.account(home.user().await).await).await;

    store.put_lid_mapping(&mapping("1001", "4915")).await.unwrap();
    store.put_lid_mapping(&mapping("1002", "4915")).await.unwrap();
    store.put_lid_mapping(&mapping("1001", "4916")).await.unwrap();

    // The library's store in memory forgets it here, against its own trait.
    assert_eq!(store.get_pn_mapping("4915").await.unwrap().unwrap().lid, "1002");
}

fn mapping(lid: &str, phone_number: &str) -> LidPnMappingEntry {
    LidPnMappingEntry {
        lid: lid.to_owned(),
        phone_number: phone_number.to_owned(),
        created_at: 1,
        updated_at: 1,
        learning_source: "usync".to_owned(),
    }
}

#[tokio::test]
async fn a_lost_database_is_a_connection_error() {
    let home = StoreHarness::new().await;
    let store: Arc<dyn Backend> = Arc::new(home.store(home.account(home.user().await).await).await);

    home.close_database().await;

    // The pool may first hand out the connection that was cut.
    let errors = [
        store.get_session(ALICE).await.unwrap_err(),
        store.get_session(ALICE).await.unwrap_err(),
    ];
    assert!(matches!(errors[1], StoreError::Connection(_)), "{errors:?}");
}
