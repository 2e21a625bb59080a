use whatsapp_rust::wacore::store::traits::{PendingInboundKey, PendingInboundRow};
use whatsapp_rust::wacore::time::now_secs;

use super::{ALICE, BOB, both_stores};

const GROUP: &str = "120363000000000001@g.us";

fn row<'a>(chat: &'a str, sender: &'a str, id: &'a str, message: &'a [u8]) -> PendingInboundRow<'a> {
    PendingInboundRow {
        chat,
        sender,
        id,
        message,
    }
}

fn key<'a>(chat: &'a str, sender: &'a str, id: &'a str) -> PendingInboundKey<'a> {
    PendingInboundKey { chat, sender, id }
}

both_stores! {
    async fn a_sent_message_is_taken_once(store) {
        assert_eq!(store.take_sent_message(ALICE, "M1").await.unwrap(), None);

        store.store_sent_message(ALICE, "M1", b"first").await.unwrap();
        store.store_sent_message(ALICE, "M1", b"second").await.unwrap();
        store.store_sent_message(BOB, "M1", b"bob").await.unwrap();

        assert_eq!(store.take_sent_message(ALICE, "M1").await.unwrap(), Some(b"second".to_vec()));
        assert_eq!(store.take_sent_message(ALICE, "M1").await.unwrap(), None);
        assert_eq!(store.take_sent_message(ALICE, "M2").await.unwrap(), None);
        assert_eq!(store.take_sent_message(BOB, "M1").await.unwrap(), Some(b"bob".to_vec()));
    }

    async fn of_many_takers_of_one_sent_message_one_gets_it(store) {
        store.store_sent_message(ALICE, "M1", b"payload").await.unwrap();

        let takers = (0..6).map(|_| store.take_sent_message(ALICE, "M1"));
        let taken = futures::future::try_join_all(takers).await.unwrap();

        assert_eq!(taken.into_iter().flatten().collect::<Vec<_>>(), [b"payload".to_vec()]);
    }

    async fn a_sent_message_expires_before_the_cutoff_and_not_at_it(store) {
        let before = now_secs();
        store.store_sent_message(ALICE, "M1", b"one").await.unwrap();
        store.store_sent_message(ALICE, "M2", b"two").await.unwrap();
        let after = now_secs();

        assert_eq!(store.delete_expired_sent_messages(i64::MIN).await.unwrap(), 0);
        assert_eq!(store.delete_expired_sent_messages(before).await.unwrap(), 0);
        assert_eq!(store.delete_expired_sent_messages(after + 1).await.unwrap(), 2);
        assert_eq!(store.delete_expired_sent_messages(i64::MAX).await.unwrap(), 0);
        assert_eq!(store.take_sent_message(ALICE, "M1").await.unwrap(), None);
    }

    async fn a_pending_message_is_there_until_it_is_deleted(store) {
        assert_eq!(store.get_pending_inbound(GROUP, ALICE, "M1").await.unwrap(), None);

        store.store_pending_inbound(GROUP, ALICE, "M1", b"first").await.unwrap();
        store.store_pending_inbound(GROUP, ALICE, "M1", b"second").await.unwrap();
        assert_eq!(store.get_pending_inbound(GROUP, ALICE, "M1").await.unwrap(), Some(b"second".to_vec()));
        assert_eq!(store.get_pending_inbound(GROUP, ALICE, "M1").await.unwrap(), Some(b"second".to_vec()));

        store.delete_pending_inbound(GROUP, ALICE, "M1").await.unwrap();
        store.delete_pending_inbound(GROUP, ALICE, "M1").await.unwrap();
        assert_eq!(store.get_pending_inbound(GROUP, ALICE, "M1").await.unwrap(), None);
    }

    async fn a_pending_message_belongs_to_its_chat_sender_and_id(store) {
        store.store_pending_inbound(GROUP, "12", "3", b"message").await.unwrap();

        for (chat, sender, id) in [(ALICE, "12", "3"), (GROUP, "1", "23"), (GROUP, "123", ""), (GROUP, "12", "33")] {
            assert_eq!(store.get_pending_inbound(chat, sender, id).await.unwrap(), None, "{chat} {sender} {id}");
            store.delete_pending_inbound(chat, sender, id).await.unwrap();
        }
        assert!(store.get_pending_inbound(GROUP, "12", "3").await.unwrap().is_some());
    }

    async fn pending_messages_come_and_go_together(store) {
        store.store_pending_inbound_batch(&[]).await.unwrap();
        let rows = [
            row(GROUP, ALICE, "M1", b"one"),
            row(GROUP, BOB, "M1", b"two"),
            row(BOB, BOB, "M1", b""),
            row(GROUP, ALICE, "M1", b"again"),
        ];
        store.store_pending_inbound_batch(&rows).await.unwrap();
        assert_eq!(store.get_pending_inbound(GROUP, ALICE, "M1").await.unwrap(), Some(b"again".to_vec()));
        assert_eq!(store.get_pending_inbound(BOB, BOB, "M1").await.unwrap(), Some(Vec::new()));

        store.delete_pending_inbound_batch(&[]).await.unwrap();
        let keys = [key(GROUP, ALICE, "M1"), key(BOB, BOB, "M1"), key(BOB, ALICE, "M9")];
        store.delete_pending_inbound_batch(&keys).await.unwrap();
        assert_eq!(store.get_pending_inbound(GROUP, ALICE, "M1").await.unwrap(), None);
        assert_eq!(store.get_pending_inbound(GROUP, BOB, "M1").await.unwrap(), Some(b"two".to_vec()));
        assert_eq!(store.get_pending_inbound(BOB, BOB, "M1").await.unwrap(), None);
    }

    async fn a_pending_message_expires_before_the_cutoff_and_not_at_it(store) {
        let before = now_secs();
        store.store_pending_inbound(GROUP, ALICE, "M1", b"one").await.unwrap();
        store.store_pending_inbound_batch(&[row(GROUP, BOB, "M1", b"two")]).await.unwrap();
        store.store_sent_message(ALICE, "M1", b"stays").await.unwrap();
        let after = now_secs();

        assert_eq!(store.delete_expired_pending_inbound(before).await.unwrap(), 0);
        assert_eq!(store.delete_expired_pending_inbound(after + 1).await.unwrap(), 2);
        assert_eq!(store.get_pending_inbound(GROUP, ALICE, "M1").await.unwrap(), None);
        assert!(store.take_sent_message(ALICE, "M1").await.unwrap().is_some());
    }
}
