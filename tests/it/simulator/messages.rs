//! What contacts and the owner say reaches the device in the forms that WhatsApp uses.

use amda::simulator::{Addressing, Event as Happening, Media, ViewOnceForm};
use whatsapp_rust::prelude::*;
use whatsapp_rust::types::events::UnavailableType;
use whatsapp_rust::wacore_binary::JidExt as _;
use whatsapp_rust::waproto::whatsapp::message::protocol_message::Type;

use super::client::{
    ALICE, BRUNO, PHONE, TestClient, a_simulator, a_status, a_text, a_view_once, an_empty_simulator, furnish,
};

/// What a deletion or an edit says about its target.
fn protocol(message: &InboundMessage) -> wa::message::ProtocolMessage {
    message
        .message
        .protocol_message
        .as_option()
        .expect("it says what to do")
        .clone()
}

fn target(protocol: &wa::message::ProtocolMessage) -> wa::MessageKey {
    protocol.key.as_option().expect("it names a message").clone()
}

fn sender_pn(message: &InboundMessage) -> String {
    let source = &message.info.source;
    let names = [Some(&source.sender), source.sender_alt.as_ref()];
    let pn = names.into_iter().flatten().find(|jid| jid.is_pn());
    pn.expect("one of the names is a number").user.to_string()
}

#[tokio::test]
async fn a_text_arrives_with_its_senders_names() {
    let simulator = a_simulator().await;
    let (mut client, _) = TestClient::linked(&simulator, PHONE).await;

    let id = simulator.perform(PHONE, a_text(ALICE, "hello")).await.unwrap();
    let message = client.message(&id).await;

    assert_eq!(message.message.text_content(), Some("hello"));
    assert_eq!(message.info.push_name, "Alice Alves");
    assert!(message.info.source.sender.is_lid());
    let pn = message.info.source.sender_alt.as_ref().map(ToString::to_string);
    assert_eq!(pn, Some(format!("{ALICE}@s.whatsapp.net")));
    client.shutdown().await;
}

#[tokio::test]
async fn view_once_content_arrives_in_every_form_and_decrypts() {
    let simulator = a_simulator().await;
    let (mut client, _) = TestClient::linked(&simulator, PHONE).await;
    let forms = [
        ViewOnceForm::ViewOnceMessage,
        ViewOnceForm::ViewOnceMessageV2,
        ViewOnceForm::ViewOnceMessageV2Extension,
        ViewOnceForm::Inline,
    ];

    for form in forms {
        let id = simulator.perform(PHONE, a_view_once(true, form)).await.unwrap();
        let message = client.message(&id).await;

        assert!(message.message.is_view_once(), "{form:?}");
        let base = message.message.get_base_message();
        let image = base.image_message.as_option().unwrap();
        let jpeg = client.client.download(image).await.unwrap();
        assert!(jpeg.starts_with(&[0xff, 0xd8]), "{form:?}");
    }
    client.shutdown().await;
}

#[tokio::test]
async fn view_once_that_is_not_delivered_is_a_placeholder() {
    let simulator = a_simulator().await;
    let (mut client, _) = TestClient::linked(&simulator, PHONE).await;

    let event = a_view_once(false, ViewOnceForm::ViewOnceMessageV2);
    let id = simulator.perform(PHONE, event).await.unwrap();
    let notice = client.undecryptable(&id).await;

    assert!(notice.is_unavailable);
    assert_eq!(notice.unavailable_type, UnavailableType::ViewOnce);
    client.shutdown().await;
}

#[tokio::test]
async fn a_deletion_names_the_message_it_deletes() {
    let simulator = a_simulator().await;
    let (mut client, _) = TestClient::linked(&simulator, PHONE).await;
    let said = simulator.perform(PHONE, a_text(ALICE, "oops")).await.unwrap();

    let event = Happening::Delete {
        from: ALICE.to_owned(),
        message_id: said.clone(),
    };
    let id = simulator.perform(PHONE, event).await.unwrap();
    let revoke = client.message(&id).await;

    let deleted = protocol(&revoke);
    assert_eq!(deleted.r#type, Some(Type::REVOKE));
    assert_eq!(target(&deleted).id, Some(said));
    assert_eq!(target(&deleted).from_me, Some(true));
    client.shutdown().await;
}

#[tokio::test]
async fn a_status_is_deleted_by_its_author() {
    let simulator = a_simulator().await;
    let (mut client, _) = TestClient::linked(&simulator, PHONE).await;
    let status = simulator
        .perform(PHONE, a_status(ALICE, "soon gone"))
        .await
        .unwrap();

    let event = Happening::Delete {
        from: ALICE.to_owned(),
        message_id: status.clone(),
    };
    let id = simulator.perform(PHONE, event).await.unwrap();
    let revoke = client.message(&id).await;

    assert!(revoke.info.source.chat.is_status_broadcast());
    assert_eq!(sender_pn(&revoke), ALICE);
    assert_eq!(target(&protocol(&revoke)).id, Some(status));
    client.shutdown().await;
}

#[tokio::test]
async fn a_forged_deletion_comes_from_the_forger() {
    let simulator = a_simulator().await;
    let group = simulator
        .create_group(PHONE, "Friends", &[ALICE, BRUNO])
        .await
        .unwrap();
    let (mut client, _) = TestClient::linked(&simulator, PHONE).await;
    let event = Happening::Message {
        from: ALICE.to_owned(),
        chat: Some(group.clone()),
        text: Some("mine".to_owned()),
        media: None,
    };
    let said = simulator.perform(PHONE, event).await.unwrap();
    let original = client.message(&said).await;

    let event = Happening::ForgedDelete {
        from: BRUNO.to_owned(),
        message_id: said.clone(),
    };
    let id = simulator.perform(PHONE, event).await.unwrap();
    let forged = client.message(&id).await;

    assert_eq!(original.info.source.chat.to_string(), group);
    assert_eq!(sender_pn(&original), ALICE);
    assert_eq!(sender_pn(&forged), BRUNO);
    let named = target(&protocol(&forged));
    assert_eq!(named.id, Some(said));
    assert_eq!(named.participant, Some(original.info.source.sender.to_string()));
    client.shutdown().await;
}

#[tokio::test]
async fn an_edit_carries_the_new_text() {
    let simulator = a_simulator().await;
    let (mut client, _) = TestClient::linked(&simulator, PHONE).await;
    let said = simulator.perform(PHONE, a_text(ALICE, "at 8")).await.unwrap();

    let event = Happening::Edit {
        from: ALICE.to_owned(),
        message_id: said.clone(),
        text: "at 9".to_owned(),
        encrypted: false,
        wrapped: false,
    };
    let id = simulator.perform(PHONE, event).await.unwrap();
    let edit = client.message(&id).await;

    let edited = protocol(&edit);
    assert_eq!(edited.r#type, Some(Type::MESSAGE_EDIT));
    assert_eq!(target(&edited).id, Some(said));
    let text = edited.edited_message.as_option().unwrap().text_content();
    assert_eq!(text, Some("at 9"));
    client.shutdown().await;
}

#[tokio::test]
async fn an_edit_is_wrapped_as_phones_wrap_it() {
    let simulator = a_simulator().await;
    let (mut client, _) = TestClient::linked(&simulator, PHONE).await;
    let said = simulator.perform(PHONE, a_text(ALICE, "at 8")).await.unwrap();

    let event = Happening::Edit {
        from: ALICE.to_owned(),
        message_id: said.clone(),
        text: "at 9".to_owned(),
        encrypted: false,
        wrapped: true,
    };
    let id = simulator.perform(PHONE, event).await.unwrap();
    let edit = client.message(&id).await;

    let wrapper = edit.message.edited_message.as_option().unwrap();
    let inner = wrapper.message.as_option().unwrap();
    let edited = inner.protocol_message.as_option().unwrap();
    assert_eq!(edited.r#type, Some(Type::MESSAGE_EDIT));
    assert_eq!(edited.key.as_option().unwrap().id, Some(said));
    client.shutdown().await;
}

/// Alice gives a message another text, sealed.
fn a_sealed_edit(message_id: &str) -> Happening {
    Happening::Edit {
        from: ALICE.to_owned(),
        message_id: message_id.to_owned(),
        text: "at 9".to_owned(),
        encrypted: true,
        wrapped: false,
    }
}

#[tokio::test]
async fn an_encrypted_edit_opens_with_the_secret_of_the_message_that_it_changes() {
    let simulator = a_simulator().await;
    let (mut client, _) = TestClient::linked(&simulator, PHONE).await;
    let said = simulator.perform(PHONE, a_text(ALICE, "at 8")).await.unwrap();
    client.message(&said).await;

    let id = simulator.perform(PHONE, a_sealed_edit(&said)).await.unwrap();
    let edited = protocol(&client.message(&id).await);

    assert_eq!(target(&edited).id, Some(said));
    let text = edited.edited_message.as_option().unwrap().text_content();
    assert_eq!(text, Some("at 9"));
    client.shutdown().await;
}

#[tokio::test]
async fn an_encrypted_edit_of_what_the_device_never_saw_stays_sealed() {
    let simulator = a_simulator().await;
    let (mut client, _) = TestClient::linked(&simulator, PHONE).await;
    let event = a_view_once(false, ViewOnceForm::ViewOnceMessageV2);
    let hidden = simulator.perform(PHONE, event).await.unwrap();
    client.undecryptable(&hidden).await;

    let id = simulator.perform(PHONE, a_sealed_edit(&hidden)).await.unwrap();
    let edit = client.message(&id).await;

    assert!(!edit.message.protocol_message.is_set());
    let sealed = edit.message.secret_encrypted_message.as_option().unwrap();
    let named = sealed.target_message_key.as_option().unwrap();
    assert_eq!(named.id, Some(hidden));
    assert_eq!(sealed.enc_iv.as_ref().map(Vec::len), Some(12));
    client.shutdown().await;
}

#[tokio::test]
async fn the_caption_of_a_picture_is_edited_with_the_picture() {
    let simulator = a_simulator().await;
    let (mut client, _) = TestClient::linked(&simulator, PHONE).await;
    let picture = |media| Happening::Message {
        from: ALICE.to_owned(),
        chat: None,
        text: None,
        media: Some(media),
    };
    let edit = |message_id| Happening::Edit {
        from: ALICE.to_owned(),
        message_id,
        text: "my cat".to_owned(),
        encrypted: false,
        wrapped: false,
    };
    let image = simulator.perform(PHONE, picture(Media::Image)).await.unwrap();
    let audio = simulator.perform(PHONE, picture(Media::Audio)).await.unwrap();

    let id = simulator.perform(PHONE, edit(image)).await.unwrap();
    let edited = protocol(&client.message(&id).await);

    let edited = edited.edited_message.as_option().unwrap();
    let image = edited.image_message.as_option().unwrap();
    assert_eq!(image.caption.as_deref(), Some("my cat"));
    assert!(image.direct_path.is_some());
    let refused = simulator.perform(PHONE, edit(audio)).await.unwrap_err();
    assert!(refused.to_string().contains("no text or caption"), "{refused}");
    client.shutdown().await;
}

#[tokio::test]
async fn the_owners_quote_brings_the_keys_of_a_view_once_that_was_not_delivered() {
    let simulator = a_simulator().await;
    let (mut client, _) = TestClient::linked(&simulator, PHONE).await;
    let event = a_view_once(false, ViewOnceForm::ViewOnceMessageV2);
    let hidden = simulator.perform(PHONE, event).await.unwrap();
    client.undecryptable(&hidden).await;

    let event = Happening::QuoteViewOnce {
        from: PHONE.to_owned(),
        message_id: hidden.clone(),
        text: Some("wow".to_owned()),
    };
    let id = simulator.perform(PHONE, event).await.unwrap();
    let reply = client.message(&id).await;

    assert!(reply.info.source.is_from_me);
    assert_eq!(reply.message.text_content(), Some("wow"));
    let text = reply.message.extended_text_message.as_option().unwrap();
    let context = text.context_info.as_option().unwrap();
    assert_eq!(context.stanza_id, Some(hidden));
    let quoted = context.quoted_message.as_option().unwrap().get_base_message();
    let image = quoted.image_message.as_option().unwrap();
    let jpeg = client.client.download(image).await.unwrap();
    assert!(jpeg.starts_with(&[0xff, 0xd8]));
    client.shutdown().await;
}

#[tokio::test]
async fn what_the_owner_writes_on_the_phone_is_copied_to_the_device() {
    let simulator = a_simulator().await;
    let (mut client, _) = TestClient::linked(&simulator, PHONE).await;

    let event = Happening::Message {
        from: PHONE.to_owned(),
        chat: Some(ALICE.to_owned()),
        text: Some("from my phone".to_owned()),
        media: None,
    };
    let id = simulator.perform(PHONE, event).await.unwrap();
    let copy = client.message(&id).await;
    let own = simulator.perform(PHONE, a_status(PHONE, "my day")).await.unwrap();
    let status = client.message(&own).await;

    assert!(copy.info.source.is_from_me);
    assert_eq!(copy.message.text_content(), Some("from my phone"));
    assert!(status.info.source.is_from_me);
    assert!(status.info.source.chat.is_status_broadcast());
    client.shutdown().await;
}

#[tokio::test]
async fn a_phone_of_before_the_migration_names_people_by_number() {
    let simulator = an_empty_simulator().await;
    furnish(&simulator, Addressing::Pn).await;
    let (mut client, _) = TestClient::linked(&simulator, PHONE).await;

    let id = simulator
        .perform(PHONE, a_text(ALICE, "old style"))
        .await
        .unwrap();
    let text = client.message(&id).await;
    let id = simulator
        .perform(PHONE, a_status(ALICE, "old style"))
        .await
        .unwrap();
    let status = client.message(&id).await;

    assert!(text.info.source.sender.is_pn());
    assert!(text.info.source.sender_alt.as_ref().is_some_and(Jid::is_lid));
    assert!(status.info.source.sender.is_pn());
    client.shutdown().await;
}
