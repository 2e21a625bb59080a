use whatsapp_rust::wacore::appstate::hash::HashState;
use whatsapp_rust::wacore::appstate::processor::AppStateMutationMAC;
use whatsapp_rust::wacore::store::traits::AppStateSyncKey;

use super::both_stores;

fn sync_key(first: u8) -> AppStateSyncKey {
    AppStateSyncKey {
        key_data: vec![first, 0, 255],
        fingerprint: vec![first],
        timestamp: i64::from(first) - 1,
    }
}

fn state(version: u64) -> HashState {
    HashState {
        version,
        hash: [200; 128],
        index_value_map: [("index".to_owned(), vec![1, 2])].into(),
        mac_mismatch_fatal: true,
    }
}

fn mac(index: u8, value: u8) -> AppStateMutationMAC {
    AppStateMutationMAC {
        index_mac: vec![index; 32],
        value_mac: vec![value; 32],
    }
}

both_stores! {
    async fn a_sync_key_comes_back_as_last_set(store) {
        assert!(store.get_sync_key(b"\x00\x01").await.unwrap().is_none());

        store.set_sync_key(b"\x00\x01", sync_key(1)).await.unwrap();
        store.set_sync_key(b"\x00\x01", sync_key(2)).await.unwrap();

        let found = store.get_sync_key(b"\x00\x01").await.unwrap().unwrap();
        let expected = sync_key(2);
        assert_eq!(found.key_data, expected.key_data);
        assert_eq!(found.fingerprint, expected.fingerprint);
        assert_eq!(found.timestamp, expected.timestamp);
        assert!(store.get_sync_key(b"\x00").await.unwrap().is_none());
    }

    async fn the_latest_sync_key_is_the_one_set_last(store) {
        assert_eq!(store.get_latest_sync_key_id().await.unwrap(), None);

        store.set_sync_key(b"b", sync_key(1)).await.unwrap();
        store.set_sync_key(b"a", sync_key(9)).await.unwrap();
        assert_eq!(store.get_latest_sync_key_id().await.unwrap(), Some(b"a".to_vec()));

        store.set_sync_key(b"b", sync_key(1)).await.unwrap();
        assert_eq!(store.get_latest_sync_key_id().await.unwrap(), Some(b"b".to_vec()));
    }

    async fn a_sync_key_of_an_empty_id_is_no_special_case(store) {
        store.set_sync_key(b"", sync_key(3)).await.unwrap();

        assert_eq!(store.get_sync_key(b"").await.unwrap().unwrap().key_data, sync_key(3).key_data);
        assert_eq!(store.get_latest_sync_key_id().await.unwrap(), Some(Vec::new()));
    }

    async fn a_collection_without_a_version_is_at_its_beginning(store) {
        let found = store.get_version("regular").await.unwrap();

        assert_eq!(found.version, 0);
        assert_eq!(found.hash, [0; 128]);
        assert!(found.index_value_map.is_empty());
        assert!(!found.mac_mismatch_fatal);
    }

    async fn a_version_comes_back_whole_as_last_set(store) {
        store.set_version("regular", state(1)).await.unwrap();
        store.set_version("regular", state(u64::MAX)).await.unwrap();

        let found = store.get_version("regular").await.unwrap();
        assert_eq!(found.version, u64::MAX);
        assert_eq!(found.hash, [200; 128]);
        assert_eq!(found.index_value_map, state(1).index_value_map);
        assert!(found.mac_mismatch_fatal);
        assert_eq!(store.get_version("regular_low").await.unwrap().version, 0);
    }

    async fn a_mutation_mac_is_of_one_collection(store) {
        store.put_mutation_macs("regular", 1, &[]).await.unwrap();
        store.put_mutation_macs("regular", 1, &[mac(1, 10), mac(2, 20), mac(1, 11)]).await.unwrap();
        store.put_mutation_macs("regular", 2, &[mac(2, 22)]).await.unwrap();

        assert_eq!(store.get_mutation_mac("regular", &[1; 32]).await.unwrap(), Some(vec![11; 32]));
        assert_eq!(store.get_mutation_mac("regular", &[2; 32]).await.unwrap(), Some(vec![22; 32]));
        assert_eq!(store.get_mutation_mac("regular", &[3; 32]).await.unwrap(), None);
        assert_eq!(store.get_mutation_mac("critical", &[1; 32]).await.unwrap(), None);
    }

    async fn mutation_macs_asked_for_together_are_those_that_there_are(store) {
        store.put_mutation_macs("regular", 1, &[mac(1, 10), mac(2, 20)]).await.unwrap();
        store.put_mutation_macs("critical", 1, &[mac(3, 30)]).await.unwrap();

        let found = store.get_mutation_macs("regular", &[[1; 32], [2; 32], [3; 32], [1; 32]]).await.unwrap();

        assert_eq!(found, [([1; 32], vec![10; 32]), ([2; 32], vec![20; 32])].into());
        assert!(store.get_mutation_macs("regular", &[]).await.unwrap().is_empty());
    }

    async fn deleting_mutation_macs_spares_the_others_and_other_collections(store) {
        store.put_mutation_macs("regular", 1, &[mac(1, 10), mac(2, 20)]).await.unwrap();
        store.put_mutation_macs("critical", 1, &[mac(1, 30)]).await.unwrap();

        store.delete_mutation_macs("regular", &[]).await.unwrap();
        store.delete_mutation_macs("regular", &[vec![1; 32], vec![9; 32]]).await.unwrap();

        assert_eq!(store.get_mutation_mac("regular", &[1; 32]).await.unwrap(), None);
        assert_eq!(store.get_mutation_mac("regular", &[2; 32]).await.unwrap(), Some(vec![20; 32]));
        assert_eq!(store.get_mutation_mac("critical", &[1; 32]).await.unwrap(), Some(vec![30; 32]));
    }

    async fn clearing_a_collection_spares_one_whose_name_begins_alike(store) {
        store.put_mutation_macs("regular", 1, &[mac(1, 10)]).await.unwrap();
        store.put_mutation_macs("regular_low", 1, &[mac(1, 30)]).await.unwrap();

        store.clear_mutation_macs("regular").await.unwrap();

        assert_eq!(store.get_mutation_mac("regular", &[1; 32]).await.unwrap(), None);
        assert_eq!(store.get_mutation_mac("regular_low", &[1; 32]).await.unwrap(), Some(vec![30; 32]));
    }
}
