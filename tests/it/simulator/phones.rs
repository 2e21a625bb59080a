//! Phones of one simulator write to each other, and contacts change as people do.

use amda::simulator::{BusinessProfile, Event as Happening, GroupChange, Simulator};
use whatsapp_rust::prelude::*;
use whatsapp_rust::types::presence::ReceiptType;

use super::client::{ALICE, PHONE, TestClient, a_simulator, a_text, heard};

const JONAS: &str = "4915112345678";

#[tokio::test]
async fn two_phones_of_one_simulator_write_to_each_other() {
    let simulator = a_simulator().await;
    simulator.create_phone(JONAS, "Jonas").await.unwrap();
    let jonas = simulator.add_contact(PHONE, JONAS, "Jonas").await.unwrap();
    let (mut bia, _) = TestClient::linked(&simulator, PHONE).await;
    let (mut jonas_client, _) = TestClient::linked(&simulator, JONAS).await;

    let chat: Jid = jonas.parse().unwrap();
    let text = wa::Message::text("are you real?");
    let sent = bia.client.send_message(chat.clone(), text).await.unwrap();
    let question = jonas_client.message(&sent.message_id).await;
    let text = wa::Message::text("as real as you");
    let back = question.info.source.chat.clone();
    let sent = jonas_client.client.send_message(back, text).await.unwrap();
    let answer = bia.message(&sent.message_id).await;
    let by_phone = Happening::Message {
        from: JONAS.to_owned(),
        chat: Some(PHONE.to_owned()),
        text: Some("from my phone".to_owned()),
        media: None,
    };
    let id = simulator.perform(JONAS, by_phone).await.unwrap();
    let from_phone = bia.message(&id).await;

    assert_eq!(question.message.text_content(), Some("are you real?"));
    assert_eq!(question.info.push_name, "Bia");
    assert_eq!(answer.message.text_content(), Some("as real as you"));
    assert_eq!(answer.info.source.chat, chat);
    assert_eq!(from_phone.info.source.chat, chat);
    bia.shutdown().await;
    jonas_client.shutdown().await;
}

/// A client of the first phone's and one of Jonas's, and the chat of the first phone with Jonas.
async fn two_linked(simulator: &Simulator) -> (TestClient, TestClient, String) {
    simulator.create_phone(JONAS, "Jonas").await.unwrap();
    let his = simulator.add_contact(PHONE, JONAS, "Jonas").await.unwrap();
    let (bia, _) = TestClient::linked(simulator, PHONE).await;
    let (jonas, _) = TestClient::linked(simulator, JONAS).await;
    (bia, jonas, his)
}

fn in_group(from: &str, group: &str, text: &str) -> Happening {
    Happening::Message {
        from: from.to_owned(),
        chat: Some(group.to_owned()),
        text: Some(text.to_owned()),
        media: None,
    }
}

fn change(from: &str, group: &str, change: GroupChange) -> Happening {
    Happening::Group {
        from: from.to_owned(),
        chat: group.to_owned(),
        change,
    }
}

#[tokio::test]
async fn a_group_of_two_phones_is_one_group() {
    let simulator = a_simulator().await;
    let (mut bia, mut jonas, _) = two_linked(&simulator).await;
    let group = simulator
        .create_group(PHONE, "Friends", &[ALICE, JONAS])
        .await
        .unwrap();
    let chat: Jid = group.parse().unwrap();
    let seen = jonas.client.groups().get_metadata(&chat).await.unwrap();

    let text = wa::Message::text("from Bia's device");
    let sent = bia.client.send_message(chat.clone(), text).await.unwrap();
    let from_bia = jonas.message(&sent.message_id).await;
    let text = wa::Message::text("from Jonas's device");
    let sent = jonas.client.send_message(chat.clone(), text).await.unwrap();
    let from_jonas = bia.message(&sent.message_id).await;
    let id = simulator
        .perform(JONAS, in_group(JONAS, &group, "from his phone"))
        .await
        .unwrap();
    let from_phone = bia.message(&id).await;
    let id = simulator
        .perform(PHONE, in_group(ALICE, &group, "from Alice"))
        .await
        .unwrap();
    let from_alice = jonas.message(&id).await;

    assert_eq!(seen.subject, "Friends");
    let admins = seen.participants.iter().filter(|member| member.is_admin());
    let admins: Vec<String> = admins
        .map(|admin| admin.phone_number.as_ref().unwrap().user.to_string())
        .collect();
    assert_eq!((seen.participants.len(), admins), (3, vec![PHONE.to_owned()]));
    for (message, text) in [
        (&from_bia, "from Bia's device"),
        (&from_jonas, "from Jonas's device"),
        (&from_phone, "from his phone"),
        (&from_alice, "from Alice"),
    ] {
        assert_eq!(message.message.text_content(), Some(text));
        assert_eq!(message.info.source.chat, chat);
    }
    assert_eq!(from_alice.info.push_name, "Alice Alves");
    bia.shutdown().await;
    jonas.shutdown().await;
}

#[tokio::test]
async fn what_an_admin_changes_in_a_group_holds_on_every_phone_of_it() {
    let simulator = a_simulator().await;
    let (bia, jonas, _) = two_linked(&simulator).await;
    let group = simulator
        .create_group(PHONE, "Friends", &[ALICE, JONAS])
        .await
        .unwrap();
    let of = async |phone: &str| simulator.group_infos(phone).await.unwrap().pop();

    let refused = simulator
        .perform(
            JONAS,
            change(JONAS, &group, GroupChange::Subject("Mine".to_owned())),
        )
        .await;
    let promote = change(PHONE, &group, GroupChange::Promote(JONAS.to_owned()));
    simulator.perform(PHONE, promote).await.unwrap();
    let renamed = change(JONAS, &group, GroupChange::Subject("Ours".to_owned()));
    simulator.perform(JONAS, renamed).await.unwrap();
    let removed = change(JONAS, &group, GroupChange::Remove(ALICE.to_owned()));
    simulator.perform(JONAS, removed).await.unwrap();
    let (bias, his) = (of(PHONE).await.unwrap(), of(JONAS).await.unwrap());
    let throw_out_the_maker = change(JONAS, &group, GroupChange::Remove(PHONE.to_owned()));
    let kept = simulator.perform(JONAS, throw_out_the_maker).await;
    let leave = change(JONAS, &group, GroupChange::Remove(JONAS.to_owned()));
    simulator.perform(JONAS, leave).await.unwrap();

    assert!(refused.is_err() && kept.is_err());
    assert_eq!((bias.subject.as_str(), his.subject.as_str()), ("Ours", "Ours"));
    assert_eq!(
        (bias.members, bias.admins),
        (vec![JONAS.to_owned()], vec![JONAS.to_owned()])
    );
    assert_eq!(
        (his.members, his.admins),
        (vec![PHONE.to_owned()], vec![PHONE.to_owned()])
    );
    assert_eq!(of(JONAS).await, None);
    assert!(of(PHONE).await.unwrap().members.is_empty());
    bia.shutdown().await;
    jonas.shutdown().await;
}

#[tokio::test]
async fn the_other_phone_hears_that_its_messages_were_read() {
    let simulator = a_simulator().await;
    let (mut bia, mut jonas, his) = two_linked(&simulator).await;
    let group = simulator.create_group(PHONE, "Friends", &[JONAS]).await.unwrap();
    let direct = simulator
        .perform(
            PHONE,
            Happening::Message {
                from: PHONE.to_owned(),
                chat: Some(JONAS.to_owned()),
                text: Some("read me".to_owned()),
                media: None,
            },
        )
        .await
        .unwrap();
    let shared = simulator
        .perform(PHONE, in_group(PHONE, &group, "and me"))
        .await
        .unwrap();

    for id in [&direct, &shared] {
        let source = jonas.message(id).await.info.source.clone();
        let author = source.is_group.then_some(&source.sender);
        jonas
            .client
            .mark_as_read(&source.chat, author, &[id.as_str()])
            .await
            .unwrap();
    }

    for (id, chat) in [(direct, &his), (shared, &group)] {
        let source = bia
            .wait("a read receipt", |event| match event {
                Event::Receipt(receipt)
                    if receipt.r#type == ReceiptType::Read && receipt.message_ids.contains(&id) =>
                {
                    Some(receipt.source.clone())
                }
                _ => None,
            })
            .await;
        assert_eq!(source.chat.to_string(), *chat);
    }
    bia.shutdown().await;
    jonas.shutdown().await;
}

#[tokio::test]
async fn a_contact_who_installed_anew_is_read_and_answered() {
    let simulator = a_simulator().await;
    let (mut client, _) = TestClient::linked(&simulator, PHONE).await;
    let chat = client.meet(&simulator, ALICE).await;
    let text = wa::Message::text("before");
    client.client.send_message(chat.clone(), text).await.unwrap();
    heard(&simulator, PHONE, |sent| sent.text.as_deref() == Some("before")).await;

    let event = Happening::Reinstall {
        from: ALICE.to_owned(),
    };
    simulator.perform(PHONE, event).await.unwrap();
    let id = simulator
        .perform(PHONE, a_text(ALICE, "new phone"))
        .await
        .unwrap();
    let message = client.message(&id).await;
    client
        .client
        .send_message(chat, wa::Message::text("after"))
        .await
        .unwrap();
    let after = heard(&simulator, PHONE, |sent| sent.text.as_deref() == Some("after")).await;

    assert_eq!(message.message.text_content(), Some("new phone"));
    assert_eq!(after.recipients, [ALICE]);
    client.shutdown().await;
}

#[tokio::test]
async fn a_business_has_a_profile_and_others_have_none() {
    let simulator = a_simulator().await;
    let (client, _) = TestClient::linked(&simulator, PHONE).await;
    let alice = Jid::pn(ALICE);
    let none = client.client.get_business_profile(&alice).await.unwrap();

    let profile = BusinessProfile {
        description: Some("Cakes".to_owned()),
        email: Some("cakes@example.org".to_owned()),
        address: None,
    };
    let event = Happening::Business {
        from: ALICE.to_owned(),
        profile,
    };
    simulator.perform(PHONE, event).await.unwrap();
    let profile = client.client.get_business_profile(&alice).await.unwrap().unwrap();

    assert!(none.is_none());
    assert_eq!(profile.description, "Cakes");
    assert_eq!(profile.email.as_deref(), Some("cakes@example.org"));
    client.shutdown().await;
}
