//! Linking by QR code.

use amda::simulator::Simulator;
use data_encoding::BASE64;
use prost::Message as _;

use super::binary::{Node, Value};
use super::connection::{Connection, End};
use super::curve::{untyped, verify};
use super::device::Device;
use super::proto::{ClientPayload, DeviceDetails, SealedIdentity, SignedIdentity};
use super::signal::mac;

/// What the account signs before a device's details and identity, and what the device signs before them.
const BY_ACCOUNT: &[u8] = &[6, 0];
const BY_DEVICE: &[u8] = &[6, 1];

impl Device {
    /// A device linked to a phone by its QR code.
    pub(crate) async fn linked(simulator: &Simulator, phone: &str) -> Self {
        let mut device = Self::new();
        let payload = ClientPayload {
            passive: Some(false),
            pull: Some(false),
            registration: Some(device.registration()),
            ..ClientPayload::default()
        };
        let mut connection = Connection::open(simulator, &device.noise, &payload).await;
        let offer = connection
            .wait("the references", |node| node.child("pair-device").is_some())
            .await;
        assert_eq!(offer.value("from"), Some(&Value::server()));
        connection.send(&answer_to(&offer)).await;
        let code = device.qr_code(&offer.need("pair-device").need("ref").bytes);
        simulator.scan(phone, &code).await.expect("the code is shown");

        let success = connection
            .wait("the pairing", |node| node.child("pair-success").is_some())
            .await;
        let signed = device.take_identity(&success);
        connection.send(&answer_to(&success).holding([signed])).await;

        let error = connection
            .wait("the end", |node| node.tag == "stream:error")
            .await;
        assert_eq!(error.text("code"), "515");
        assert_eq!(
            connection.next().await.map(|node| node.tag),
            Ok("xmlstreamend".to_owned())
        );
        assert_eq!(connection.next().await.err(), Some(End::Abrupt));
        device
    }

    fn qr_code(&self, reference: &[u8]) -> String {
        let reference = std::str::from_utf8(reference).expect("references are text");
        let keys = [&self.noise.public, &self.identity.public, &self.adv_secret];
        let [noise, identity, secret] = keys.map(|key| BASE64.encode(key));
        format!("https://wa.me/settings/linked_devices#{reference},{noise},{identity},{secret},1")
    }

    /// Takes the names and the signed identity that it was given, and returns the identity with its own signature.
    fn take_identity(&mut self, success: &Node) -> Node {
        assert_eq!(success.value("from"), Some(&Value::server()));
        assert!(
            success.text("t").parse::<u64>().is_ok_and(|at| at > 0),
            "{success:#?}"
        );
        let success = success.need("pair-success");
        let Some(Value::Jid { user, device, .. }) = success.need("device").value("jid") else {
            panic!("the device has no JID: {success:#?}");
        };
        (self.number, self.id) = (user.clone(), *device);
        let Some(Value::Jid { user, .. }) = success.need("device").value("lid") else {
            panic!("the device has no LID: {success:#?}");
        };
        self.lid.clone_from(user);

        let sealed = SealedIdentity::decode(&*success.need("device-identity").bytes).expect("it is sealed");
        let details = sealed.details.expect("it holds an identity");
        let expected = mac(&self.adv_secret, &[&details]);
        assert_eq!(sealed.hmac.as_deref(), Some(&expected[..]));
        let mut identity = SignedIdentity::decode(&*details).expect("it is an identity");
        let account = identity.account_key.clone().expect("the account's key is there");
        let details = identity.details.clone().expect("there are details");
        let signed = [BY_ACCOUNT, &details, &self.identity.public].concat();
        let signature = identity.account_signature.clone().unwrap_or_default();
        assert!(verify(&untyped(&account), &signed, &signature));

        let own = [BY_DEVICE, &details, &self.identity.public, &account].concat();
        identity.device_signature = Some(self.identity.sign(&own).to_vec());
        self.signed_identity = identity.encode_to_vec();
        identity.account_key = None;
        let index = DeviceDetails::decode(&*details)
            .expect("they are details")
            .key_index;
        let index = index.expect("the account numbers its devices").to_string();
        let signed = Node::of("device-identity", identity.encode_to_vec()).with("key-index", index.as_str());
        Node::new("pair-device-sign").holding([signed])
    }
}

fn answer_to(iq: &Node) -> Node {
    Node::new("iq")
        .with("to", Value::server())
        .with("id", iq.text("id"))
        .with("type", "result")
}
