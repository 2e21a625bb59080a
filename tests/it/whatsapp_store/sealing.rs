use amda::whatsapp::store::Store;
use whatsapp_rust::wacore::store::Device;
use whatsapp_rust::wacore::store::error::StoreError;
use whatsapp_rust::wacore::store::traits::{
    AppStateSyncKey, AppSyncStore, Backend, DeviceStore, MsgSecretStore, ProtocolStore, SignalStore,
};

use super::{ALICE, BOB, StoreHarness};

const SECRET: [u8; 32] = *b"a secret that nobody may read 32";
const TABLES: [&str; 3] = ["whatsapp_store", "whatsapp_tc_tokens", "whatsapp_message_secrets"];

/// Stores [`SECRET`] in every keyspace and table.
async fn fill(store: &impl Backend) {
    store.put_identity(ALICE, SECRET).await.unwrap();
    store.put_session(ALICE, &SECRET).await.unwrap();
    store
        .store_prekeys_batch(&[(1, SECRET.to_vec().into())], false)
        .await
        .unwrap();
    store.store_signed_prekey(1, &SECRET).await.unwrap();
    store.put_sender_key(ALICE, &SECRET).await.unwrap();
    store.save_base_key(ALICE, "M1", &SECRET).await.unwrap();
    let key = AppStateSyncKey {
        key_data: SECRET.to_vec(),
        ..AppStateSyncKey::default()
    };
    store.set_sync_key(b"id", key).await.unwrap();
    store.put_group_metadata("1@g.us", &SECRET).await.unwrap();
    store.store_sent_message(ALICE, "M1", &SECRET).await.unwrap();
    store
        .store_pending_inbound(ALICE, ALICE, "M1", &SECRET)
        .await
        .unwrap();
    store.store_received_tc_token(ALICE, &SECRET, 1).await.unwrap();
    store.put_msg_secret(ALICE, BOB, "M1", &SECRET).await.unwrap();
    let device = Device {
        adv_secret_key: SECRET,
        push_name: "a name".to_owned(),
        ..Device::new()
    };
    store.save(&device).await.unwrap();
}

async fn rows(home: &StoreHarness, table: &str) -> i64 {
    let query = format!("SELECT count(*) FROM {table}");
    home.superuser()
        .await
        .query_one(&query, &[])
        .await
        .unwrap()
        .get(0)
}

fn is_unreadable<T: std::fmt::Debug>(result: Result<T, StoreError>, space: &str) {
    let error = result.unwrap_err();
    assert!(matches!(error, StoreError::Serialization(_)), "{error:?}");
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(
        cause.contains(space) && cause.contains("does not open"),
        "{cause}"
    );
    assert!(!cause.contains("49155"), "{cause}");
}

#[tokio::test]
async fn no_value_and_no_address_can_be_read_in_the_database() {
    let home = StoreHarness::new().await;
    let account = home.account(home.user().await).await;

    fill(&home.store(account).await).await;

    let superuser = home.superuser().await;
    let numbers = serde_json::to_string(&SECRET).unwrap();
    for table in TABLES {
        // As it is, and as JSON writes bytes.
        let secret = [&SECRET[..], &numbers.as_bytes()[1..numbers.len() - 1], b"a name"];
        let addresses = [&b"4915550000001"[..], b"4915550000002", b"1@g.us"];
        for plain in secret.into_iter().chain(addresses) {
            let query = format!(
                "SELECT count(*), count(*) FILTER (WHERE position($1 in convert_to(rows::text, 'UTF8')) > 0
                     OR position(encode($1, 'hex') in rows::text) > 0) FROM {table} AS rows"
            );
            let row = superuser.query_one(&query, &[&plain]).await.unwrap();
            assert!(row.get::<_, i64>(0) > 0, "{table} is empty");
            assert_eq!(row.get::<_, i64>(1), 0, "{table} shows it");
        }
    }
}

#[tokio::test]
async fn a_row_moved_to_another_account_of_the_same_user_does_not_open() {
    let home = StoreHarness::new().await;
    let user = home.user().await;
    let (one, other) = (home.account(user).await, home.account(user).await);
    fill(&home.store(one).await).await;

    let superuser = home.superuser().await;
    for table in TABLES {
        let query = format!("UPDATE {table} SET account_id = '{}'", other.id.as_uuid());
        assert!(superuser.execute(&query, &[]).await.unwrap() > 0);
    }

    does_not_open(&home.store(other).await).await;
}

async fn does_not_open(store: &Store) {
    is_unreadable(store.load_identity(ALICE).await, "identity");
    is_unreadable(store.get_session(ALICE).await, "session");
    is_unreadable(store.load_prekey(1).await, "prekey");
    is_unreadable(store.load_prekeys_batch(&[1]).await, "prekey");
    is_unreadable(store.load_all_signed_prekeys().await, "signed_prekey");
    is_unreadable(store.take_sent_message(ALICE, "M1").await, "sent_message");
    is_unreadable(
        store.get_pending_inbound(ALICE, ALICE, "M1").await,
        "pending_inbound",
    );
    is_unreadable(store.get_sync_key(b"id").await, "sync_key");
    is_unreadable(store.get_tc_token(ALICE).await, "tc_token");
    is_unreadable(store.get_msg_secret(ALICE, BOB, "M1").await, "message_secret");
    is_unreadable(store.load().await.map(drop), "device");
}

#[tokio::test]
async fn a_value_moved_to_another_key_does_not_open() {
    let home = StoreHarness::new().await;
    let store = home.store(home.account(home.user().await).await).await;
    store.put_session(ALICE, b"of Alice").await.unwrap();
    store.put_session(BOB, b"of Bob").await.unwrap();
    store.put_sender_key(ALICE, b"of Alice").await.unwrap();
    store.put_identity(ALICE, SECRET).await.unwrap();

    let superuser = home.superuser().await;
    for (space, source) in [("session", "session"), ("identity", "sender_key")] {
        let moved = "UPDATE whatsapp_store AS row SET value = other.value FROM whatsapp_store AS other
            WHERE row.space = $1 AND other.space = $2 AND row.key <> other.key";
        assert!(superuser.execute(moved, &[&space, &source]).await.unwrap() > 0);
    }

    is_unreadable(store.get_session(BOB).await, "session");
    is_unreadable(store.load_identity(ALICE).await, "identity");
}

#[tokio::test]
async fn a_corrupt_value_is_an_error_until_it_is_written_again() {
    let home = StoreHarness::new().await;
    let store = home.store(home.account(home.user().await).await).await;
    let superuser = home.superuser().await;
    for corrupt in [
        "'\\x'",
        "'\\x01'",
        "substr(value, 1, 40)",
        "value || 'x'",
        "set_byte(value, 50, 0)",
    ] {
        store.put_session(ALICE, &[255; 40]).await.unwrap();
        let query = format!("UPDATE whatsapp_store SET value = {corrupt}");
        superuser.execute(&query, &[]).await.unwrap();

        is_unreadable(store.get_session(ALICE).await, "session");
        assert!(store.has_session(ALICE).await.unwrap());
    }

    store.put_session(ALICE, b"new").await.unwrap();

    assert_eq!(store.get_session(ALICE).await.unwrap().unwrap(), b"new"[..]);
}

#[tokio::test]
async fn a_sent_message_that_does_not_open_is_not_lost_by_taking_it() {
    let home = StoreHarness::new().await;
    let store = home.store(home.account(home.user().await).await).await;
    store.store_sent_message(ALICE, "M1", b"payload").await.unwrap();
    let superuser = home.superuser().await;
    superuser
        .execute("UPDATE whatsapp_store SET value = value || 'x'", &[])
        .await
        .unwrap();

    is_unreadable(store.take_sent_message(ALICE, "M1").await, "sent_message");

    assert_eq!(rows(&home, "whatsapp_store").await, 1);
}

#[tokio::test]
async fn another_user_s_store_reads_and_changes_nothing_of_the_account() {
    let home = StoreHarness::new().await;
    let account = home.account(home.user().await).await;
    fill(&home.store(account).await).await;

    let stranger = amda::account::AccountRef {
        user: home.user().await,
        ..account
    };
    let store = home.store(stranger).await;

    assert!(!store.exists().await.unwrap());
    assert_eq!(store.get_session(ALICE).await.unwrap(), None);
    assert_eq!(store.get_max_prekey_id().await.unwrap(), 0);
    assert!(store.get_all_tc_token_jids().await.unwrap().is_empty());
    assert_eq!(store.get_msg_secret(ALICE, BOB, "M1").await.unwrap(), None);
    assert_eq!(store.take_sent_message(ALICE, "M1").await.unwrap(), None);
    store.clear_all_sender_key_devices().await.unwrap();
    store.put_session(ALICE, b"forged").await.unwrap();
    let owners = home.store(account).await.get_session(ALICE).await.unwrap();
    assert_eq!(owners.unwrap(), SECRET[..]);
}

#[tokio::test]
async fn erasing_an_account_leaves_nothing_of_it_and_all_of_the_others() {
    let home = StoreHarness::new().await;
    let user = home.user().await;
    let (unlinked, other) = (home.account(user).await, home.account(user).await);
    fill(&home.store(unlinked).await).await;
    fill(&home.store(other).await).await;
    let both: Vec<i64> = vec![
        rows(&home, TABLES[0]).await,
        rows(&home, TABLES[1]).await,
        rows(&home, TABLES[2]).await,
    ];

    let mut work = home.core.begin(user).await.unwrap();
    Store::erase(&mut work, unlinked).await.unwrap();
    work.commit().await.unwrap();

    for (table, both) in TABLES.into_iter().zip(both) {
        assert_eq!(rows(&home, table).await * 2, both, "{table}");
    }
    assert!(!home.store(unlinked).await.exists().await.unwrap());
    assert_eq!(
        home.store(other).await.load_identity(ALICE).await.unwrap(),
        Some(SECRET)
    );
}

#[tokio::test]
async fn an_erasure_that_is_not_committed_did_not_happen() {
    let home = StoreHarness::new().await;
    let account = home.account(home.user().await).await;
    let store = home.store(account).await;
    store.put_session(ALICE, b"session").await.unwrap();

    let mut work = home.core.begin(account.user).await.unwrap();
    Store::erase(&mut work, account).await.unwrap();
    work.rollback().await.unwrap();

    assert!(store.has_session(ALICE).await.unwrap());
}
