//! Statuses of the owner's: their audience, and their content.

use std::collections::BTreeSet;

use tracing::{debug, warn};
use whatsapp_rust::download::MediaType;
use whatsapp_rust::media::{ImageOptions, VideoOptions, image_message, video_message};
use whatsapp_rust::upload::UploadOptions;
use whatsapp_rust::waproto::whatsapp as wa;
use whatsapp_rust::waproto::whatsapp::message::extended_text_message::FontType;
use whatsapp_rust::waproto::whatsapp::message::protocol_message::Type;
use whatsapp_rust::{Client, ErrorChainExt as _, Jid};

use super::deliver::{DeliveryError, refused};
use super::refusal;
use crate::account::AccountRef;
use crate::event::{MediaKind, OutgoingFile, Person, StatusContent};
use crate::id::AccountId;
use crate::whatsapp::media::{FileError, FileSource};

/// Most numbers in one query to WhatsApp.
const MAX_NUMBERS: usize = 200;
/// Colour of text on a background, as WhatsApp shows it.
const WHITE_ARGB: u32 = 0xffff_ffff;

/// Resolves `audience` to LIDs, because a status reaches nobody by number: the library would leave them out without an
/// error. WhatsApp is asked for the LIDs that are not known.
pub(super) async fn resolve(
    client: &Client,
    account: AccountId,
    audience: &[Person],
) -> Result<Vec<Jid>, DeliveryError> {
    let mut lids = BTreeSet::new();
    let mut unknown = Vec::new();
    for person in audience {
        match (&person.lid, &person.phone_number) {
            (Some(lid), _) => {
                lids.insert(lid.clone());
            }
            (None, Some(number)) => match known_lid(client, number).await {
                Some(lid) => {
                    lids.insert(lid);
                }
                None => unknown.push(Jid::pn(number)),
            },
            (None, None) => {}
        }
    }
    for numbers in unknown.chunks(MAX_NUMBERS) {
        let found = client.contacts().is_on_whatsapp(numbers).await;
        let found = found.map_err(|error| {
            debug!(account.id = %account, %error, "WhatsApp could not be asked for the LIDs of the audience of a status");
            match error.server_rejection() {
                Some(refusal) if refusal::means_pause(&refusal.code.to_string()) => {
                    refused(refusal.code, refusal.text)
                }
                _ => DeliveryError::Unready("WhatsApp did not say who of the audience is there".to_owned()),
            }
        })?;
        let names = found.into_iter().filter_map(|one| one.lid);
        lids.extend(names.map(|lid| lid.user.to_string()));
    }
    if lids.len() < audience.len() {
        let missing = audience.len() - lids.len();
        warn!(
            account.id = %account,
            "{missing} of the {} people in the audience of a status are not on WhatsApp or are listed twice",
            audience.len()
        );
    }
    if lids.is_empty() {
        let reason = "nobody of those who may see the status is on WhatsApp".to_owned();
        return Err(DeliveryError::Impossible(reason));
    }
    Ok(lids.into_iter().map(Jid::lid).collect())
}

async fn known_lid(client: &Client, number: &str) -> Option<String> {
    let entry = client.get_lid_pn_entry(&Jid::pn(number)).await.ok()??;
    Some(entry.lid.to_string())
}

/// Makes the message of a status, and uploads its file.
pub(super) async fn message(
    client: &Client,
    files: &dyn FileSource,
    account: AccountRef,
    content: &StatusContent,
) -> Result<wa::Message, DeliveryError> {
    match content {
        StatusContent::Text {
            text,
            background_argb,
            font,
        } => Ok(wa::Message {
            extended_text_message: wa::message::ExtendedTextMessage {
                text: Some(text.clone()),
                text_argb: Some(WHITE_ARGB),
                background_argb: Some(*background_argb),
                font: Some(typeface(*font)),
                ..Default::default()
            }
            .into(),
            ..Default::default()
        }),
        StatusContent::Media { file, caption } => {
            let content = files
                .read(account, file.media)
                .await
                .map_err(|error| match error {
                    FileError::Gone => DeliveryError::Impossible("its file is no longer kept".to_owned()),
                    FileError::Unreadable(error) => {
                        warn!(account.id = %account.id, error, "the file of a status cannot be read");
                        DeliveryError::Unready("its file cannot be read".to_owned())
                    }
                })?;
            upload(client, account.id, file, caption.clone(), content.into()).await
        }
    }
}

async fn upload(
    client: &Client,
    account: AccountId,
    file: &OutgoingFile,
    caption: Option<String>,
    content: Vec<u8>,
) -> Result<wa::Message, DeliveryError> {
    let is_video = match file.kind {
        MediaKind::Image => false,
        MediaKind::Video => true,
        MediaKind::Audio | MediaKind::Sticker | MediaKind::Document => {
            let reason = "a status shows words, a picture or a video".to_owned();
            return Err(DeliveryError::Impossible(reason));
        }
    };
    let kind = if is_video {
        MediaType::Video
    } else {
        MediaType::Image
    };
    let uploaded = client.upload(content, kind, UploadOptions::new()).await;
    let uploaded = uploaded.map_err(|error| {
        debug!(account.id = %account, %error, "a file could not be uploaded");
        DeliveryError::Unready("its file could not be uploaded to WhatsApp".to_owned())
    })?;
    let (mimetype, jpeg_thumbnail) = (Some(file.mime_type.clone()), file.thumbnail.clone());
    let mut message = if is_video {
        let options = VideoOptions {
            caption,
            mimetype,
            jpeg_thumbnail,
            duration_seconds: file.duration_seconds,
            ..VideoOptions::default()
        };
        video_message(uploaded, options)
    } else {
        let options = ImageOptions {
            caption,
            mimetype,
            jpeg_thumbnail,
            ..ImageOptions::default()
        };
        image_message(uploaded, options)
    };
    // The library leaves the width and height to the caller.
    if let Some(image) = message.image_message.as_option_mut() {
        (image.width, image.height) = (Some(file.width), Some(file.height));
    }
    if let Some(video) = message.video_message.as_option_mut() {
        (video.width, video.height) = (Some(file.width), Some(file.height));
    }
    Ok(message)
}

/// Makes the deletion of a status of the owner's.
pub(super) fn revoke(target_wa_id: &str) -> wa::Message {
    let key = wa::MessageKey {
        remote_jid: Some(Jid::status_broadcast().to_string()),
        from_me: Some(true),
        id: Some(target_wa_id.to_owned()),
        ..Default::default()
    };
    wa::Message {
        protocol_message: wa::message::ProtocolMessage {
            key: key.into(),
            r#type: Some(Type::REVOKE),
            ..Default::default()
        }
        .into(),
        ..Default::default()
    }
}

/// Typeface of a number of WhatsApp's; the usual one for an unknown number.
const fn typeface(number: i32) -> FontType {
    match number {
        1 => FontType::SYSTEM_TEXT,
        2 => FontType::FB_SCRIPT,
        6 => FontType::SYSTEM_BOLD,
        7 => FontType::MORNINGBREEZE_REGULAR,
        8 => FontType::CALISTOGA_REGULAR,
        9 => FontType::EXO2_EXTRABOLD,
        10 => FontType::COURIERPRIME_BOLD,
        _ => FontType::SYSTEM,
    }
}
