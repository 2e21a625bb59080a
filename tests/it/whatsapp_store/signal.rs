use std::sync::Arc;

use whatsapp_rust::bytes::Bytes;

use super::{ALICE, BOB, both_stores};

fn record(text: &'static str) -> Bytes {
    Bytes::from_static(text.as_bytes())
}

fn addressed(address: &str, text: &'static str) -> (Arc<str>, Bytes) {
    (Arc::from(address), record(text))
}

both_stores! {
    async fn an_identity_is_read_as_last_put_until_deleted(store) {
        assert_eq!(store.load_identity(ALICE).await.unwrap(), None);

        store.put_identity(ALICE, [1; 32]).await.unwrap();
        store.put_identity(BOB, [2; 32]).await.unwrap();
        store.put_identity(ALICE, [3; 32]).await.unwrap();
        assert_eq!(store.load_identity(ALICE).await.unwrap(), Some([3; 32]));

        store.delete_identity(ALICE).await.unwrap();
        store.delete_identity(ALICE).await.unwrap();
        assert_eq!(store.load_identity(ALICE).await.unwrap(), None);
        assert_eq!(store.load_identity(BOB).await.unwrap(), Some([2; 32]));
    }

    async fn identities_put_together_are_as_put_one_by_one(store) {
        store.put_identity(ALICE, [1; 32]).await.unwrap();

        store.put_identities_batch(&[]).await.unwrap();
        let batch = [(Arc::from(ALICE), [4; 32]), (Arc::from(BOB), [5; 32]), (Arc::from(ALICE), [6; 32])];
        store.put_identities_batch(&batch).await.unwrap();

        assert_eq!(store.load_identity(ALICE).await.unwrap(), Some([6; 32]));
        assert_eq!(store.load_identity(BOB).await.unwrap(), Some([5; 32]));
    }

    async fn a_session_is_read_as_last_put_until_deleted(store) {
        assert_eq!(store.get_session(ALICE).await.unwrap(), None);
        assert!(!store.has_session(ALICE).await.unwrap());

        store.put_session(ALICE, b"first").await.unwrap();
        store.put_session(ALICE, b"second").await.unwrap();
        assert_eq!(store.get_session(ALICE).await.unwrap(), Some(record("second")));
        assert!(store.has_session(ALICE).await.unwrap());
        assert!(!store.has_session(BOB).await.unwrap());

        store.delete_session(ALICE).await.unwrap();
        store.delete_session(ALICE).await.unwrap();
        assert_eq!(store.get_session(ALICE).await.unwrap(), None);
        assert!(!store.has_session(ALICE).await.unwrap());
    }

    async fn sessions_put_together_are_as_put_one_by_one(store) {
        store.put_session(ALICE, b"old").await.unwrap();

        store.put_sessions_batch(&[]).await.unwrap();
        let batch = [addressed(ALICE, "new"), addressed(BOB, "bob"), addressed(ALICE, "newer")];
        store.put_sessions_batch(&batch).await.unwrap();

        assert_eq!(store.get_session(ALICE).await.unwrap(), Some(record("newer")));
        assert_eq!(store.get_session(BOB).await.unwrap(), Some(record("bob")));
    }

    async fn an_empty_or_large_record_comes_back_whole(store) {
        let large = vec![7; 300_000];

        store.put_session(ALICE, b"").await.unwrap();
        store.put_session(BOB, &large).await.unwrap();

        assert_eq!(store.get_session(ALICE).await.unwrap(), Some(Bytes::new()));
        assert_eq!(store.get_session(BOB).await.unwrap(), Some(Bytes::from(large)));
    }

    async fn an_address_may_be_any_text(store) {
        for address in ["", "a\0b", "ünï@côdé", "'; DROP TABLE users; --", "%_"] {
            store.put_session(address, address.as_bytes()).await.unwrap();
        }

        for address in ["", "a\0b", "ünï@côdé", "'; DROP TABLE users; --", "%_"] {
            let expected = Bytes::copy_from_slice(address.as_bytes());
            assert_eq!(store.get_session(address).await.unwrap(), Some(expected), "{address:?}");
        }
    }

    async fn a_user_has_signal_state_by_a_session_or_an_identity_of_any_device(store) {
        let user = "4915550000001";
        assert!(!store.has_signal_state_for_user(user).await.unwrap());

        store.put_session("49155500000012@s.whatsapp.net", b"a longer number").await.unwrap();
        store.put_session("x4915550000001@s.whatsapp.net", b"a prefix").await.unwrap();
        store.put_sender_key("4915550000001@s.whatsapp.net", b"no session").await.unwrap();
        assert!(!store.has_signal_state_for_user(user).await.unwrap());

        store.put_session("4915550000001:7@s.whatsapp.net", b"companion").await.unwrap();
        assert!(store.has_signal_state_for_user(user).await.unwrap());
        store.delete_session("4915550000001:7@s.whatsapp.net").await.unwrap();
        assert!(!store.has_signal_state_for_user(user).await.unwrap());

        store.put_identity("4915550000001@s.whatsapp.net", [1; 32]).await.unwrap();
        assert!(store.has_signal_state_for_user(user).await.unwrap());
    }

    async fn a_prekey_is_read_as_last_stored_until_removed(store) {
        assert_eq!(store.load_prekey(1).await.unwrap(), None);

        store.store_prekey(1, b"first", false).await.unwrap();
        store.store_prekey(1, b"second", true).await.unwrap();
        assert_eq!(store.load_prekey(1).await.unwrap(), Some(record("second")));

        store.remove_prekey(1).await.unwrap();
        store.remove_prekey(1).await.unwrap();
        assert_eq!(store.load_prekey(1).await.unwrap(), None);
    }

    async fn prekeys_load_in_the_order_they_are_asked_for(store) {
        store.store_prekeys_batch(&[], false).await.unwrap();
        let batch = [(1, record("one")), (2, record("two")), (300, record("many")), (1, record("uno"))];
        store.store_prekeys_batch(&batch, false).await.unwrap();

        let found = store.load_prekeys_batch(&[300, 9, 1, 300]).await.unwrap();

        assert_eq!(found, [(300, record("many")), (1, record("uno")), (300, record("many"))]);
        assert_eq!(store.load_prekeys_batch(&[]).await.unwrap(), []);
    }

    async fn the_highest_prekey_id_counts_numbers_and_is_zero_without_any(store) {
        assert_eq!(store.get_max_prekey_id().await.unwrap(), 0);

        for id in [9, 10, 255, 256, u32::MAX] {
            store.store_prekey(id, b"key", false).await.unwrap();
            assert_eq!(store.get_max_prekey_id().await.unwrap(), id);
        }

        store.remove_prekey(u32::MAX).await.unwrap();
        assert_eq!(store.get_max_prekey_id().await.unwrap(), 256);
    }

    async fn marking_prekeys_uploaded_brings_no_removed_one_back(store) {
        store.store_prekeys_batch(&[(1, record("one")), (2, record("two"))], false).await.unwrap();
        store.remove_prekey(1).await.unwrap();

        store.mark_prekeys_uploaded(&[]).await.unwrap();
        store.mark_prekeys_uploaded(&[1, 2, 3]).await.unwrap();

        assert_eq!(store.load_prekeys_batch(&[1, 2, 3]).await.unwrap(), [(2, record("two"))]);
        assert_eq!(store.get_max_prekey_id().await.unwrap(), 2);
    }

    async fn signed_prekeys_are_kept_apart_from_one_time_prekeys(store) {
        assert_eq!(store.load_signed_prekey(1).await.unwrap(), None);
        assert_eq!(store.load_all_signed_prekeys().await.unwrap(), []);

        store.store_signed_prekey(1, b"old").await.unwrap();
        store.store_signed_prekey(1, b"one").await.unwrap();
        store.store_signed_prekey(0x1000, b"two").await.unwrap();
        let mut all = store.load_all_signed_prekeys().await.unwrap();
        all.sort();
        assert_eq!(all, [(1, b"one".to_vec()), (0x1000, b"two".to_vec())]);
        assert_eq!(store.load_signed_prekey(1).await.unwrap(), Some(b"one".to_vec()));
        assert_eq!(store.load_prekey(1).await.unwrap(), None);
        assert_eq!(store.get_max_prekey_id().await.unwrap(), 0);

        store.remove_signed_prekey(1).await.unwrap();
        store.remove_signed_prekey(1).await.unwrap();
        assert_eq!(store.load_signed_prekey(1).await.unwrap(), None);
        assert_eq!(store.load_all_signed_prekeys().await.unwrap().len(), 1);
    }

    async fn a_sender_key_is_read_as_last_put_until_deleted(store) {
        let address = "120363000000000001@g.us::4915550000001:0";
        assert_eq!(store.get_sender_key(address).await.unwrap(), None);

        store.put_sender_key(address, b"first").await.unwrap();
        store.put_sender_keys_batch(&[]).await.unwrap();
        let batch = [addressed(address, "second"), addressed(BOB, "bob"), addressed(address, "third")];
        store.put_sender_keys_batch(&batch).await.unwrap();
        assert_eq!(store.get_sender_key(address).await.unwrap(), Some(b"third".to_vec()));
        assert_eq!(store.get_sender_key(BOB).await.unwrap(), Some(b"bob".to_vec()));

        store.delete_sender_key(address).await.unwrap();
        store.delete_sender_key(address).await.unwrap();
        assert_eq!(store.get_sender_key(address).await.unwrap(), None);
    }

    async fn writers_of_many_sessions_in_opposite_orders_both_finish(store) {
        let forth: Vec<_> = (0..200).map(|n| addressed(&format!("{n}@lid"), "forth")).collect();
        let back: Vec<_> = (0..200).rev().map(|n| addressed(&format!("{n}@lid"), "back")).collect();

        for _ in 0..5 {
            let (one, other) = tokio::join!(store.put_sessions_batch(&forth), store.put_sessions_batch(&back));
            one.unwrap();
            other.unwrap();
        }

        let last = store.get_session("0@lid").await.unwrap();
        for n in 0..200 {
            assert_eq!(store.get_session(&format!("{n}@lid")).await.unwrap(), last);
        }
    }
}
