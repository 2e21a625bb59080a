//! Reupload of expired media: a device asks the phone for it, and the phone uploads it again.

use buffa::Message as _;
use wacore::libsignal::crypto::aes_256_gcm_encrypt;
use wacore::media_retry::decrypt_media_retry_notification;
use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;
use waproto::whatsapp as wa;
use waproto::whatsapp::media_retry_notification::ResultType;

use super::error::{Doing as _, Result, SimulatorError};
use super::media::MediaStore;
use super::random;
use super::stanza::{attr, child, child_bytes};
use super::time;
use super::world::World;

/// HKDF info of the key that seals these notifications.
const PURPOSE: &[u8] = b"WhatsApp Media Retry Notification";
/// Result code: the phone does not have the medium.
const NOT_FOUND: u16 = 2;
/// Result code: the request does not open with the key of the medium.
const NOT_OPENED: u16 = 3;

impl World {
    /// Answers `<receipt type="server-error">`.
    pub(super) fn reupload(&mut self, device: u16, receipt: &Node, media: &MediaStore) -> Result<()> {
        let id = attr(receipt, "id");
        let outcome = match self.log.find(&id).map(|logged| media.copy(&logged.message)) {
            Some(Some((path, key))) => sealed_answer(receipt, &id, path?, &key)?,
            Some(None) | None => refusal(NOT_FOUND),
        };
        let mut children = vec![outcome];
        children.extend(receipt.get_optional_child("rmr").cloned());
        let notification = NodeBuilder::new("notification")
            .attr("from", self.owner.pn_jid())
            .attr("id", id)
            .attr("t", time::now())
            .attr("type", "mediaretry")
            .children(children)
            .build();
        self.deliver(device, notification)
    }
}

/// The new direct path of a medium, sealed with its key; a refusal when the request was sealed with another.
fn sealed_answer(receipt: &Node, id: &str, path: String, media_key: &[u8]) -> Result<Node> {
    let request = child(receipt, "encrypt")?;
    let (sealed, nonce) = (child_bytes(request, "enc_p")?, child_bytes(request, "enc_iv")?);
    if decrypt_media_retry_notification(media_key, id, &nonce, &sealed).is_err() {
        return Ok(refusal(NOT_OPENED));
    }
    let step = "sealing the new address of a medium";
    let answer = wa::MediaRetryNotification {
        stanza_id: Some(id.to_owned()),
        direct_path: Some(path),
        result: Some(ResultType::SUCCESS),
        ..Default::default()
    };
    let mut key = [0; 32];
    wacore::crypto::hkdf_sha256_into(media_key, None, PURPOSE, &mut key)
        .map_err(|_| SimulatorError::Stanza("a usable media key"))?;
    let nonce = random::secret::<12>();
    let mut sealed = Vec::new();
    aes_256_gcm_encrypt(&key, &nonce, id.as_bytes(), &answer.encode_to_vec(), &mut sealed).doing(step)?;
    Ok(NodeBuilder::new("encrypt")
        .children([
            NodeBuilder::new("enc_p").bytes(sealed).build(),
            NodeBuilder::new("enc_iv").bytes(nonce.to_vec()).build(),
        ])
        .build())
}

fn refusal(code: u16) -> Node {
    NodeBuilder::new("error").attr("code", code).build()
}
