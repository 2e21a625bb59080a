//! The simulator refuses whatever WhatsApp refuses.

use super::client::{ALICE, PHONE, a_simulator, a_text, heard};
use super::independent_client::{Connection, Device, KeyPair, Node, request};
use super::wire::{a_device, lid, text};

#[tokio::test]
async fn a_login_for_a_device_with_another_key_is_refused() {
    let simulator = a_simulator().await;
    let (device, _) = a_device(&simulator).await;

    let mut foreign = Connection::open(&simulator, &KeyPair::generate(), &device.login()).await;
    let refusal = foreign.next().await.unwrap();

    assert_eq!((refusal.tag.as_str(), refusal.text("reason")), ("failure", "401"));
    assert_eq!(foreign.next().await.unwrap().tag, "xmlstreamend");
    device.connect(&simulator).await;
}

#[tokio::test]
async fn a_new_session_is_read_only_when_the_account_vouches_for_its_device() {
    let simulator = a_simulator().await;
    let alice = lid(&simulator, ALICE, "Alice Alves").await;
    let (mut device, mut connection) = a_device(&simulator).await;
    device.meet(&mut connection, &alice).await;

    let copies = [
        device.seal(&alice, &text("unvouched")),
        device.seal_copy(&alice, &text("unvouched")),
    ];
    let unvouched = Device::envelope(&alice, copies);
    connection.send(&unvouched).await;
    let is_retry = |node: &Node| node.text("type") == "retry" && node.text("id") == unvouched.text("id");
    let retry = connection.wait("the retry receipt", is_retry).await;
    let copies = [
        device.seal(&alice, &text("vouched")),
        device.seal_copy(&alice, &text("vouched")),
    ];
    let vouched = Device::envelope(&alice, copies).holding([device.vouched()]);
    connection.send(&vouched).await;

    let sent = heard(&simulator, PHONE, |sent| sent.kind == "text").await;
    assert_eq!(sent.text.as_deref(), Some("vouched"));
    assert_eq!(retry.value("from"), Some(&alice));
    assert!(retry.child("keys").is_some(), "a new session needs new keys");
}

#[tokio::test]
async fn a_message_of_which_the_phone_has_no_copy_is_not_sent() {
    let simulator = a_simulator().await;
    let alice = lid(&simulator, ALICE, "Alice Alves").await;
    let (mut device, mut connection) = a_device(&simulator).await;
    let id = simulator.perform(PHONE, a_text(ALICE, "hi")).await.unwrap();
    device.read(&mut connection, &id).await;

    let copies = [device.seal(&alice, &text("behind your back"))];
    let hidden = Device::envelope(&alice, copies);
    connection.send(&hidden).await;
    let is_receipt = |node: &Node| node.tag == "receipt" && node.text("id") == hidden.text("id");
    connection.wait("Alice's receipt", is_receipt).await;
    let copies = [
        device.seal(&alice, &text("openly")),
        device.seal_copy(&alice, &text("openly")),
    ];
    connection.send(&Device::envelope(&alice, copies)).await;

    heard(&simulator, PHONE, |sent| sent.text.as_deref() == Some("openly")).await;
    assert_eq!(simulator.sent(PHONE).await.unwrap().len(), 1);
}

#[tokio::test]
async fn keys_with_a_broken_signature_are_not_taken() {
    let simulator = a_simulator().await;
    let (device, mut connection) = a_device(&simulator).await;

    let refused = connection.ask(device.key_upload(&[7; 64])).await;

    assert_eq!(refused.text("type"), "error");
    let count = connection
        .ask(request("get", "encrypt", [Node::new("count")]))
        .await;
    assert_ne!(count.need("count").text("value"), "0", "the earlier keys stay");
}

#[tokio::test]
async fn a_change_of_app_state_without_its_macs_is_not_taken() {
    let simulator = a_simulator().await;
    let (_, mut connection) = a_device(&simulator).await;
    let ask = |content: Vec<Node>| {
        let collection = Node::new("collection")
            .with("name", "regular_high")
            .with("version", "0")
            .holding(content);
        request(
            "set",
            "w:sync:app:state",
            [Node::new("sync").holding([collection])],
        )
    };

    let refused = connection.ask(ask(vec![Node::new("patch")])).await;
    let after = connection.ask(ask(Vec::new())).await;

    let refused = refused.need("sync").need("collection");
    assert_eq!(refused.text("type"), "error");
    assert_eq!(refused.need("error").text("code"), "400");
    assert_eq!(after.need("sync").need("collection").text("version"), "0");
}
