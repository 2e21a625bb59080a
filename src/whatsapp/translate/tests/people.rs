//! Senders and chats.

use super::*;

#[test]
fn a_sender_has_a_lid_and_a_phone_number() {
    let message = translated(&from_alice(), &text("hi"));

    assert_eq!(message.sender, alice());
    assert_eq!(message.chat, Chat::Direct(alice()));
    assert_eq!(message.push_name.as_deref(), Some("Al"));
    assert!(!message.is_from_me);
}

#[test]
fn a_message_written_on_the_phone_is_the_owner_s_and_in_the_contact_s_chat() {
    let message = translated(&from_owner(), &text("hi"));

    assert_eq!(message.sender, owner());
    assert_eq!(message.chat, Chat::Direct(alice()));
    assert!(message.is_from_me);
}

#[test]
fn chats_are_told_apart() {
    let status = info("status@broadcast", ALICE_LID, Some(ALICE));
    let group = info(GROUP, ALICE_LID, Some(ALICE));
    let list = info("1234@broadcast", ALICE_LID, Some(ALICE));

    assert_eq!(translated(&status, &text("hi")).chat, Chat::Status);
    assert_eq!(
        translated(&group, &text("hi")).chat,
        Chat::Group(Jid(GROUP.to_owned()))
    );
    assert_eq!(translated(&list, &text("hi")).chat, Chat::Direct(alice()));
}

#[test]
fn bots_channels_and_the_owner_s_own_devices_are_ignored() {
    let bot = info("13135550002@bot", "13135550002@bot", None);
    let channel = info("1203@newsletter", "1203@newsletter", None);
    let mut peer = from_alice();
    peer.category = MessageCategory::Peer;

    for unheard in [bot, channel, peer] {
        assert_eq!(message(&unheard, &text("hi"), &owner()), None);
    }
}

#[test]
fn names_that_strangers_set_are_one_visible_line() {
    let named = |name: &str| {
        let mut info = from_alice();
        info.push_name = name.to_owned();
        translated(&info, &text("hi")).push_name
    };
    let in_address_book = |name: &str| {
        let action = wa::sync_action_value::ContactAction {
            full_name: Some(name.to_owned()),
            ..Default::default()
        };
        let update = library::ContactUpdate::builder()
            .jid(address(ALICE_LID))
            .timestamp(from_alice().timestamp)
            .action(Box::new(action))
            .from_full_sync(false)
            .build();
        match contact(&update) {
            Some(Event::Contact(change)) => change.name,
            other => panic!("a contact was wanted, not {other:?}"),
        }
    };

    for read in [&named as &dyn Fn(&str) -> Option<String>, &in_address_book] {
        assert_eq!(read("\u{3164}"), None);
        assert_eq!(read("\u{200B}\u{202E}"), None);
        assert_eq!(read("\u{202E}nimdA").as_deref(), Some("nimdA"));
        assert_eq!(read("Bob\nAdmin").as_deref(), Some("Bob Admin"));
        assert_eq!(read("👨‍👩‍👧‍👦 Souza").as_deref(), Some("👨‍👩‍👧‍👦 Souza"));
    }
}
