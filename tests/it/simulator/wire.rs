//! The wire as a client reads it that shares no code with the simulator.

use amda::simulator::{Event as Happening, Media, Simulator};
use data_encoding::BASE64_NOPAD;
use sha2::{Digest as _, Sha256};

use super::client::{ALICE, BRUNO, PHONE, a_simulator, a_text, heard};
use super::independent_client::{Connection, Device, Message, Node, Value, download, request};

/// A device that is linked and connected, and has a session with its phone.
pub(super) async fn a_device(simulator: &Simulator) -> (Device, Connection) {
    let mut device = Device::linked(simulator, PHONE).await;
    let mut connection = device.connect(simulator).await;
    device.read_from_phone(&mut connection).await;
    (device, connection)
}

/// The LID of a contact.
pub(super) async fn lid(simulator: &Simulator, number: &str, name: &str) -> Value {
    let lid = simulator.add_contact(PHONE, number, name).await.unwrap();
    let (user, server) = lid.split_once('@').unwrap();
    Value::jid(user, 0, server)
}

pub(super) fn text(text: &str) -> Message {
    Message {
        conversation: Some(text.to_owned()),
        ..Message::default()
    }
}

/// `2:` and the hash of these devices.
fn hash_of(mut devices: Vec<String>) -> String {
    devices.sort();
    let digest = Sha256::digest(devices.concat());
    format!("2:{}", BASE64_NOPAD.encode(&digest[..6]))
}

#[tokio::test]
async fn a_client_that_shares_no_code_is_linked_reads_and_writes() {
    let simulator = a_simulator().await;
    let alice = lid(&simulator, ALICE, "Alice Alves").await;
    let (mut device, mut connection) = a_device(&simulator).await;

    for said in ["hello", "still there?"] {
        let id = simulator.perform(PHONE, a_text(ALICE, said)).await.unwrap();
        let message = device.read(&mut connection, &id).await;
        assert_eq!(message.conversation.as_deref(), Some(said));
    }
    for said in ["I am", "and you?"] {
        let copies = [
            device.seal(&alice, &text(said)),
            device.seal_copy(&alice, &text(said)),
        ];
        let message = Device::envelope(&alice, copies);
        connection.send(&message).await;
        let sent = heard(&simulator, PHONE, |sent| sent.text.as_deref() == Some(said)).await;
        assert_eq!(sent.recipients, [ALICE]);
        let is_own = |node: &Node| node.text("id") == message.text("id");
        let ack = connection
            .wait("the ack", |node| node.tag == "ack" && is_own(node))
            .await;
        assert_eq!(ack.value("from"), Some(&alice));
        connection
            .wait("the receipt", |node| node.tag == "receipt" && is_own(node))
            .await;
    }
    let id = simulator.perform(PHONE, a_text(ALICE, "bye")).await.unwrap();

    let message = device.read(&mut connection, &id).await;
    assert_eq!(message.conversation.as_deref(), Some("bye"));
}

#[tokio::test]
async fn a_picture_is_downloaded_by_its_direct_path_with_more_words_behind_it() {
    let simulator = a_simulator().await;
    let (mut device, mut connection) = a_device(&simulator).await;
    let event = Happening::Message {
        from: ALICE.to_owned(),
        chat: None,
        text: None,
        media: Some(Media::Image),
    };

    let id = simulator.perform(PHONE, event).await.unwrap();
    let image = device.read(&mut connection, &id).await.image.unwrap();
    let picture = download(&simulator, &image).await;

    assert!(picture.starts_with(&[0xff, 0xd8]));
    let path = image.direct_path.unwrap();
    let words = ["?ccb=", "&oh=", "&oe="];
    assert!(words.iter().all(|word| path.contains(word)), "{path}");
    assert_eq!(
        image.url.unwrap(),
        format!("https://mmg.whatsapp.net{path}&mms3=true")
    );
}

#[tokio::test]
async fn every_word_of_the_server_names_it_by_its_jid() {
    let simulator = a_simulator().await;
    let (_, mut connection) = a_device(&simulator).await;
    simulator
        .add_contact(PHONE, "351912345678", "Clara")
        .await
        .unwrap();

    let pushed = |node: &Node| node.text("type") == "server_sync";
    let pushed = connection.wait("the change of app state", pushed).await;
    let offline = connection
        .wait("the end of what was missed", |node| {
            node.child("offline").is_some()
        })
        .await;
    let answer = connection.ask(request("get", "w:p", [Node::new("ping")])).await;

    for node in [&pushed, &offline, &answer] {
        assert_eq!(node.value("from"), Some(&Value::server()), "{node:#?}");
    }
    for node in connection.unclaimed() {
        for (key, value) in &node.attrs {
            let is_text =
                matches!(value, Value::Text(text) if text.contains('@') || text == "s.whatsapp.net");
            assert!(!is_text, "{key} is no JID in {node:#?}");
        }
    }
}

/// Asks for one user.
async fn user(connection: &mut Connection, query: Node, user: Node) -> Node {
    let usync = Node::new("usync")
        .with("sid", "1")
        .with("mode", "query")
        .with("last", "true")
        .with("index", "0")
        .with("context", "interactive")
        .holding([
            Node::new("query").holding([query]),
            Node::new("list").holding([user]),
        ]);
    let answer = connection.ask(request("get", "usync", [usync])).await;
    answer.need("usync").need("list").need("user").clone()
}

#[tokio::test]
async fn a_number_is_answered_with_both_names_of_its_owner() {
    let simulator = a_simulator().await;
    let alice = lid(&simulator, ALICE, "Alice Alves").await;
    let (_, mut connection) = a_device(&simulator).await;
    let by_lid = || Node::new("contact").with("addressing_mode", "lid");
    let asked = |number: &str| Node::new("user").holding([Node::of("contact", format!("+{number}@c.us"))]);

    let known = user(&mut connection, by_lid(), asked(ALICE)).await;
    let unknown = user(&mut connection, by_lid(), asked("4930123456")).await;
    let by_number = user(&mut connection, Node::new("contact"), asked(ALICE)).await;

    let number = Value::jid(ALICE, 0, "s.whatsapp.net");
    assert_eq!(known.value("jid"), Some(&alice));
    assert_eq!(known.value("pn_jid"), Some(&number));
    assert_eq!(known.need("contact").text("type"), "in");
    assert_eq!(unknown.value("jid"), None);
    assert_eq!(unknown.need("contact").text("type"), "out");
    assert_eq!(by_number.value("jid"), Some(&number));
}

#[tokio::test]
async fn a_message_to_a_person_that_misses_a_device_is_answered_with_the_hash_of_all() {
    let simulator = a_simulator().await;
    let alice = lid(&simulator, ALICE, "Alice Alves").await;
    let (mut device, mut connection) = a_device(&simulator).await;
    let id = simulator.perform(PHONE, a_text(ALICE, "hi")).await.unwrap();
    device.read(&mut connection, &id).await;
    let Value::Jid { user, .. } = &alice else {
        panic!("a LID was wanted, not {alice:?}");
    };
    let devices = [format!("{user}.0:0@lid")]
        .into_iter()
        .chain([0, device.id].map(|id| format!("{}.0:{id}@lid", device.lid)));
    let all = hash_of(devices.collect());

    let mut answers = Vec::new();
    for is_complete in [false, true] {
        let mut copies = vec![device.seal(&alice, &text("hello"))];
        if is_complete {
            copies.push(device.seal_copy(&alice, &text("hello")));
        }
        let message = Device::envelope(&alice, copies);
        connection.send(&message).await;
        let is_ack = |node: &Node| node.tag == "ack" && node.text("id") == message.text("id");
        answers.push(connection.wait("the ack", is_ack).await);
    }

    assert_eq!(answers[0].text("phash"), all);
    assert_eq!(answers[1].value("phash"), None);
}

#[tokio::test]
async fn lists_of_devices_carry_their_hash() {
    let simulator = a_simulator().await;
    let group = simulator
        .create_group(PHONE, "Friends", &[ALICE, BRUNO])
        .await
        .unwrap();
    let mut members = Vec::new();
    for (number, name) in [(ALICE, "Alice Alves"), (BRUNO, "Bruno Braga")] {
        if let Value::Jid { user, .. } = lid(&simulator, number, name).await {
            members.push(format!("{user}.0:0@lid"));
        }
    }
    let (device, mut connection) = a_device(&simulator).await;
    let own = |user: &str, server: &str| [0, device.id].map(|id| format!("{user}.0:{id}@{server}"));

    let phone = Node::new("user").with("jid", Value::jid(PHONE, 0, "s.whatsapp.net"));
    let listed = user(&mut connection, Node::new("devices").with("version", "2"), phone).await;
    let to = Value::jid(group.split('@').next().unwrap(), 0, "g.us");
    let mut answers = Vec::new();
    members.extend(own(&device.lid, "lid"));
    let right = hash_of(members);
    for hash in ["2:AAAAAAAA", &right] {
        let message = Device::envelope(&to, []).with("phash", hash);
        connection.send(&message).await;
        let is_ack = |node: &Node| node.tag == "ack" && node.text("id") == message.text("id");
        answers.push(connection.wait("the ack", is_ack).await);
    }

    let hash = hash_of(own(PHONE, "s.whatsapp.net").to_vec());
    assert_eq!(listed.need("devices").need("device-list").text("hash"), hash);
    assert_eq!(answers[0].text("phash"), right);
    assert_eq!(answers[1].value("phash"), None);
}
