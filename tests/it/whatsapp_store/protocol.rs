use whatsapp_rust::wacore::store::traits::{DeviceInfo, DeviceListRecord, LidPnMappingEntry};

use super::{ALICE, BOB, both_stores};

const GROUP: &str = "120363000000000001@g.us";
const OTHER_GROUP: &str = "120363000000000002@g.us";

fn mapping(lid: &str, phone_number: &str, updated_at: i64) -> LidPnMappingEntry {
    LidPnMappingEntry {
        lid: lid.to_owned(),
        phone_number: phone_number.to_owned(),
        created_at: 5,
        updated_at,
        learning_source: "usync".to_owned(),
    }
}

fn device_list(user: &str, devices: &[u32], timestamp: i64) -> DeviceListRecord {
    DeviceListRecord {
        user: user.to_owned(),
        devices: devices
            .iter()
            .map(|id| DeviceInfo::new(*id, Some(id + 1)).with_hosting(*id == 99))
            .collect(),
        timestamp,
        phash: Some("2:abc".to_owned()),
        raw_id: Some(7),
    }
}

fn json(value: &impl serde::Serialize) -> serde_json::Value {
    serde_json::to_value(value).unwrap()
}

both_stores! {
    async fn the_devices_of_a_group_have_the_status_set_last(store) {
        assert_eq!(store.get_sender_key_devices(GROUP).await.unwrap(), []);

        store.set_sender_key_status(GROUP, &[]).await.unwrap();
        store.set_sender_key_status(GROUP, &[(ALICE, true), (BOB, true)]).await.unwrap();
        store.set_sender_key_status(GROUP, &[(BOB, true), (BOB, false)]).await.unwrap();
        store.set_sender_key_status(OTHER_GROUP, &[(BOB, true)]).await.unwrap();

        let mut found = store.get_sender_key_devices(GROUP).await.unwrap();
        found.sort();
        assert_eq!(found, [(ALICE.to_owned(), true), (BOB.to_owned(), false)]);
        assert_eq!(store.get_sender_key_devices(OTHER_GROUP).await.unwrap(), [(BOB.to_owned(), true)]);
    }

    async fn clearing_a_group_spares_the_others(store) {
        store.set_sender_key_status(GROUP, &[(ALICE, true)]).await.unwrap();
        store.set_sender_key_status(OTHER_GROUP, &[(ALICE, true)]).await.unwrap();

        store.clear_sender_key_devices(GROUP).await.unwrap();
        assert_eq!(store.get_sender_key_devices(GROUP).await.unwrap(), []);
        assert_eq!(store.get_sender_key_devices(OTHER_GROUP).await.unwrap().len(), 1);

        store.set_sender_key_status(GROUP, &[(ALICE, true)]).await.unwrap();
        store.clear_all_sender_key_devices().await.unwrap();
        assert_eq!(store.get_sender_key_devices(GROUP).await.unwrap(), []);
        assert_eq!(store.get_sender_key_devices(OTHER_GROUP).await.unwrap(), []);
    }

    async fn a_device_is_deleted_from_all_groups(store) {
        store.set_sender_key_status(GROUP, &[(ALICE, true), (BOB, true)]).await.unwrap();
        store.set_sender_key_status(OTHER_GROUP, &[(ALICE, false), (BOB, true)]).await.unwrap();

        store.delete_sender_key_device_rows(&[]).await.unwrap();
        store.delete_sender_key_device_rows(&[ALICE, "nobody@lid"]).await.unwrap();

        assert_eq!(store.get_sender_key_devices(GROUP).await.unwrap(), [(BOB.to_owned(), true)]);
        assert_eq!(store.get_sender_key_devices(OTHER_GROUP).await.unwrap(), [(BOB.to_owned(), true)]);
    }

    async fn a_mapping_is_found_from_both_ends(store) {
        assert!(store.get_lid_mapping("1001").await.unwrap().is_none());
        assert!(store.get_pn_mapping("4915").await.unwrap().is_none());

        let entry = mapping("1001", "4915", 10);
        store.put_lid_mapping(&entry).await.unwrap();

        assert_eq!(json(&store.get_lid_mapping("1001").await.unwrap().unwrap()), json(&entry));
        assert_eq!(json(&store.get_pn_mapping("4915").await.unwrap().unwrap()), json(&entry));
        assert!(store.get_lid_mapping("4915").await.unwrap().is_none());
        assert!(store.get_pn_mapping("1001").await.unwrap().is_none());
    }

    async fn a_lid_that_moved_to_another_number_is_not_found_by_the_old_one(store) {
        store.put_lid_mapping(&mapping("1001", "4915", 10)).await.unwrap();
        store.put_lid_mapping(&mapping("1001", "4916", 11)).await.unwrap();

        assert!(store.get_pn_mapping("4915").await.unwrap().is_none());
        assert_eq!(store.get_pn_mapping("4916").await.unwrap().unwrap().lid, "1001");
        assert_eq!(store.get_lid_mapping("1001").await.unwrap().unwrap().phone_number, "4916");
        assert_eq!(store.get_all_lid_mappings().await.unwrap().len(), 1);
    }

    async fn a_number_with_two_lids_answers_the_one_put_last(store) {
        store.put_lid_mapping(&mapping("1001", "4915", 10)).await.unwrap();
        store.put_lid_mapping(&mapping("1002", "4915", 10)).await.unwrap();
        assert_eq!(store.get_pn_mapping("4915").await.unwrap().unwrap().lid, "1002");

        store.put_lid_mapping(&mapping("1001", "4915", 10)).await.unwrap();
        assert_eq!(store.get_pn_mapping("4915").await.unwrap().unwrap().lid, "1001");
        assert_eq!(store.get_lid_mapping("1002").await.unwrap().unwrap().phone_number, "4915");
        assert_eq!(store.get_all_lid_mappings().await.unwrap().len(), 2);
    }

    async fn mappings_put_together_are_as_put_one_by_one(store) {
        store.put_lid_mappings(&[]).await.unwrap();
        assert!(store.get_all_lid_mappings().await.unwrap().is_empty());

        let moved = mapping("2002", "4917", 3);
        let entries = [
            mapping("1001", "4915", 9),
            mapping("2002", "4916", 1),
            moved.clone(),
            mapping("3003", "4915", 2),
        ];
        store.put_lid_mappings(&entries).await.unwrap();

        assert_eq!(store.get_pn_mapping("4915").await.unwrap().unwrap().lid, "3003");
        assert!(store.get_pn_mapping("4916").await.unwrap().is_none());
        assert_eq!(json(&store.get_pn_mapping("4917").await.unwrap().unwrap()), json(&moved));
        let mut all: Vec<_> = store.get_all_lid_mappings().await.unwrap().into_iter().map(|entry| entry.lid).collect();
        all.sort();
        assert_eq!(all, ["1001", "2002", "3003"]);
    }

    async fn a_base_key_is_the_same_only_for_its_address_and_message(store) {
        assert!(!store.has_same_base_key(ALICE, "M1", b"key").await.unwrap());

        store.save_base_key(ALICE, "M1", b"old").await.unwrap();
        store.save_base_key(ALICE, "M1", b"key").await.unwrap();
        assert!(store.has_same_base_key(ALICE, "M1", b"key").await.unwrap());
        assert!(!store.has_same_base_key(ALICE, "M1", b"old").await.unwrap());
        assert!(!store.has_same_base_key(ALICE, "M1", b"ke").await.unwrap());
        assert!(!store.has_same_base_key(ALICE, "M2", b"key").await.unwrap());
        assert!(!store.has_same_base_key(BOB, "M1", b"key").await.unwrap());

        store.delete_base_key(ALICE, "M1").await.unwrap();
        store.delete_base_key(ALICE, "M1").await.unwrap();
        assert!(!store.has_same_base_key(ALICE, "M1", b"key").await.unwrap());
    }

    async fn a_device_list_comes_back_whole_as_last_updated(store) {
        assert!(store.get_devices("4915").await.unwrap().is_none());

        store.update_device_list(device_list("4915", &[0], 1)).await.unwrap();
        let last = device_list("4915", &[0, 3, 99], 2);
        store.update_device_list(last.clone()).await.unwrap();
        assert_eq!(json(&store.get_devices("4915").await.unwrap().unwrap()), json(&last));
        assert!(store.get_devices("491").await.unwrap().is_none());

        store.delete_devices("4915").await.unwrap();
        store.delete_devices("4915").await.unwrap();
        assert!(store.get_devices("4915").await.unwrap().is_none());
    }

    async fn device_lists_updated_together_are_as_updated_one_by_one(store) {
        store.update_device_lists(vec![]).await.unwrap();
        let bare = DeviceListRecord { phash: None, raw_id: None, ..device_list("4916", &[], 3) };
        let last = device_list("4915", &[0, 1], 2);
        store.update_device_lists(vec![device_list("4915", &[0], 1), bare.clone(), last.clone()]).await.unwrap();

        assert_eq!(json(&store.get_devices("4915").await.unwrap().unwrap()), json(&last));
        assert_eq!(json(&store.get_devices("4916").await.unwrap().unwrap()), json(&bare));
    }

    async fn group_metadata_is_read_as_last_put_until_deleted(store) {
        assert_eq!(store.get_group_metadata(GROUP).await.unwrap(), None);

        store.put_group_metadata(GROUP, b"first").await.unwrap();
        store.put_group_metadata(GROUP, b"second").await.unwrap();
        store.put_group_metadata(OTHER_GROUP, b"").await.unwrap();
        assert_eq!(store.get_group_metadata(GROUP).await.unwrap(), Some(b"second".to_vec()));

        store.delete_group_metadata(GROUP).await.unwrap();
        store.delete_group_metadata(GROUP).await.unwrap();
        assert_eq!(store.get_group_metadata(GROUP).await.unwrap(), None);
        assert_eq!(store.get_group_metadata(OTHER_GROUP).await.unwrap(), Some(Vec::new()));
    }
}
