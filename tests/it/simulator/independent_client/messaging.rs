//! Messages in both directions, between this device and one other at a time.

use prost::Message as _;

use super::binary::{Node, Value};
use super::connection::Connection;
use super::curve::untyped;
use super::device::{Device, fresh_id, request};
use super::proto::{DeviceSent, Message};
use super::signal::{Bundle, Session};

/// A ciphertext and its recipient.
pub(crate) struct Enc {
    pub(crate) to: Value,
    pub(crate) node: Node,
}

impl Device {
    /// Waits for a message and opens it; acknowledges it as clients do.
    pub(crate) async fn read(&mut self, connection: &mut Connection, id: &str) -> Message {
        let node = connection
            .wait(&format!("message {id}"), |node| {
                node.tag == "message" && node.text("id") == id
            })
            .await;
        self.open(connection, &node).await
    }

    /// Opens what the phone tells its newly linked device apart from any chat, which begins their session.
    pub(crate) async fn read_from_phone(&mut self, connection: &mut Connection) -> Message {
        let node = connection
            .wait("a word of the phone", |node| node.text("category") == "peer")
            .await;
        self.open(connection, &node).await
    }

    async fn open(&mut self, connection: &mut Connection, node: &Node) -> Message {
        let sender = node
            .value("participant")
            .or(node.value("from"))
            .expect("messages have a sender");
        let Value::Jid { user, device, .. } = sender else {
            panic!("the sender is no JID: {node:#?}");
        };
        let address = self.address(user, *device);
        let enc = node.need("enc");
        let inner = match enc.text("type") {
            "pkmsg" if self.sessions.contains_key(&address) => {
                Session::accept(&self.own_keys(), &enc.bytes).1
            }
            "pkmsg" => {
                let (session, inner) = Session::accept(&self.own_keys(), &enc.bytes);
                self.sessions.insert(address.clone(), session);
                inner
            }
            _ => enc.bytes.clone(),
        };
        let session = self.sessions.get_mut(&address).expect("a session stands");
        let message = Message::decode(&*session.open(&inner)).expect("it is a message");
        let receipt = Node::new("receipt").with("id", node.text("id"));
        let receipt = ["from", "participant"]
            .into_iter()
            .zip(["to", "participant"])
            .fold(receipt, |receipt, (from, to)| match node.value(from) {
                Some(value) => receipt.with(to, value.clone()),
                None => receipt,
            });
        connection.send(&receipt).await;
        message
    }

    /// The key of a session: the account's own phone has one session under both of its names.
    fn address(&self, user: &str, device: u8) -> (String, u8) {
        let user = if user == self.number { &self.lid } else { user };
        (user.to_owned(), device)
    }

    /// Begins a session with another device, with the keys that the server has of it.
    pub(crate) async fn meet(&mut self, connection: &mut Connection, to: &Value) {
        let asked = Node::new("key").holding([Node::new("user").with("jid", to.clone())]);
        let answer = connection.ask(request("get", "encrypt", [asked])).await;
        let user = answer.need("list").need("user");
        let number = |node: &Node| {
            node.bytes
                .iter()
                .fold(0, |sum, byte| (sum << 8) | u32::from(*byte))
        };
        let bundle = Bundle {
            identity: untyped(&user.need("identity").bytes),
            signed_id: number(user.need("skey").need("id")),
            signed: untyped(&user.need("skey").need("value").bytes),
            signature: user.need("skey").need("signature").bytes.clone(),
            one_time: user
                .child("key")
                .map(|key| (number(key.need("id")), untyped(&key.need("value").bytes))),
        };
        let Value::Jid { user, device, .. } = to else {
            panic!("{to:?} is no JID");
        };
        let session = Session::begin(&self.own_keys(), &bundle);
        self.sessions.insert(self.address(user, *device), session);
    }

    /// Seals a message for one device with which a session stands.
    pub(crate) fn seal(&mut self, to: &Value, message: &Message) -> Enc {
        let Value::Jid { user, device, .. } = to else {
            panic!("{to:?} is no JID");
        };
        let address = self.address(user, *device);
        let session = self.sessions.get_mut(&address).expect("a session stands");
        let (kind, sealed) = session.seal(&message.encode_to_vec());
        Enc {
            to: to.clone(),
            node: Node::of("enc", sealed).with("v", "2").with("type", kind),
        }
    }

    /// Seals the copy of a message for the account's own phone.
    pub(crate) fn seal_copy(&mut self, to: &Value, message: &Message) -> Enc {
        let Value::Jid { user, server, .. } = to else {
            panic!("{to:?} is no JID");
        };
        let copy = Message {
            device_sent: Some(Box::new(DeviceSent {
                destination: Some(format!("{user}@{server}")),
                message: Some(Box::new(message.clone())),
            })),
            ..Message::default()
        };
        let phone = Value::jid(&self.lid, 0, "lid");
        self.seal(&phone, &copy)
    }

    /// `<message>` with a copy for each recipient.
    pub(crate) fn envelope(to: &Value, copies: impl IntoIterator<Item = Enc>) -> Node {
        let copies = copies
            .into_iter()
            .map(|copy| Node::new("to").with("jid", copy.to).holding([copy.node]));
        Node::new("message")
            .with("to", to.clone())
            .with("id", fresh_id().as_str())
            .with("type", "text")
            .holding([Node::new("participants").holding(copies)])
    }

    /// `<device-identity>`, by which others see that the account vouches for this device.
    pub(crate) fn vouched(&self) -> Node {
        Node::of("device-identity", self.signed_identity.clone())
    }
}
