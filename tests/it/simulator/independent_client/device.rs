//! The device: its keys, and its logins.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};

use amda::simulator::Simulator;

use super::binary::{Node, Value};
use super::connection::Connection;
use super::curve::{KeyPair, random, typed};
use super::proto::{ClientPayload, Registration};
use super::signal::{OwnKeys, Session};

/// Number of one-time keys that it uploads.
const ONE_TIME_KEYS: u32 = 20;
/// The id of its signed key.
pub(super) const SIGNED_ID: u32 = 1;

/// A device, linked or not.
pub(crate) struct Device {
    pub(super) noise: KeyPair,
    pub(super) identity: KeyPair,
    pub(super) signed: KeyPair,
    pub(super) one_time: Vec<KeyPair>,
    pub(super) registration_id: u32,
    pub(super) adv_secret: [u8; 32],
    /// Its number within the account, and the user parts of the account's names, once it is linked.
    pub(crate) id: u8,
    pub(crate) number: String,
    pub(crate) lid: String,
    /// Its identity as the account signed it.
    pub(crate) signed_identity: Vec<u8>,
    /// Sessions by user and device.
    pub(super) sessions: HashMap<(String, u8), Session>,
}

/// An id for a request or a message.
pub(super) fn fresh_id() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    format!("3EB0{:08X}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// `<iq>` to the server.
pub(crate) fn request(kind: &str, namespace: &str, content: impl IntoIterator<Item = Node>) -> Node {
    Node::new("iq")
        .with("to", Value::server())
        .with("id", fresh_id().as_str())
        .with("type", kind)
        .with("xmlns", namespace)
        .holding(content)
}

impl Device {
    pub(crate) fn new() -> Self {
        Self {
            noise: KeyPair::generate(),
            identity: KeyPair::generate(),
            signed: KeyPair::generate(),
            one_time: (0..ONE_TIME_KEYS).map(|_| KeyPair::generate()).collect(),
            registration_id: u32::from_be_bytes(random()) & 0x3fff,
            adv_secret: random(),
            id: 0,
            number: String::new(),
            lid: String::new(),
            signed_identity: Vec::new(),
            sessions: HashMap::new(),
        }
    }

    pub(super) fn own_keys(&self) -> OwnKeys<'_> {
        OwnKeys {
            registration_id: self.registration_id,
            identity: &self.identity,
            signed: &self.signed,
            one_time: &self.one_time,
        }
    }

    pub(super) fn registration(&self) -> Registration {
        Registration {
            id: Some(self.registration_id.to_be_bytes().to_vec()),
            key_type: Some(vec![5]),
            identity: Some(self.identity.public.to_vec()),
            signed_key_id: Some(three_bytes(SIGNED_ID)),
            signed_key: Some(self.signed.public.to_vec()),
            signature: Some(self.identity.sign(&typed(&self.signed.public)).to_vec()),
            build_hash: Some(vec![0; 16]),
            device_props: Some(Vec::new()),
        }
    }

    pub(crate) fn login(&self) -> ClientPayload {
        ClientPayload {
            username: Some(self.number.parse().expect("a number has digits")),
            device: Some(self.id.into()),
            passive: Some(true),
            pull: Some(true),
            registration: None,
        }
    }

    /// Logs in, uploads keys and asks for its messages.
    pub(crate) async fn connect(&self, simulator: &Simulator) -> Connection {
        let mut connection = Connection::open(simulator, &self.noise, &self.login()).await;
        let success = connection.wait("the login", |node| node.tag == "success").await;
        assert_eq!(success.value("lid"), Some(&Value::jid(&self.lid, self.id, "lid")));
        let uploaded = connection
            .ask(self.key_upload(&self.identity.sign(&typed(&self.signed.public))))
            .await;
        assert_eq!(uploaded.text("type"), "result");
        let active = connection
            .ask(request("set", "passive", [Node::new("active")]))
            .await;
        assert_eq!(active.text("type"), "result");
        connection
    }

    /// The upload of its keys, with this signature of the signed one.
    pub(crate) fn key_upload(&self, signature: &[u8; 64]) -> Node {
        let keys = (1..).zip(&self.one_time).map(|(id, key)| {
            Node::new("key").holding([
                Node::of("id", three_bytes(id)),
                Node::of("value", key.public.to_vec()),
            ])
        });
        request(
            "set",
            "encrypt",
            [
                Node::of("registration", self.registration_id.to_be_bytes()),
                Node::of("type", [5]),
                Node::of("identity", self.identity.public.to_vec()),
                Node::new("list").holding(keys),
                Node::new("skey").holding([
                    Node::of("id", three_bytes(SIGNED_ID)),
                    Node::of("value", self.signed.public.to_vec()),
                    Node::of("signature", signature.to_vec()),
                ]),
            ],
        )
    }
}

fn three_bytes(id: u32) -> Vec<u8> {
    id.to_be_bytes()[1..].to_vec()
}
