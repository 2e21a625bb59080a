//! Media whose link has died: a device asks the phone for it again, and the phone uploads it anew.

use buffa::Message as _;
use wacore::libsignal::crypto::aes_256_gcm_encrypt;
use wacore::media_retry::decrypt_media_retry_notification;
use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;
use waproto::whatsapp as wa;
use waproto::whatsapp::media_retry_notification::ResultType;

use super::chance;
use super::error::{Doing as _, Result, SimulatorError};
use super::media::MediaShelf;
use super::stanza::{attr, child, child_bytes};
use super::world::World;

/// What the key for these notices is derived with.
const PURPOSE: &[u8] = b"WhatsApp Media Retry Notification";
/// The phone does not have the medium.
const NOT_FOUND: u16 = 2;
/// The request does not open with the key of the medium.
const NOT_OPENED: u16 = 3;

impl World {
    /// Answers `<receipt type="server-error">`.
    pub(super) fn upload_again(&mut self, device: u16, receipt: &Node, media: &MediaShelf) -> Result<()> {
        let id = attr(receipt, "id");
        let outcome = match self.log.find(&id).map(|said| media.copy(&said.message)) {
            Some(Some((path, key))) => sealed_answer(receipt, &id, path?, &key)?,
            Some(None) | None => refusal(NOT_FOUND),
        };
        let mut children = vec![outcome];
        children.extend(receipt.get_optional_child("rmr").cloned());
        let notification = NodeBuilder::new("notification")
            .attr("from", self.owner.pn_jid())
            .attr("id", id)
            .attr("t", chance::now())
            .attr("type", "mediaretry")
            .children(children)
            .build();
        self.deliver(device, notification)
    }
}

/// Where the medium lies now, for who holds its key.
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
    let nonce = chance::secret::<12>();
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
