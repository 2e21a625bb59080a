//! Files, and view-once files.

use super::*;

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
fn media_without_keys_or_path_keeps_its_kind_and_caption() {
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
        let lost = Content::LostMedia {
            kind: MediaKind::Image,
            caption: Some("the sea".to_owned()),
        };
        assert_eq!(content(&image(spoilt)), lost);
    }
    let document = DocumentMessage {
        file_name: Some("plan\u{202E}fdp.exe\n".to_owned()),
        ..Default::default()
    };
    let named = wa::Message {
        document_message: document.into(),
        ..Default::default()
    };
    let lost = Content::LostMedia {
        kind: MediaKind::Document,
        caption: Some("planfdp.exe".to_owned()),
    };
    assert_eq!(content(&named), lost);
}

#[test]
fn a_view_once_message_is_recognised_in_every_form() {
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
fn the_owner_s_reply_contains_the_view_once_message_that_it_quotes() {
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
fn a_placeholder_stands_for_a_view_once_message_that_was_not_delivered() {
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
fn the_hd_copy_and_the_moving_half_of_a_picture_are_parts_of_it() {
    let associated = |kind| {
        let association = wa::MessageAssociation {
            association_type: Some(kind),
            parent_message_key: wa::MessageKey {
                id: Some("3EB0FIRST".to_owned()),
                ..key(true, None)
            }
            .into(),
            ..Default::default()
        };
        wa::MessageContextInfo {
            message_association: association.into(),
            ..Default::default()
        }
    };
    let outside = |kind| wa::Message {
        associated_child_message: wrapped(image(picture())).into(),
        message_context_info: associated(kind).into(),
        ..Default::default()
    };
    let inside = |kind| wa::Message {
        associated_child_message: wrapped(wa::Message {
            message_context_info: associated(kind).into(),
            ..image(picture())
        })
        .into(),
        ..Default::default()
    };

    for kind in [
        AssociationType::HD_IMAGE_DUAL_UPLOAD,
        AssociationType::HD_VIDEO_DUAL_UPLOAD,
        AssociationType::HEVC_VIDEO_DUAL_UPLOAD,
        AssociationType::MOTION_PHOTO,
    ] {
        for part in [outside(kind), inside(kind)] {
            let Content::Part { target_wa_id, better } = content(&part) else {
                panic!("{kind:?} is a part");
            };
            let is_hd = matches!(
                kind,
                AssociationType::HD_IMAGE_DUAL_UPLOAD | AssociationType::HD_VIDEO_DUAL_UPLOAD
            );
            assert_eq!(
                (target_wa_id.as_str(), better.is_some()),
                ("3EB0FIRST", is_hd),
                "{kind:?}"
            );
        }
    }
    let in_album = wa::Message {
        message_context_info: associated(AssociationType::MEDIA_ALBUM).into(),
        ..image(picture())
    };
    assert!(matches!(content(&in_album), Content::Media(_)));
    // Nothing else hides behind the word.
    let info = associated(AssociationType::HD_IMAGE_DUAL_UPLOAD);
    let words = wa::Message {
        message_context_info: info.clone().into(),
        ..text("hello")
    };
    assert_eq!(content(&words), Content::Text("hello".to_owned()));
    let once = wa::Message {
        view_once_message: wrapped(image(picture())).into(),
        message_context_info: info.into(),
        ..Default::default()
    };
    assert!(matches!(content(&once), Content::ViewOnce(_)));
}
