//! Ratchets wait in memory, and copies of received messages are stored before or with those that have passed the messages.

use amda::whatsapp::store::Store;
use whatsapp_rust::bytes::Bytes;
use whatsapp_rust::wacore::store::traits::{
    MsgSecretStore, PendingInboundKey, PendingInboundRow, ProtocolStore, SignalStore,
};

use super::{ALICE, BOB, StoreHarness};

const MESSAGE: PendingInboundRow<'static> = PendingInboundRow {
    chat: ALICE,
    sender: ALICE,
    id: "M1",
    message: b"message",
};
const KEY: PendingInboundKey<'static> = PendingInboundKey {
    chat: ALICE,
    sender: ALICE,
    id: "M1",
};

/// Takes the message in as the library does.
async fn receive(store: &Store) {
    store.note_arrival(ALICE, "M1");
    store.store_pending_inbound_batch(&[MESSAGE]).await.unwrap();
}

async fn store_ratchet(store: &Store) {
    store
        .put_session(ALICE, &Bytes::from_static(b"moved"))
        .await
        .unwrap();
}

/// Gives a ratchet as the library does while messages come.
async fn give_ratchet(store: &Store) {
    store
        .put_sessions_batch(&[(ALICE.into(), Bytes::from_static(b"moved"))])
        .await
        .unwrap();
}

async fn copy(store: &impl ProtocolStore) -> Option<Vec<u8>> {
    store.get_pending_inbound(ALICE, ALICE, "M1").await.unwrap()
}

#[tokio::test]
async fn a_copy_is_stored_in_the_transaction_of_the_next_ratchet() {
    let home = StoreHarness::new().await;
    let account = home.account(home.user().await).await;
    let store = home.store(account).await;

    receive(&store).await;
    assert_eq!(copy(&store).await.as_deref(), Some(MESSAGE.message));
    assert_eq!(
        copy(&home.store(account).await).await,
        None,
        "no ratchet needs it yet"
    );
    store_ratchet(&store).await;

    let after_a_crash = home.store(account).await;
    assert_eq!(copy(&after_a_crash).await.as_deref(), Some(MESSAGE.message));
    assert!(after_a_crash.has_session(ALICE).await.unwrap());
    store.delete_pending_inbound_batch(&[KEY]).await.unwrap();
    assert_eq!(copy(&store).await, None);
    store.store_unstored().await.unwrap();
    assert_eq!(copy(&home.store(account).await).await, None);
}

#[tokio::test]
async fn a_ratchet_waits_in_memory_and_is_stored_with_all_that_waits_there() {
    let home = StoreHarness::new().await;
    let account = home.account(home.user().await).await;
    let store = home.store(account).await;
    receive(&store).await;
    store.put_msg_secret(ALICE, ALICE, "M1", &[7; 32]).await.unwrap();

    give_ratchet(&store).await;
    store
        .put_identities_batch(&[(BOB.into(), [1; 32])])
        .await
        .unwrap();
    store
        .put_sender_keys_batch(&[("group::alice".into(), Bytes::from_static(b"key"))])
        .await
        .unwrap();
    assert!(store.has_session(ALICE).await.unwrap());
    assert!(store.has_signal_state_for_user("4915550000002").await.unwrap());
    let crashed = home.store(account).await;
    assert!(!crashed.has_session(ALICE).await.unwrap());
    assert!(!crashed.has_signal_state_for_user("4915550000002").await.unwrap());
    store.store_unstored().await.unwrap();

    let after_a_crash = home.store(account).await;
    let session = after_a_crash.get_session(ALICE).await.unwrap();
    assert_eq!(session.as_deref(), Some(&b"moved"[..]));
    assert_eq!(after_a_crash.load_identity(BOB).await.unwrap(), Some([1; 32]));
    let sender_key = after_a_crash.get_sender_key("group::alice").await.unwrap();
    assert_eq!(sender_key.as_deref(), Some(&b"key"[..]));
    assert_eq!(copy(&after_a_crash).await.as_deref(), Some(MESSAGE.message));
    let secret = after_a_crash.get_msg_secret(ALICE, ALICE, "M1").await.unwrap();
    assert_eq!(secret, Some(vec![7; 32]));
}

#[tokio::test]
async fn no_other_key_is_stored_without_the_ratchets_before_it() {
    let home = StoreHarness::new().await;
    let account = home.account(home.user().await).await;
    let store = home.store(account).await;

    give_ratchet(&store).await;
    store.store_signed_prekey(1, b"new").await.unwrap();

    assert!(home.store(account).await.has_session(ALICE).await.unwrap());
}

#[tokio::test]
async fn a_prekey_that_is_used_up_goes_with_the_ratchet_of_its_message() {
    let home = StoreHarness::new().await;
    let account = home.account(home.user().await).await;
    let store = home.store(account).await;
    store.store_prekey(1, b"used once", true).await.unwrap();

    give_ratchet(&store).await;
    store.remove_prekey(1).await.unwrap();
    assert_eq!(store.load_prekey(1).await.unwrap(), None);
    assert!(store.load_prekeys_batch(&[1]).await.unwrap().is_empty());
    let crashed = home.store(account).await;
    assert!(crashed.load_prekey(1).await.unwrap().is_some());
    store.store_unstored().await.unwrap();

    let after_a_crash = home.store(account).await;
    assert_eq!(after_a_crash.load_prekey(1).await.unwrap(), None);
    assert!(after_a_crash.has_session(ALICE).await.unwrap());
}

#[tokio::test]
async fn a_ratchet_that_is_deleted_before_it_was_stored_is_gone() {
    let home = StoreHarness::new().await;
    let account = home.account(home.user().await).await;
    let store = home.store(account).await;

    give_ratchet(&store).await;
    store.delete_session(ALICE).await.unwrap();
    store.store_unstored().await.unwrap();

    assert!(!store.has_session(ALICE).await.unwrap());
    assert!(!home.store(account).await.has_session(ALICE).await.unwrap());
}

#[tokio::test]
async fn a_copy_is_stored_at_once_where_a_ratchet_was_stored_since_the_message_arrived() {
    let home = StoreHarness::new().await;
    let account = home.account(home.user().await).await;
    let store = home.store(account).await;

    store.note_arrival(ALICE, "M1");
    store_ratchet(&store).await;
    store.store_pending_inbound_batch(&[MESSAGE]).await.unwrap();

    let after_a_crash = home.store(account).await;
    assert_eq!(copy(&after_a_crash).await.as_deref(), Some(MESSAGE.message));
    store.delete_pending_inbound_batch(&[KEY]).await.unwrap();
    assert_eq!(copy(&store).await, None);
    store.store_unstored().await.unwrap();
    assert_eq!(copy(&home.store(account).await).await, None);
}

#[tokio::test]
async fn a_copy_that_goes_before_any_ratchet_is_never_stored() {
    let home = StoreHarness::new().await;
    let account = home.account(home.user().await).await;
    let store = home.store(account).await;

    receive(&store).await;
    store.delete_pending_inbound_batch(&[KEY]).await.unwrap();
    store_ratchet(&store).await;

    assert_eq!(copy(&store).await, None);
    assert_eq!(copy(&home.store(account).await).await, None);
}

#[tokio::test]
async fn a_copy_that_came_again_after_it_was_stored_is_removed_whole() {
    let home = StoreHarness::new().await;
    let account = home.account(home.user().await).await;
    let store = home.store(account).await;

    receive(&store).await;
    store_ratchet(&store).await;
    receive(&store).await;
    store.delete_pending_inbound_batch(&[KEY]).await.unwrap();
    assert_eq!(copy(&store).await, None);
    store.store_unstored().await.unwrap();

    assert_eq!(copy(&home.store(account).await).await, None);
}

#[tokio::test]
async fn neither_a_ratchet_nor_its_copies_are_stored_while_the_database_is_away() {
    let home = StoreHarness::new().await;
    let account = home.account(home.user().await).await;
    let store = home.store(account).await;
    receive(&store).await;

    home.close_database().await;
    let refused = store.put_session(ALICE, &Bytes::from_static(b"moved")).await;
    assert!(refused.is_err());
    home.open_database().await;

    let after_a_crash = home.store(account).await;
    assert!(!after_a_crash.has_session(ALICE).await.unwrap());
    assert_eq!(copy(&after_a_crash).await, None);
    store_ratchet(&store).await;
    assert_eq!(copy(&after_a_crash).await.as_deref(), Some(MESSAGE.message));
}

#[tokio::test]
async fn a_secret_waits_for_the_ratchet_like_the_copy_of_its_message() {
    let home = StoreHarness::new().await;
    let account = home.account(home.user().await).await;
    let store = home.store(account).await;
    let stored = async || {
        let after_a_crash = home.store(account).await;
        after_a_crash.get_msg_secret(ALICE, ALICE, "M1").await.unwrap()
    };

    store.note_arrival(ALICE, "M1");
    store.put_msg_secret(ALICE, ALICE, "M1", &[7; 32]).await.unwrap();
    assert_eq!(stored().await, None, "no ratchet needs it yet");
    store_ratchet(&store).await;
    assert_eq!(stored().await, Some(vec![7; 32]));

    store.put_msg_secret(ALICE, ALICE, "M1", &[8; 32]).await.unwrap();
    assert_eq!(
        stored().await,
        Some(vec![8; 32]),
        "a ratchet may have passed its message"
    );
}

#[tokio::test]
async fn a_secret_in_memory_is_found_and_merged_with_what_comes_later() {
    let home = StoreHarness::new().await;
    let store = home.store(home.account(home.user().await).await).await;

    store.note_arrival(ALICE, "M1");
    for secret in [7, 8] {
        store
            .put_msg_secret(ALICE, ALICE, "M1", &[secret; 32])
            .await
            .unwrap();
        let found = store.get_msg_secret(ALICE, ALICE, "M1").await.unwrap();
        assert_eq!(found, Some(vec![secret; 32]));
    }
}
