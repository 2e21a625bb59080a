use std::sync::Arc;

use whatsapp_rust::wacore::store::traits::{
    MsgSecretEntry, merge_msg_secret_expiry, merge_msg_secret_message_ts,
};

use super::{ALICE, BOB, both_stores};

fn secret(msg_id: &str, secret: u8, expires_at: i64, message_ts: i64) -> MsgSecretEntry {
    MsgSecretEntry {
        chat: Arc::from(ALICE),
        sender: Arc::from(BOB),
        msg_id: Arc::from(msg_id),
        secret: [secret; 32],
        expires_at,
        message_ts,
    }
}

both_stores! {
    async fn a_secret_belongs_to_its_chat_sender_and_message(store) {
        assert_eq!(store.get_msg_secret(ALICE, BOB, "M1").await.unwrap(), None);
        assert_eq!(store.get_msg_secret_with_ts(ALICE, BOB, "M1").await.unwrap(), None);

        store.put_msg_secret(ALICE, BOB, "M1", &[1; 32]).await.unwrap();
        store.put_msg_secret(ALICE, BOB, "M1", &[2; 32]).await.unwrap();

        assert_eq!(store.get_msg_secret(ALICE, BOB, "M1").await.unwrap(), Some(vec![2; 32]));
        assert_eq!(store.get_msg_secret_with_ts(ALICE, BOB, "M1").await.unwrap(), Some((vec![2; 32], 0)));
        assert_eq!(store.get_msg_secret(BOB, ALICE, "M1").await.unwrap(), None);
        assert_eq!(store.get_msg_secret(ALICE, ALICE, "M1").await.unwrap(), None);
        assert_eq!(store.get_msg_secret(ALICE, BOB, "M2").await.unwrap(), None);
    }

    async fn secrets_put_together_are_counted_as_given(store) {
        assert_eq!(store.put_msg_secrets(vec![]).await.unwrap(), 0);

        let entries = vec![secret("M1", 1, 0, 7), secret("M2", 2, 50, 8), secret("M1", 3, 0, 0)];
        assert_eq!(store.put_msg_secrets(entries).await.unwrap(), 3);

        assert_eq!(store.get_msg_secret_with_ts(ALICE, BOB, "M1").await.unwrap(), Some((vec![3; 32], 7)));
        assert_eq!(store.get_msg_secret_with_ts(ALICE, BOB, "M2").await.unwrap(), Some((vec![2; 32], 8)));
    }

    async fn the_time_of_a_message_once_known_is_not_forgotten(store) {
        for (kept, incoming) in [(0, 0), (0, 5), (5, 0), (5, 9), (9, 5)] {
            let id = format!("{kept} and {incoming}");
            store.put_msg_secrets(vec![secret(&id, 1, 0, kept)]).await.unwrap();
            store.put_msg_secrets(vec![secret(&id, 2, 0, incoming)]).await.unwrap();

            let merged = merge_msg_secret_message_ts(kept, incoming);
            let found = store.get_msg_secret_with_ts(ALICE, BOB, &id).await.unwrap();
            assert_eq!(found, Some((vec![2; 32], merged)), "{id}");
        }
    }

    async fn a_deadline_never_shrinks_whether_merged_in_one_batch_or_in_two(store) {
        for (kept, incoming) in [(0, 5), (5, 0), (5, 9), (9, 5), (7, 7)] {
            for together in [true, false] {
                let id = format!("{kept} and {incoming}, together: {together}");
                let (one, other) = (secret(&id, 1, kept, 0), secret(&id, 2, incoming, 0));
                if together {
                    store.put_msg_secrets(vec![one, other]).await.unwrap();
                } else {
                    store.put_msg_secrets(vec![one]).await.unwrap();
                    store.put_msg_secrets(vec![other]).await.unwrap();
                }

                let deadline = merge_msg_secret_expiry(kept, incoming);
                let before = if deadline == 0 { i64::MAX } else { deadline - 1 };
                assert_eq!(store.delete_expired_msg_secrets(before).await.unwrap(), 0, "{id}");
                assert_eq!(store.get_msg_secret(ALICE, BOB, &id).await.unwrap(), Some(vec![2; 32]), "{id}");
                let gone = u32::from(deadline != 0);
                assert_eq!(store.delete_expired_msg_secrets(before.saturating_add(1)).await.unwrap(), gone, "{id}");
            }
        }
    }

    async fn a_secret_expires_at_its_deadline_and_one_without_never(store) {
        let entries = vec![secret("at", 1, 100, 0), secret("after", 1, 101, 0), secret("never", 1, 0, 0)];
        store.put_msg_secrets(entries).await.unwrap();

        assert_eq!(store.delete_expired_msg_secrets(99).await.unwrap(), 0);
        assert_eq!(store.delete_expired_msg_secrets(100).await.unwrap(), 1);
        assert_eq!(store.get_msg_secret(ALICE, BOB, "at").await.unwrap(), None);
        assert!(store.get_msg_secret(ALICE, BOB, "after").await.unwrap().is_some());
        assert_eq!(store.delete_expired_msg_secrets(i64::MAX).await.unwrap(), 1);
        assert!(store.get_msg_secret(ALICE, BOB, "never").await.unwrap().is_some());
    }
}
