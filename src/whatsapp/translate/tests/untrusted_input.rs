//! Texts, wrappers, and input that no honest client sends.

use super::*;

#[test]
fn a_text_is_read_in_both_forms_and_under_wrappers() {
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
fn other_content_is_named_and_messages_between_devices_are_ignored() {
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
fn everything_that_a_sender_chooses_fits_the_database() {
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
fn a_text_is_kept_whole_up_to_65536_letters_and_cut_beyond_with_a_mark() {
    let whole = "é".repeat(65_536);
    let longer = whole.clone() + "é";
    let captioned = ImageMessage {
        caption: Some(longer.clone()),
        ..picture()
    };
    let edit = ProtocolMessage {
        edited_message: text(&longer).into(),
        ..protocol(Type::MESSAGE_EDIT, key(false, None))
    };

    let cut = whole.clone() + " […]";
    assert_eq!(content(&text(&whole)), Content::Text(whole));
    assert_eq!(content(&text(&longer)), Content::Text(cut.clone()));
    let Content::Media(media) = content(&image(captioned)) else {
        panic!("media was wanted");
    };
    assert_eq!(media.caption.as_ref(), Some(&cut));
    let Content::Edit { text, .. } = content(&saying(edit)) else {
        panic!("an edit was wanted");
    };
    assert_eq!(text, cut);
}

#[test]
fn endless_or_empty_wrappers_do_no_harm() {
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
fn a_text_never_turns_what_stands_around_it_and_one_of_nothing_visible_is_empty() {
    let captioned = |caption: &str| ImageMessage {
        caption: Some(caption.to_owned()),
        ..picture()
    };
    let cut_open = "x".repeat(65_532) + "\u{2067}abc\u{2069}";

    assert_eq!(
        content(&text("\u{202E}gpj.exe\n")),
        Content::Text("gpj.exe\n".to_owned())
    );
    assert_eq!(content(&text("\u{200B}\u{3164}")), Content::Text(String::new()));
    // The cut takes the end of the isolate, so its beginning goes too.
    let wanted = "x".repeat(65_532) + "abc […]";
    assert_eq!(content(&text(&cut_open)), Content::Text(wanted));
    for (caption, wanted) in [("\u{2066}sea", Some("sea")), ("\u{FEFF}", None)] {
        let Content::Media(media) = content(&image(captioned(caption))) else {
            panic!("media was wanted");
        };
        assert_eq!(media.caption.as_deref(), wanted);
    }
}
