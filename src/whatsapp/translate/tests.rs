use whatsapp_rust::types::events::{self as library, DecryptFailMode};
use whatsapp_rust::types::message::MessageSource;
use whatsapp_rust::types::presence::ReceiptType;
use whatsapp_rust::wacore_binary::Jid as Address;
use whatsapp_rust::waproto::whatsapp::message::{
    AudioMessage, DeviceSentMessage, ExtendedTextMessage, FutureProofMessage, ImageMessage, LocationMessage,
    ProtocolMessage, ReactionMessage, VideoMessage, protocol_message::Type,
};

use super::*;
use crate::whatsapp::event::{Chat, Jid, MediaKind, ReceiptKind};

const ALICE_LID: &str = "1111@lid";
const ALICE: &str = "5511988887777@s.whatsapp.net";
const OWNER_LID: &str = "9999@lid";
const OWNER: &str = "5511999990000@s.whatsapp.net";
const GROUP: &str = "1203630@g.us";

fn address(text: &str) -> Address {
    text.parse().unwrap()
}

fn alice() -> Person {
    Person {
        lid: Some("1111".to_owned()),
        phone_number: Some("5511988887777".to_owned()),
    }
}

fn owner() -> Person {
    Person {
        lid: Some("9999".to_owned()),
        phone_number: Some("5511999990000".to_owned()),
    }
}

fn info(chat: &str, sender: &str, alt: Option<&str>) -> MessageInfo {
    MessageInfo {
        source: MessageSource {
            chat: address(chat),
            sender: address(sender),
            sender_alt: alt.map(address),
            is_from_me: sender.starts_with("9999") || sender.starts_with("5511999990000"),
            ..MessageSource::default()
        },
        id: "3EB0A".to_owned(),
        push_name: "Al".to_owned(),
        timestamp: DateTime::from_timestamp(1_790_000_000, 0).unwrap(),
        ..MessageInfo::default()
    }
}

/// Alice writes to the owner.
fn from_alice() -> MessageInfo {
    info(ALICE_LID, "1111:3@lid", Some(ALICE))
}

/// The owner writes to Alice, on the phone.
fn from_owner() -> MessageInfo {
    let mut info = info(ALICE_LID, OWNER_LID, Some(OWNER));
    info.source.recipient = Some(address(ALICE_LID));
    info.peer_recipient_pn = Some(address(ALICE));
    info
}

fn translated(info: &MessageInfo, body: &wa::Message) -> Message {
    match message(info, body, &owner()) {
        Some(Event::Message(message)) => *message,
        other => panic!("a message was wanted, not {other:?}"),
    }
}

fn content(body: &wa::Message) -> Content {
    translated(&from_alice(), body).content
}

fn text(words: &str) -> wa::Message {
    wa::Message {
        conversation: Some(words.to_owned()),
        ..Default::default()
    }
}

fn picture() -> ImageMessage {
    ImageMessage {
        direct_path: Some("/v/t62/1.enc?ccb=1".to_owned()),
        media_key: Some(vec![1; 32]),
        file_sha256: Some(vec![2; 32]),
        file_enc_sha256: Some(vec![3; 32]),
        file_length: Some(1_234),
        mimetype: Some("image/png".to_owned()),
        caption: Some("the sea".to_owned()),
        width: Some(640),
        height: Some(480),
        jpeg_thumbnail: Some(vec![0xff, 0xd8]),
        ..Default::default()
    }
}

fn image(picture: ImageMessage) -> wa::Message {
    wa::Message {
        image_message: picture.into(),
        ..Default::default()
    }
}

fn wrapped(message: wa::Message) -> FutureProofMessage {
    FutureProofMessage {
        message: message.into(),
    }
}

fn protocol(kind: Type, key: wa::MessageKey) -> ProtocolMessage {
    ProtocolMessage {
        r#type: Some(kind),
        key: key.into(),
        ..Default::default()
    }
}

fn saying(protocol: ProtocolMessage) -> wa::Message {
    wa::Message {
        protocol_message: protocol.into(),
        ..Default::default()
    }
}

fn key(from_me: bool, participant: Option<&str>) -> wa::MessageKey {
    wa::MessageKey {
        id: Some("TARGET".to_owned()),
        from_me: Some(from_me),
        participant: participant.map(str::to_owned),
        ..Default::default()
    }
}

#[test]
fn a_person_is_known_by_both_names() {
    let message = translated(&from_alice(), &text("hi"));

    assert_eq!(message.sender, alice());
    assert_eq!(message.chat, Chat::Direct(alice()));
    assert_eq!(message.push_name.as_deref(), Some("Al"));
    assert!(!message.is_from_me);
}

#[test]
fn what_the_owner_writes_on_the_phone_is_theirs_and_in_the_contact_s_chat() {
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
fn bots_channels_and_the_owner_s_own_devices_are_not_heard() {
    let bot = info("13135550002@bot", "13135550002@bot", None);
    let channel = info("1203@newsletter", "1203@newsletter", None);
    let mut peer = from_alice();
    peer.category = MessageCategory::Peer;

    for unheard in [bot, channel, peer] {
        assert_eq!(message(&unheard, &text("hi"), &owner()), None);
    }
}

#[test]
fn words_are_read_in_both_forms_and_under_wrappers() {
    let extended = wa::Message {
        extended_text_message: ExtendedTextMessage {
            text: Some("hi".to_owned()),
            ..Default::default()
        }
        .into(),
        ..Default::default()
    };
    let ephemeral = wa::Message {
        ephemeral_message: wrapped(extended.clone()).into(),
        ..Default::default()
    };
    let device_sent = wa::Message {
        device_sent_message: DeviceSentMessage {
            message: ephemeral.clone().into(),
            ..Default::default()
        }
        .into(),
        ..Default::default()
    };

    for body in [text("hi"), extended, ephemeral, device_sent] {
        assert_eq!(content(&body), Content::Text("hi".to_owned()));
    }
}

#[test]
fn a_picture_comes_with_its_keys_and_thumbnail() {
    let Content::Media(media) = content(&image(picture())) else {
        panic!("media was wanted");
    };

    assert_eq!(media.kind, MediaKind::Image);
    assert_eq!(media.direct_path, "/v/t62/1.enc?ccb=1");
    assert_eq!((media.media_key, media.sha256), (vec![1; 32], vec![2; 32]));
    assert_eq!(media.encrypted_sha256, vec![3; 32]);
    assert_eq!((media.width, media.height), (Some(640), Some(480)));
    assert_eq!((media.size_bytes, &*media.mime_type), (1_234, "image/png"));
    assert_eq!(media.caption.as_deref(), Some("the sea"));
    assert_eq!(media.thumbnail, Some(vec![0xff, 0xd8]));
}

#[test]
fn the_path_is_taken_out_of_an_old_client_s_address() {
    let old = ImageMessage {
        direct_path: None,
        url: Some("https://mmg.whatsapp.net/v/1.enc?x=1".to_owned()),
        ..picture()
    };

    let Content::Media(media) = content(&image(old)) else {
        panic!("media was wanted");
    };
    assert_eq!(media.direct_path, "/v/1.enc?x=1");
}

#[test]
fn media_that_nobody_can_fetch_is_none() {
    let spoilt = [
        ImageMessage {
            media_key: None,
            ..picture()
        },
        ImageMessage {
            media_key: Some(vec![1; 31]),
            ..picture()
        },
        ImageMessage {
            file_sha256: Some(Vec::new()),
            ..picture()
        },
        ImageMessage {
            direct_path: Some("elsewhere".to_owned()),
            url: None,
            ..picture()
        },
    ];

    for spoilt in spoilt {
        assert_eq!(content(&image(spoilt)), Content::Other("media without keys"));
    }
}

#[test]
fn a_view_once_message_is_known_in_every_form() {
    let flagged = || ImageMessage {
        view_once: Some(true),
        ..picture()
    };
    let forms = [
        wa::Message {
            view_once_message: wrapped(image(picture())).into(),
            ..Default::default()
        },
        wa::Message {
            view_once_message_v2: wrapped(image(picture())).into(),
            ..Default::default()
        },
        wa::Message {
            view_once_message_v2_extension: wrapped(image(picture())).into(),
            ..Default::default()
        },
        wa::Message {
            ephemeral_message: wrapped(wa::Message {
                view_once_message_v2: wrapped(image(picture())).into(),
                ..Default::default()
            })
            .into(),
            ..Default::default()
        },
        image(flagged()),
    ];

    for form in forms {
        let Content::ViewOnce(Some(media)) = content(&form) else {
            panic!("view-once media was wanted");
        };
        assert_eq!(media.kind, MediaKind::Image);
    }
    let sound = AudioMessage {
        view_once: Some(true),
        ..Default::default()
    };
    let film = VideoMessage {
        view_once: Some(true),
        ..Default::default()
    };
    for without_keys in [
        wa::Message {
            audio_message: sound.into(),
            ..Default::default()
        },
        wa::Message {
            video_message: film.into(),
            ..Default::default()
        },
    ] {
        assert_eq!(content(&without_keys), Content::ViewOnce(None));
    }
}

#[test]
fn the_owner_s_reply_gives_a_view_once_message_away() {
    let reply = |quoted: wa::Message| wa::Message {
        extended_text_message: ExtendedTextMessage {
            text: Some("nice".to_owned()),
            context_info: wa::ContextInfo {
                stanza_id: Some("ONCE".to_owned()),
                participant: Some(ALICE_LID.to_owned()),
                quoted_message: quoted.into(),
                ..Default::default()
            }
            .into(),
            ..Default::default()
        }
        .into(),
        ..Default::default()
    };
    let once = wa::Message {
        view_once_message_v2: wrapped(image(picture())).into(),
        ..Default::default()
    };

    let quoted = translated(&from_owner(), &reply(once.clone()))
        .quoted_view_once
        .unwrap();

    assert_eq!(quoted.wa_id, "ONCE");
    assert_eq!(quoted.sender.lid.as_deref(), Some("1111"));
    assert_eq!(quoted.media.media_key, vec![1; 32]);
    assert_eq!(translated(&from_alice(), &reply(once)).quoted_view_once, None);
    assert_eq!(
        translated(&from_owner(), &reply(image(picture()))).quoted_view_once,
        None
    );
}

#[test]
fn a_placeholder_tells_of_a_view_once_message_that_was_not_delivered() {
    let notice = |unavailable_type, is_unavailable, mode| {
        let notice = UndecryptableMessage::builder()
            .info(std::sync::Arc::new(from_alice()))
            .is_unavailable(is_unavailable)
            .unavailable_type(unavailable_type)
            .decrypt_fail_mode(mode)
            .build();
        match without_content(&notice, &owner())? {
            Event::Message(message) => Some(message.content),
            other => panic!("a message was wanted, not {other:?}"),
        }
    };

    for (kind, is_unavailable, mode, wanted) in [
        (
            UnavailableType::ViewOnce,
            true,
            DecryptFailMode::Show,
            Some(Content::ViewOnce(None)),
        ),
        (
            UnavailableType::Unknown,
            true,
            DecryptFailMode::Show,
            Some(Content::Undecrypted),
        ),
        (
            UnavailableType::Unknown,
            false,
            DecryptFailMode::Show,
            Some(Content::Undecrypted),
        ),
        (UnavailableType::Unknown, false, DecryptFailMode::Hide, None),
        (UnavailableType::Bot, true, DecryptFailMode::Show, None),
    ] {
        assert_eq!(notice(kind, is_unavailable, mode), wanted, "{kind:?}");
    }
}

#[test]
fn a_revoke_tells_whose_message_it_claims_to_delete() {
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
        };
        assert_eq!(content, wanted, "{what}");
    }
}

#[test]
fn an_edit_says_what_the_message_says_now() {
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
fn what_is_not_kept_is_named_and_talk_between_devices_is_not() {
    let location = LocationMessage::default();
    let place = wa::Message {
        location_message: location.into(),
        ..Default::default()
    };
    let keys = saying(protocol(Type::APP_STATE_SYNC_KEY_SHARE, key(true, None)));

    assert_eq!(content(&place), Content::Other("location"));
    assert_eq!(content(&wa::Message::default()), Content::Other("unknown"));
    assert_eq!(message(&from_alice(), &keys, &owner()), None);
}

#[test]
fn nothing_that_a_sender_chooses_leaves_the_database_s_range() {
    let mut vicious = from_alice();
    vicious.id = "\0".repeat(5) + &"x".repeat(10_000);
    vicious.push_name = "A\0l".repeat(1_000);
    vicious.timestamp = DateTime::<Utc>::MAX_UTC;
    let huge = ImageMessage {
        file_length: Some(u64::MAX),
        width: Some(u32::MAX),
        mimetype: Some("x\0".repeat(9_999)),
        jpeg_thumbnail: Some(vec![0; 10 << 20]),
        ..picture()
    };

    let message = translated(&vicious, &image(huge));

    assert_eq!(message.wa_id, "x".repeat(128));
    assert_eq!(message.push_name.unwrap().chars().count(), 200);
    assert!(message.sent_at < DateTime::<Utc>::MAX_UTC - chrono::TimeDelta::days(365 * 1000));
    let Content::Media(media) = message.content else {
        panic!("media was wanted");
    };
    assert!(i64::try_from(media.size_bytes).is_ok());
    assert_eq!((media.width, media.thumbnail), (None, None));
    assert!(!media.mime_type.contains('\0'));
}

#[test]
fn wrappers_without_end_or_content_are_survived() {
    let mut nested = text("hi");
    for _ in 0..60 {
        nested = wa::Message {
            ephemeral_message: wrapped(nested).into(),
            ..Default::default()
        };
    }
    let empty = wa::Message {
        view_once_message: FutureProofMessage::default().into(),
        ..Default::default()
    };
    let nothing = wa::Message {
        protocol_message: ProtocolMessage::default().into(),
        ..Default::default()
    };

    assert_eq!(content(&nested), Content::Other("unknown"));
    assert_eq!(content(&empty), Content::ViewOnce(None));
    assert_eq!(message(&from_alice(), &nothing, &owner()), None);
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
        match super::receipt(&receipt)? {
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
