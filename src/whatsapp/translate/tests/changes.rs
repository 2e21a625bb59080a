//! Changes of other messages: deletions, edits, reactions, receipts.

use super::*;
use crate::whatsapp::translate;

#[test]
fn a_revoke_names_the_author_of_the_message_that_it_claims_to_delete() {
    let group = || info(GROUP, ALICE_LID, Some(ALICE));
    let bruno = Some(Person {
        lid: Some("2222".to_owned()),
        phone_number: None,
    });
    for (what, info, key, wanted) in [
        ("one's own, in a chat of two", from_alice(), key(true, None), None),
        (
            "the owner's, in a chat of two",
            from_alice(),
            key(false, None),
            Some(owner()),
        ),
        (
            "the owner's own, on the phone",
            from_owner(),
            key(true, None),
            None,
        ),
        ("one's own, in a group", group(), key(true, None), None),
        (
            "one's own, in a group, by LID",
            group(),
            key(false, Some(ALICE_LID)),
            None,
        ),
        (
            "one's own, in a group, by number",
            group(),
            key(false, Some(ALICE)),
            None,
        ),
        (
            "another's, in a group",
            group(),
            key(false, Some("2222@lid")),
            bruno.clone(),
        ),
        (
            "another's, called one's own",
            group(),
            key(true, Some("2222@lid")),
            bruno,
        ),
    ] {
        let revoke = saying(protocol(Type::REVOKE, key));

        let content = translated(&info, &revoke).content;

        let wanted = Content::Revoke {
            target_wa_id: "TARGET".to_owned(),
            target_sender: wanted,
            by_admin: None,
        };
        assert_eq!(content, wanted, "{what}");
    }
}

#[test]
fn an_edit_has_the_new_text_of_the_message() {
    let edit = |now: wa::Message| {
        saying(ProtocolMessage {
            edited_message: now.into(),
            ..protocol(Type::MESSAGE_EDIT, key(true, None))
        })
    };
    let said = |text: &str| Content::Edit {
        target_wa_id: "TARGET".to_owned(),
        text: text.to_owned(),
    };
    let wrapped_edit = wa::Message {
        edited_message: wrapped(edit(text("bye"))).into(),
        ..Default::default()
    };

    assert_eq!(content(&edit(text("bye"))), said("bye"));
    assert_eq!(content(&wrapped_edit), said("bye"));
    assert_eq!(content(&edit(image(picture()))), said("the sea"));
    let caption = wa::message::ImageMessage {
        caption: Some("the lake".to_owned()),
        ..Default::default()
    };
    assert_eq!(
        content(&edit(image(caption))),
        said("the lake"),
        "without the file"
    );
    assert_eq!(
        content(&edit(image(wa::message::ImageMessage::default()))),
        said(""),
        "all words were taken away"
    );
    assert_eq!(
        content(&edit(wa::Message::default())),
        Content::Other("edit without text")
    );
}

#[test]
fn a_reaction_is_given_and_taken_back() {
    let reaction = |emoji: &str| wa::Message {
        reaction_message: ReactionMessage {
            key: key(false, None).into(),
            text: Some(emoji.to_owned()),
            ..Default::default()
        }
        .into(),
        ..Default::default()
    };
    let wanted = |emoji: Option<&str>| Content::Reaction {
        target_wa_id: "TARGET".to_owned(),
        emoji: emoji.map(str::to_owned),
    };

    assert_eq!(content(&reaction("💚")), wanted(Some("💚")));
    assert_eq!(content(&reaction("")), wanted(None));
}

#[test]
fn receipts_of_contacts_count_and_those_of_the_owner_s_devices_do_not() {
    let of = |kind: ReceiptType| {
        let receipt = library::Receipt::builder()
            .source(MessageSource {
                chat: address("status@broadcast"),
                sender: address(ALICE_LID),
                sender_alt: Some(address(ALICE)),
                ..MessageSource::default()
            })
            .message_ids(vec!["A".to_owned(), "B".to_owned()])
            .timestamp(DateTime::from_timestamp(1_790_000_000, 0).unwrap())
            .r#type(kind)
            .offline(false)
            .build();
        match translate::receipt(&receipt)? {
            Event::Receipt(receipt) => Some((receipt.kind, receipt.chat, receipt.from, receipt.wa_ids.len())),
            other => panic!("a receipt was wanted, not {other:?}"),
        }
    };

    for (kind, wanted) in [
        (ReceiptType::Delivered, Some(ReceiptKind::Delivered)),
        (ReceiptType::Read, Some(ReceiptKind::Read)),
        (ReceiptType::Played, Some(ReceiptKind::Played)),
        (ReceiptType::ReadSelf, None),
        (ReceiptType::Retry, None),
        (ReceiptType::Sender, None),
    ] {
        let wanted = wanted.map(|kind| (kind, Chat::Status, alice(), 2));
        assert_eq!(of(kind.clone()), wanted, "{kind:?}");
    }
}

#[test]
fn a_receipt_from_the_chat_of_statuses_is_of_its_participant() {
    let receipt = |from: &str, participant: &str, kind: &str| {
        let stanza = NodeBuilder::new("receipt")
            .attr("from", address(from))
            .attr("participant", address(participant))
            .attr("id", "B")
            .attr("type", kind)
            .attr("t", 1_790_000_000)
            .children([NodeBuilder::new("list")
                .children([NodeBuilder::new("item").attr("id", "A").build()])
                .build()])
            .build();
        match translate::receipt_of_status(&stanza.as_node_ref(), &owner())? {
            Event::Receipt(receipt) => Some((receipt.kind, receipt.chat, receipt.from.lid, receipt.wa_ids)),
            other => panic!("a receipt was wanted, not {other:?}"),
        }
    };
    let status = "status@broadcast";

    let ids = vec!["A".to_owned(), "B".to_owned()];
    let read = (ReceiptKind::Read, Chat::Status, Some("1111".to_owned()), ids);
    assert_eq!(receipt(status, ALICE_LID, "read"), Some(read));
    assert_eq!(receipt(status, ALICE_LID, "retry"), None);
    assert_eq!(receipt(status, OWNER_LID, "read"), None);
    assert_eq!(receipt(GROUP, ALICE_LID, "read"), None);
}

#[test]
fn the_timer_of_a_disappearing_chat_is_read_where_it_is_told() {
    let sent_at = from_alice().timestamp;
    let earlier = sent_at - chrono::TimeDelta::days(1);
    let captioned = |expiration, set_at| {
        let context = wa::ContextInfo {
            expiration,
            ephemeral_setting_timestamp: set_at,
            ..Default::default()
        };
        image(ImageMessage {
            context_info: context.into(),
            ..picture()
        })
    };
    let setting = |seconds| {
        saying(ProtocolMessage {
            r#type: Some(Type::EPHEMERAL_SETTING),
            ephemeral_expiration: seconds,
            ephemeral_setting_timestamp: Some(earlier.timestamp()),
            ..Default::default()
        })
    };
    let told = |body: &wa::Message| {
        let timer = translated(&from_alice(), body).timer;
        timer.map(|timer| (timer.seconds, timer.set_at))
    };

    assert_eq!(told(&captioned(Some(86_400), None)), Some((86_400, sent_at)));
    let at = Some(earlier.timestamp());
    assert_eq!(told(&captioned(Some(86_400), at)), Some((86_400, earlier)));
    assert_eq!(told(&setting(Some(604_800))), Some((604_800, earlier)));
    assert_eq!(told(&setting(None)), Some((0, earlier)));
    assert_eq!(
        told(&captioned(Some(86_400), Some(i64::MAX))),
        Some((86_400, sent_at))
    );
    // An answer would vanish at once, or never.
    let made_up = [captioned(Some(1), None), captioned(Some(u32::MAX), None)];
    for silent in [text("hi"), captioned(None, None)].into_iter().chain(made_up) {
        assert_eq!(told(&silent), None);
    }
}
