//! The account's signatures: of each device's identity, and of the list of its devices.

use buffa::Message as _;
use hmac::{Hmac, KeyInit as _, Mac as _};
use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;
use waproto::whatsapp as wa;

use super::device_hash::device_hash;
use super::error::{Doing as _, Result};
use super::noise::public;
use super::random;
use super::time;
use super::world::World;

/// Prefix of the bytes that the account signs for a device's identity.
const ACCOUNT_SIGNATURE: [u8; 2] = [6, 0];
/// Prefix of the bytes that the account signs for its list of devices.
const KEY_INDEX_SIGNATURE: [u8; 2] = [6, 2];

impl World {
    /// Notifies the linked devices, except the newest one, of the devices that the account now has.
    pub(super) fn announce_devices(&mut self, newest: u16) -> Result<()> {
        let jid = self.owner.pn_jid();
        let mut jids = vec![jid.clone()];
        jids.extend(self.devices.keys().map(|id| jid.with_device(*id)));
        let hash = device_hash(&jids);
        let mut list = vec![NodeBuilder::new("device").attr("jid", &jid).build()];
        list.extend(self.devices.keys().map(|id| {
            NodeBuilder::new("device")
                .attr("jid", jid.with_device(*id))
                .attr("key-index", *id)
                .build()
        }));
        list.push(self.key_index_list()?);
        let devices = NodeBuilder::new("devices")
            .attr("dhash", hash)
            .children(list)
            .build();
        let notification = NodeBuilder::new("notification")
            .attr("from", jid)
            .attr("id", random::message_id())
            .attr("t", time::now())
            .attr("type", "account_sync")
            .children([devices])
            .build();
        self.deliver_to_all(&notification, Some(newest))
    }

    /// The account's signed list of its devices, which peers check.
    pub(super) fn key_index_list(&self) -> Result<Node> {
        let mut valid: Vec<u32> = vec![0];
        valid.extend(self.devices.keys().map(|id| u32::from(*id)));
        let details = wa::ADVKeyIndexList {
            raw_id: Some(self.raw_id()),
            timestamp: Some(time::now()),
            current_index: valid.last().copied(),
            valid_indexes: valid,
            ..Default::default()
        }
        .encode_to_vec();
        let signature = self.sign(&[&KEY_INDEX_SIGNATURE[..], &details])?;
        let list = wa::ADVSignedKeyIndexList {
            details: Some(details),
            account_signature: Some(signature),
            ..Default::default()
        };
        Ok(NodeBuilder::new("key-index-list")
            .attr("ts", time::now())
            .bytes(list.encode_to_vec())
            .build())
    }

    fn raw_id(&self) -> u32 {
        self.owner.identities.registration
    }

    fn sign(&self, parts: &[&[u8]]) -> Result<Vec<u8>> {
        let own = &self.owner.identities.own;
        own.private_key
            .calculate_signature(&parts.concat(), &mut rand::rng())
            .map(|signature| signature.to_vec())
            .doing("signing with the account's key")
    }
}

/// The account's signature of a device's identity, sealed with the secret of the QR code or the link code.
pub(super) fn sign_identity(world: &World, id: u16, identity: &[u8; 32], secret: &[u8]) -> Result<Vec<u8>> {
    let details = wa::ADVDeviceIdentity {
        raw_id: Some(world.raw_id()),
        timestamp: Some(time::now()),
        key_index: Some(u32::from(id)),
        account_type: Some(wa::ADVEncryptionType::E2EE),
        device_type: Some(wa::ADVEncryptionType::E2EE),
    }
    .encode_to_vec();
    let signature = world.sign(&[&ACCOUNT_SIGNATURE[..], &details, identity])?;
    let signed = wa::ADVSignedDeviceIdentity {
        details: Some(details),
        account_signature_key: Some(public(&world.owner.identities.own).to_vec()),
        account_signature: Some(signature),
        device_signature: None,
    }
    .encode_to_vec();
    let mut mac =
        Hmac::<sha2::Sha256>::new_from_slice(secret).doing("keying the device's identity with its secret")?;
    mac.update(&signed);
    Ok(wa::ADVSignedDeviceIdentityHMAC {
        hmac: Some(mac.finalize().into_bytes().to_vec()),
        details: Some(signed),
        account_type: Some(wa::ADVEncryptionType::E2EE),
    }
    .encode_to_vec())
}
