use whatsapp_rust::wacore::store::traits::TcTokenEntry;

use super::both_stores;

const JID: &str = "100000012345678@lid";

fn entry(token: &[u8], token_timestamp: i64, sender_timestamp: Option<i64>) -> TcTokenEntry {
    TcTokenEntry {
        token: token.to_vec(),
        token_timestamp,
        sender_timestamp,
    }
}

fn parts(entry: Option<TcTokenEntry>) -> Option<(Vec<u8>, i64, Option<i64>)> {
    entry.map(|entry| (entry.token, entry.token_timestamp, entry.sender_timestamp))
}

both_stores! {
    async fn a_token_is_read_as_last_put_until_deleted(store) {
        assert_eq!(parts(store.get_tc_token(JID).await.unwrap()), None);

        store.put_tc_token(JID, &entry(b"newer", 20, Some(9))).await.unwrap();
        store.put_tc_token(JID, &entry(b"older", 10, None)).await.unwrap();
        assert_eq!(parts(store.get_tc_token(JID).await.unwrap()), Some((b"older".to_vec(), 10, None)));

        store.put_tc_token(JID, &entry(b"", 5, Some(6))).await.unwrap();
        assert_eq!(parts(store.get_tc_token(JID).await.unwrap()), Some((vec![], 5, Some(6))));

        store.delete_tc_token(JID).await.unwrap();
        store.delete_tc_token(JID).await.unwrap();
        assert_eq!(parts(store.get_tc_token(JID).await.unwrap()), None);
    }

    async fn all_jids_with_a_token_or_a_placeholder_are_listed(store) {
        assert!(store.get_all_tc_token_jids().await.unwrap().is_empty());

        store.put_tc_token(JID, &entry(b"token", 1, None)).await.unwrap();
        store.touch_tc_token_sender_timestamp("2@lid", 1).await.unwrap();

        let mut jids = store.get_all_tc_token_jids().await.unwrap();
        jids.sort();
        assert_eq!(jids, [JID, "2@lid"]);
    }

    async fn touching_makes_a_placeholder_where_there_is_nothing(store) {
        store.touch_tc_token_sender_timestamp(JID, 40).await.unwrap();

        assert_eq!(parts(store.get_tc_token(JID).await.unwrap()), Some((vec![], 40, Some(40))));
    }

    async fn touching_keeps_the_token_and_only_moves_forward(store) {
        store.put_tc_token(JID, &entry(b"token", 30, None)).await.unwrap();

        for (touched, expected) in [(20, 20), (25, 25), (21, 25), (25, 25)] {
            store.touch_tc_token_sender_timestamp(JID, touched).await.unwrap();
            let found = parts(store.get_tc_token(JID).await.unwrap());
            assert_eq!(found, Some((b"token".to_vec(), 30, Some(expected))));
        }
    }

    async fn a_received_token_keeps_the_senders_half(store) {
        store.store_received_tc_token(JID, b"first", 10).await.unwrap();
        assert_eq!(parts(store.get_tc_token(JID).await.unwrap()), Some((b"first".to_vec(), 10, None)));

        store.touch_tc_token_sender_timestamp(JID, 50).await.unwrap();
        store.store_received_tc_token(JID, b"second", 11).await.unwrap();
        assert_eq!(parts(store.get_tc_token(JID).await.unwrap()), Some((b"second".to_vec(), 11, Some(50))));
    }

    async fn of_received_tokens_the_newer_stays_and_of_equals_the_later(store) {
        store.store_received_tc_token(JID, b"new", 10).await.unwrap();

        store.store_received_tc_token(JID, b"stale", 9).await.unwrap();
        assert_eq!(parts(store.get_tc_token(JID).await.unwrap()), Some((b"new".to_vec(), 10, None)));

        store.store_received_tc_token(JID, b"same second", 10).await.unwrap();
        assert_eq!(parts(store.get_tc_token(JID).await.unwrap()), Some((b"same second".to_vec(), 10, None)));
    }

    async fn a_placeholder_never_blocks_the_first_token(store) {
        store.touch_tc_token_sender_timestamp(JID, 100).await.unwrap();

        store.store_received_tc_token(JID, b"older than the placeholder", 10).await.unwrap();

        let expected = (b"older than the placeholder".to_vec(), 10, Some(100));
        assert_eq!(parts(store.get_tc_token(JID).await.unwrap()), Some(expected));
    }

    async fn both_writers_at_once_lose_neither_half(store) {
        for round in 1..=10 {
            let jid = format!("{round}@lid");
            let touches = (1..=10).map(|at| store.touch_tc_token_sender_timestamp(&jid, at));
            let tokens: Vec<_> = (1..=10_u8).map(|at| [at; 4]).collect();
            let receipts = tokens.iter().map(|token| store.store_received_tc_token(&jid, token, token[0].into()));
            tokio::try_join!(
                futures::future::try_join_all(touches),
                futures::future::try_join_all(receipts),
            )
            .unwrap();

            assert_eq!(parts(store.get_tc_token(&jid).await.unwrap()), Some((vec![10; 4], 10, Some(10))));
        }
    }

    async fn a_token_is_dead_only_when_both_halves_are(store) {
        let (token_cutoff, sender_cutoff) = (100, 200);
        let kept = [
            ("token at its cutoff", entry(b"t", 100, None)),
            ("token live, sender dead", entry(b"t", 100, Some(199))),
            ("token dead, sender at its cutoff", entry(b"t", 99, Some(200))),
            ("placeholder, sender live", entry(b"", 99, Some(200))),
        ];
        let dead = [
            ("both dead", entry(b"t", 99, Some(199))),
            ("token dead, no sender", entry(b"t", 99, None)),
            ("new placeholder, sender dead", entry(b"", 1000, Some(199))),
            ("new placeholder, no sender", entry(b"", 1000, None)),
        ];
        for (jid, entry) in kept.iter().chain(&dead) {
            store.put_tc_token(jid, entry).await.unwrap();
        }

        assert_eq!(store.delete_expired_tc_tokens(token_cutoff, sender_cutoff).await.unwrap(), 4);
        assert_eq!(store.delete_expired_tc_tokens(token_cutoff, sender_cutoff).await.unwrap(), 0);

        let mut left = store.get_all_tc_token_jids().await.unwrap();
        left.sort();
        let mut expected = kept.map(|(jid, _)| jid.to_owned());
        expected.sort();
        assert_eq!(left, expected);
    }
}
