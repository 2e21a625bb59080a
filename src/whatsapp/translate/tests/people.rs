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

#[test]
fn only_those_who_stand_in_the_text_are_mentioned() {
    let context = || wa::ContextInfo {
        mentioned_jid: vec![ALICE_LID.to_owned(), "2222@lid".to_owned(), OWNER.to_owned()],
        ..Default::default()
    };
    let said = |words: &str| wa::Message {
        extended_text_message: ExtendedTextMessage {
            text: Some(words.to_owned()),
            context_info: context().into(),
            ..Default::default()
        }
        .into(),
        ..Default::default()
    };
    let captioned = ImageMessage {
        caption: Some("@1111!".to_owned()),
        context_info: context().into(),
        ..picture()
    };
    let edit = ProtocolMessage {
        edited_message: said("@1111 too").into(),
        ..protocol(Type::MESSAGE_EDIT, key(true, None))
    };
    let mentioned = |body: &wa::Message| {
        let people = translated(&from_alice(), body).mentions;
        let digits = people
            .into_iter()
            .filter_map(|person| person.lid.or(person.phone_number));
        digits.collect::<Vec<_>>()
    };

    assert_eq!(
        mentioned(&said("@1111, @5511999990000: hi @22")),
        ["1111", "5511999990000"]
    );
    assert_eq!(mentioned(&image(captioned)), ["1111"]);
    assert_eq!(mentioned(&saying(edit)), ["1111"]);
    assert!(mentioned(&said("hi all")).is_empty() && mentioned(&text("@1111")).is_empty());
}
