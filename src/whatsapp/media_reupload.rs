//! Expired files: asks the phone that has them to upload them again.

use whatsapp_rust::{Client, Jid, MediaRetryResult, MediaReuploadError, MediaReuploadRequest};

use super::media::ReuploadError;
use crate::event::{Chat, MediaReference, Origin, Person};

/// Asks the phone to upload `media` again, and returns the path at which it is served then.
pub(super) async fn request(client: &Client, media: &MediaReference) -> Result<String, ReuploadError> {
    let origin = media
        .origin
        .as_ref()
        .ok_or_else(|| refused("the message that it came with is not known"))?;
    let (chat, participant) = addresses(client, origin)
        .await
        .ok_or_else(|| refused("its sender has neither a LID nor a phone number"))?;
    let request = MediaReuploadRequest {
        msg_id: &origin.wa_id,
        chat_jid: &chat,
        media_key: &media.media_key,
        is_from_me: origin.is_from_me,
        participant: participant.as_ref(),
    };
    match client.media_reupload().request(&request).await {
        Ok(MediaRetryResult::Success { direct_path }) if direct_path.starts_with('/') => Ok(direct_path),
        Ok(other) => Err(refused(&format!("the phone answered {other:?}"))),
        Err(MediaReuploadError::Client(_) | MediaReuploadError::NotLoggedIn) => Err(ReuploadError::Offline),
        Err(error) => Err(refused(&error.to_string())),
    }
}

/// Addresses of the chat, and of the author where a chat has several. None when one of them cannot be named.
async fn addresses(client: &Client, origin: &Origin) -> Option<(Jid, Option<Jid>)> {
    Some(match &origin.chat {
        Chat::Direct(person) => {
            let prefers_lid = client.is_lid_migrated().await;
            (address(person, prefers_lid)?, None)
        }
        Chat::Group(jid) | Chat::Channel(jid) => (jid.0.parse().ok()?, address(&origin.sender, true)),
        Chat::Status => (Jid::status_broadcast(), address(&origin.sender, true)),
    })
}

/// Address of a person by the preferred name, or by the other where there is only that.
fn address(person: &Person, prefers_lid: bool) -> Option<Jid> {
    let lid = person.lid.as_deref().map(Jid::lid);
    let number = person.phone_number.as_deref().map(Jid::pn);
    if prefers_lid {
        lid.or(number)
    } else {
        number.or(lid)
    }
}

fn refused(reason: &str) -> ReuploadError {
    ReuploadError::Refused(reason.to_owned())
}
