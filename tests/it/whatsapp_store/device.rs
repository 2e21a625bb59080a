use std::sync::Arc;

use whatsapp_rust::wacore::store::Device;
use whatsapp_rust::wacore::store::device::{CachedNoiseCert, CachedServerCertChain};
use whatsapp_rust::waproto::whatsapp::ADVSignedDeviceIdentity;

use super::both_stores;

/// A device with every stored field set.
fn linked_device() -> Device {
    let certificate = |key| CachedNoiseCert {
        key: [key; 32],
        not_before: -1,
        not_after: i64::MAX,
    };
    Device {
        pn: Some("4915550000001:7@s.whatsapp.net".parse().unwrap()),
        lid: Some("100000012345678:7@lid".parse().unwrap()),
        account: Some(Arc::new(ADVSignedDeviceIdentity {
            details: Some(vec![1, 2, 3]),
            device_signature: Some(vec![0; 64]),
            ..Default::default()
        })),
        push_name: "Jürgen 💚".to_owned(),
        edge_routing_info: Some(vec![0, 255]),
        props_hash: Some("hash".to_owned()),
        next_pre_key_id: 813,
        first_unupload_pre_key_id: 800,
        server_has_prekeys: true,
        nct_salt: Some(vec![9; 16]),
        server_cert_chain: Some(CachedServerCertChain {
            intermediate: certificate(1),
            leaf: certificate(2),
        }),
        login_counter: i32::MAX,
        lid_migrated: true,
        last_signed_pre_key_rotation_ms: i64::MAX,
        read_receipts_disabled: true,
        ..Device::new()
    }
}

fn kept(device: &Device) -> serde_json::Value {
    serde_json::to_value(device).unwrap()
}

both_stores! {
    async fn there_is_no_device_before_one_is_created(store) {
        assert!(!store.exists().await.unwrap());
        assert!(store.load().await.unwrap().is_none());

        store.create().await.unwrap();

        assert!(store.exists().await.unwrap());
        assert!(!store.load().await.unwrap().unwrap().is_registered());
    }

    async fn creating_again_keeps_the_device_that_is_there(store) {
        store.create().await.unwrap();
        let created = store.load().await.unwrap().unwrap();
        store.create().await.unwrap();
        assert_eq!(kept(&store.load().await.unwrap().unwrap()), kept(&created));

        let linked = linked_device();
        store.save(&linked).await.unwrap();
        store.create().await.unwrap();
        assert_eq!(kept(&store.load().await.unwrap().unwrap()), kept(&linked));
    }

    async fn a_device_comes_back_whole_as_last_saved(store) {
        store.save(&Device::new()).await.unwrap();
        let linked = linked_device();
        store.save(&linked).await.unwrap();

        let found = store.load().await.unwrap().unwrap();

        assert!(store.exists().await.unwrap());
        assert_eq!(kept(&found), kept(&linked));
        assert_eq!(found.account, linked.account);
    }

    async fn a_loaded_device_introduces_itself_like_a_new_one(store) {
        let device = Device::new();
        store.save(&device).await.unwrap();

        let found = store.load().await.unwrap().unwrap();

        assert_eq!(found.get_client_payload(), device.get_client_payload());
    }

    async fn a_snapshot_of_the_database_is_not_refused(store) {
        store.snapshot_db("a message did not decrypt", Some(b"content")).await.unwrap();
    }
}
