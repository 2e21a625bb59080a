//! Whoever cannot read what a device sent asks for it again, as clients do.

use super::client::{ALICE, PHONE, a_simulator};
use super::independent_client::{Connection, Device, Enc, Node, Value};
use super::wire::{a_device, lid};

/// A ciphertext that nobody can read.
fn garbage(to: &Value, kind: &str) -> Enc {
    Enc {
        to: to.clone(),
        node: Node::of("enc", vec![0x33; 90]).with("v", "2").with("type", kind),
    }
}

async fn retry(connection: &mut Connection, message: &Node, asker: &Value) -> Node {
    let is_wanted = |node: &Node| {
        let by = [node.value("participant"), node.value("from")]
            .into_iter()
            .flatten()
            .next();
        node.text("type") == "retry" && node.text("id") == message.text("id") && by == Some(asker)
    };
    connection.wait("the retry receipt", is_wanted).await
}

#[tokio::test]
async fn the_owners_phone_names_the_chat_of_the_copy_that_it_cannot_read() {
    let simulator = a_simulator().await;
    let alice = lid(&simulator, ALICE, "Alice Alves").await;
    let (device, mut connection) = a_device(&simulator).await;
    let phone = Value::jid(&device.lid, 0, "lid");

    let message = Device::envelope(&alice, [garbage(&phone, "msg"), garbage(&alice, "msg")]);
    connection.send(&message).await;
    let of_phone = retry(&mut connection, &message, &phone).await;
    let of_alice = retry(&mut connection, &message, &alice).await;

    assert_eq!(of_phone.value("recipient"), Some(&alice));
    assert_eq!(of_alice.value("recipient"), None);
}

#[tokio::test]
async fn a_reader_without_the_sender_key_asks_for_it_with_keys_of_a_new_session() {
    let simulator = a_simulator().await;
    let alice = lid(&simulator, ALICE, "Alice Alves").await;
    let group = simulator.create_group(PHONE, "Friends", &[ALICE]).await.unwrap();
    let (device, mut connection) = a_device(&simulator).await;
    let to = Value::jid(group.split('@').next().unwrap(), 0, "g.us");

    let message = Device::envelope(&to, []).holding([garbage(&to, "skmsg").node]);
    connection.send(&message).await;

    for asker in [alice, Value::jid(&device.lid, 0, "lid")] {
        let asked = retry(&mut connection, &message, &asker).await;
        assert_eq!(asked.value("from"), Some(&to));
        assert_eq!(asked.need("retry").text("count"), "1");
        assert_eq!(asked.need("keys").need("identity").bytes.len(), 32);
    }
}
