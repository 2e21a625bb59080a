//! Groups have a name, members and admins, and devices are told when any of them changes.

use amda::simulator::{Event as Happening, GroupChange, Simulator};
use whatsapp_rust::prelude::*;
use whatsapp_rust::wacore::stanza::groups::{GroupNotificationAction, GroupParticipantInfo};
use whatsapp_rust::waproto::whatsapp::message::protocol_message::Type;

use super::client::{ALICE, BRUNO, PHONE, TestClient, a_simulator, heard};

/// A group in which Alice is an admin and Bruno is not.
async fn a_group(simulator: &Simulator) -> String {
    simulator
        .create_group_with_admins(PHONE, "Friends", &[ALICE, BRUNO], &[ALICE])
        .await
        .unwrap()
}

fn in_group(group: &str, from: &str, text: &str) -> Happening {
    Happening::Message {
        from: from.to_owned(),
        chat: Some(group.to_owned()),
        text: Some(text.to_owned()),
        media: None,
    }
}

fn change(group: &str, from: &str, change: GroupChange) -> Happening {
    Happening::Group {
        from: from.to_owned(),
        chat: group.to_owned(),
        change,
    }
}

fn admin_delete(from: &str, message_id: &str) -> Happening {
    Happening::AdminDelete {
        from: from.to_owned(),
        message_id: message_id.to_owned(),
    }
}

/// The next change of a group that the question answers.
async fn change_of<T>(
    client: &mut TestClient,
    what: &str,
    ask: impl Fn(&GroupNotificationAction) -> Option<T>,
) -> T {
    client
        .wait(what, |event| match event {
            Event::GroupUpdate(update) => ask(&update.action),
            _ => None,
        })
        .await
}

fn number_of(participants: &[GroupParticipantInfo]) -> String {
    let number = participants[0].phone_number.as_ref();
    number
        .expect("the number is told beside the LID")
        .user
        .to_string()
}

#[tokio::test]
async fn the_metadata_of_a_group_tell_its_subject_and_admins() {
    let simulator = a_simulator().await;
    let group = a_group(&simulator).await;
    let (client, _) = TestClient::linked(&simulator, PHONE).await;

    let jid: Jid = group.parse().unwrap();
    let metadata = client.client.groups().get_metadata(&jid).await.unwrap();

    assert_eq!(metadata.subject, "Friends");
    let admins: Vec<String> = metadata
        .participants
        .iter()
        .filter(|participant| participant.is_admin())
        .map(|admin| admin.phone_number.as_ref().unwrap().user.to_string())
        .collect();
    assert_eq!(admins, [PHONE, ALICE]);
    assert_eq!(metadata.participants.len(), 3);
    client.shutdown().await;
}

#[tokio::test]
async fn a_linked_device_is_told_of_a_group_that_the_owner_makes() {
    let simulator = a_simulator().await;
    let (mut client, _) = TestClient::linked(&simulator, PHONE).await;

    a_group(&simulator).await;

    change_of(&mut client, "the new group", |action| {
        matches!(action, GroupNotificationAction::Create { .. }).then_some(())
    })
    .await;
    client.shutdown().await;
}

#[tokio::test]
async fn every_change_of_a_group_is_told_to_the_device() {
    use GroupNotificationAction as Told;
    let simulator = a_simulator().await;
    let group = a_group(&simulator).await;
    let (mut client, _) = TestClient::linked(&simulator, PHONE).await;
    let changes = [
        (PHONE, GroupChange::Promote(BRUNO.to_owned())),
        (ALICE, GroupChange::Demote(BRUNO.to_owned())),
        (ALICE, GroupChange::Remove(BRUNO.to_owned())),
        (ALICE, GroupChange::Add(BRUNO.to_owned())),
    ];

    for (from, done) in changes {
        let event = change(&group, from, done.clone());
        simulator.perform(PHONE, event).await.unwrap();
        let about = change_of(&mut client, &format!("{done:?}"), |told| match (&done, told) {
            (GroupChange::Promote(_), Told::Promote { participants })
            | (GroupChange::Demote(_), Told::Demote { participants })
            | (GroupChange::Remove(_), Told::Remove { participants, .. })
            | (GroupChange::Add(_), Told::Add { participants, .. }) => Some(number_of(participants)),
            _ => None,
        })
        .await;
        assert_eq!(about, BRUNO, "{done:?}");
    }
    let renamed = change(&group, ALICE, GroupChange::Subject("Best friends".to_owned()));
    simulator.perform(PHONE, renamed).await.unwrap();
    let subject = change_of(&mut client, "the new subject", |told| match told {
        Told::Subject { subject, .. } => Some(subject.clone()),
        _ => None,
    });

    assert_eq!(subject.await, "Best friends");
    let infos = simulator.group_infos(PHONE).await.unwrap();
    assert_eq!(infos[0].subject, "Best friends");
    assert_eq!(infos[0].admins, [ALICE]);
    client.shutdown().await;
}

#[tokio::test]
async fn only_admins_change_a_group_but_anybody_leaves() {
    let simulator = a_simulator().await;
    let group = a_group(&simulator).await;
    let refused = [
        (
            change(&group, BRUNO, GroupChange::Remove(ALICE.to_owned())),
            "no admin",
        ),
        (
            change(&group, BRUNO, GroupChange::Subject("Mine".to_owned())),
            "no admin",
        ),
        (
            change(&group, ALICE, GroupChange::Add(BRUNO.to_owned())),
            "cannot be",
        ),
        (
            change(&group, ALICE, GroupChange::Remove(PHONE.to_owned())),
            "cannot be",
        ),
    ];

    for (event, why) in refused {
        let error = simulator.perform(PHONE, event).await.unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    }
    let leaves = change(&group, BRUNO, GroupChange::Remove(BRUNO.to_owned()));
    simulator.perform(PHONE, leaves).await.unwrap();

    assert_eq!(simulator.members(PHONE, &group).await.unwrap(), [ALICE]);
    let gone = simulator
        .perform(PHONE, in_group(&group, BRUNO, "still here?"))
        .await;
    assert!(gone.unwrap_err().to_string().contains("no member"));
}

#[tokio::test]
async fn an_admin_deletes_what_a_member_wrote() {
    let simulator = a_simulator().await;
    let group = a_group(&simulator).await;
    let (mut client, _) = TestClient::linked(&simulator, PHONE).await;
    let event = in_group(&group, BRUNO, "rude");
    let said = simulator.perform(PHONE, event).await.unwrap();
    let original = client.message(&said).await;

    let id = simulator
        .perform(PHONE, admin_delete(ALICE, &said))
        .await
        .unwrap();
    let revoke = client.message(&id).await;

    assert_eq!(revoke.info.source.chat.to_string(), group);
    assert_ne!(revoke.info.source.sender, original.info.source.sender);
    let deleted = revoke.message.protocol_message.as_option().unwrap();
    assert_eq!(deleted.r#type, Some(Type::REVOKE));
    let key = deleted.key.as_option().unwrap();
    assert_eq!(key.id, Some(said));
    assert_eq!(key.from_me, Some(false));
    assert_eq!(key.participant, Some(original.info.source.sender.to_string()));
    client.shutdown().await;
}

#[tokio::test]
async fn a_deletion_is_an_admins_or_forged_but_never_both() {
    let simulator = a_simulator().await;
    let group = a_group(&simulator).await;
    let happen = |event| simulator.perform(PHONE, event);
    let alices = happen(in_group(&group, ALICE, "rules")).await.unwrap();
    let owners = happen(in_group(&group, PHONE, "hello")).await.unwrap();
    let between_two = happen(super::client::a_text(BRUNO, "hi")).await.unwrap();
    let forged = |from: &str, message_id: &str| Happening::ForgedDelete {
        from: from.to_owned(),
        message_id: message_id.to_owned(),
    };
    let refused = [
        (admin_delete(BRUNO, &alices), "use forgedDelete"),
        (admin_delete(ALICE, &alices), "authors use delete"),
        (admin_delete(ALICE, &between_two), "only groups have admins"),
        (forged(ALICE, &owners), "use adminDelete"),
    ];

    for (event, why) in refused {
        let error = happen(event).await.unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    }
    happen(admin_delete(PHONE, &alices)).await.unwrap();
    happen(forged(BRUNO, &owners)).await.unwrap();
}

#[tokio::test]
async fn who_was_removed_from_a_group_no_longer_reads_it() {
    let simulator = a_simulator().await;
    let group = a_group(&simulator).await;
    let (mut client, _) = TestClient::linked(&simulator, PHONE).await;
    let chat: Jid = group.parse().unwrap();
    let say = |client: &TestClient, text: &str| {
        let (client, chat, text) = (client.client.clone(), chat.clone(), wa::Message::text(text));
        async move { client.send_message(chat, text).await.unwrap() }
    };
    say(&client, "to both").await;
    let first = heard(&simulator, PHONE, |sent| sent.text.as_deref() == Some("to both")).await;

    let event = change(&group, ALICE, GroupChange::Remove(BRUNO.to_owned()));
    simulator.perform(PHONE, event).await.unwrap();
    change_of(&mut client, "the removal", |told| {
        matches!(told, GroupNotificationAction::Remove { .. }).then_some(())
    })
    .await;
    say(&client, "to Alice").await;
    let second = heard(&simulator, PHONE, |sent| sent.text.as_deref() == Some("to Alice")).await;

    assert_eq!(first.recipients, [BRUNO, ALICE]);
    assert_eq!(second.recipients, [ALICE]);
    client.shutdown().await;
}
