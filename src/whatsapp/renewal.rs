//! Expired files: the phone that has them is asked to upload them anew.

use whatsapp_rust::{Client, Jid, MediaRetryResult, MediaReuploadError, MediaReuploadRequest};

use super::media::RenewalError;
use crate::event::{Chat, MediaReference, Origin, Person};

/// Asks for `media`, and answers with the path at which it is served now.
pub(super) async fn renew(client: &Client, media: &MediaReference) -> Result<String, RenewalError> {
    let origin = media
        .origin
        .as_ref()
        .ok_or_else(|| refused("it is not known where it came from"))?;
    let (chat, participant) = place(client, origin)
        .await
        .ok_or_else(|| refused("its sender has no name"))?;
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
        Err(MediaReuploadError::Client(_) | MediaReuploadError::NotLoggedIn) => Err(RenewalError::Offline),
        Err(error) => Err(refused(&error.to_string())),
    }
}

/// The chat as WhatsApp names it, and whose message it is where a chat has several authors.
async fn place(client: &Client, origin: &Origin) -> Option<(Jid, Option<Jid>)> {
    Some(match &origin.chat {
        Chat::Direct(person) => {
            let is_by_lid = client.is_lid_migrated().await;
            (name(person, is_by_lid)?, None)
        }
        Chat::Group(jid) | Chat::Channel(jid) => (jid.0.parse().ok()?, name(&origin.sender, true)),
        Chat::Status => (Jid::status_broadcast(), name(&origin.sender, true)),
    })
}

/// By LID if they have one and it is wanted, or else by what they have.
fn name(person: &Person, is_by_lid: bool) -> Option<Jid> {
    let lid = person.lid.as_deref().map(Jid::lid);
    let number = person.phone_number.as_deref().map(Jid::pn);
    if is_by_lid { lid.or(number) } else { number.or(lid) }
}

fn refused(reason: &str) -> RenewalError {
    RenewalError::Refused(reason.to_owned())
}
