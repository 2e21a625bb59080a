//! Linking of a device: by the QR code that the phone scans, or by the code that its owner types in.

use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use buffa::Message as _;
use parking_lot::Mutex;
use wacore::adv::{AdvValidation, validate_adv_with_identity_key};
use wacore::libsignal::crypto::aes_256_gcm_decrypt;
use wacore::libsignal::protocol::{KeyPair, PublicKey};
use wacore::pair::PairUtils;
use wacore::pair_code::PairCodeUtils;
use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;
use waproto::whatsapp as wa;
use waproto::whatsapp::client_payload::DevicePairingRegistrationData;

use super::adv::sign_identity;
use super::connection::Handle;
use super::device::LinkedDevice;
use super::error::{Doing as _, Result, SimulatorError};
use super::noise::public;
use super::random;
use super::stanza::{self, attr, child_bytes, key32, server, stream_error};
use super::time;
use super::world::{Addressing, World};

/// Number of QR codes that a client may show before it must reconnect.
const QR_REFERENCES: usize = 6;

/// A client that wants to become a linked device.
pub(super) struct Candidate {
    pub(super) connection: Handle,
    registration: DevicePairingRegistrationData,
    /// The static key of its handshake.
    noise_key: [u8; 32],
    /// The references with which its QR codes begin.
    pub(super) references: Vec<String>,
    progress: Mutex<Progress>,
}

/// Progress of a candidate's pairing.
#[derive(Default)]
struct Progress {
    /// Its ephemeral key, wrapped with the code that its user sees.
    wrapped_ephemeral: Option<Vec<u8>>,
    /// The phone's half of the exchange, and the candidate's unwrapped key.
    exchange: Option<(KeyPair, [u8; 32])>,
    /// The device it will be, once it has signed its identity.
    accepted: Option<(String, LinkedDevice)>,
}

impl Candidate {
    pub(super) fn new(connection: Handle, payload: &wa::ClientPayload, noise_key: [u8; 32]) -> Result<Self> {
        let registration = payload
            .device_pairing_data
            .as_option()
            .cloned()
            .ok_or(SimulatorError::Stanza("device pairing data"))?;
        let references = (0..QR_REFERENCES)
            .map(|_| format!("2@{}", BASE64_STANDARD.encode(random::secret::<24>())))
            .collect();
        Ok(Self {
            connection,
            registration,
            noise_key,
            references,
            progress: Mutex::default(),
        })
    }

    /// `<pair-device>` with the references for the client's QR codes.
    pub(super) fn offer(&self) -> Node {
        let references = self
            .references
            .iter()
            .map(|reference| NodeBuilder::new("ref").bytes(reference.as_bytes()).build())
            .collect::<Vec<_>>();
        set("pair-device", references)
    }

    /// Starts pairing by code: stores the client's wrapped key and returns the answer with the reference.
    pub(super) fn begin_code_pairing(&self, request: &Node) -> Result<Node> {
        let wrapped = child_bytes(request, "link_code_pairing_wrapped_companion_ephemeral_pub")?;
        self.progress.lock().wrapped_ephemeral = Some(wrapped);
        let reference = NodeBuilder::new("link_code_pairing_ref")
            .bytes(self.references[0].as_bytes())
            .build();
        Ok(NodeBuilder::new("link_code_companion_reg")
            .attr("stage", "companion_hello")
            .children([reference])
            .build())
    }

    /// Builds the phone's half of the exchange, which proves to the client that the phone knows the code.
    fn enter_code(&self, world: &World, code: &str) -> Result<Node> {
        let mut progress = self.progress.lock();
        let wrapped = progress
            .wrapped_ephemeral
            .clone()
            .ok_or(SimulatorError::Stanza("a wrapped ephemeral key"))?;
        let theirs = PairCodeUtils::decrypt_primary_ephemeral_pub(&wrapped, code)
            .doing("unwrapping the client's key with the link code")?;
        let ours = KeyPair::generate(&mut rand::rng());
        let wrapped = PairCodeUtils::encrypt_ephemeral_pub(&public(&ours), code);
        progress.exchange = Some((ours, theirs));
        let leaf = |tag, bytes: Vec<u8>| NodeBuilder::new(tag).bytes(bytes).build();
        let stage = NodeBuilder::new("link_code_companion_reg")
            .attr("stage", "primary_hello")
            .children([
                leaf("link_code_pairing_ref", self.references[0].as_bytes().to_vec()),
                leaf(
                    "link_code_pairing_wrapped_primary_ephemeral_pub",
                    wrapped.to_vec(),
                ),
                leaf(
                    "primary_identity_pub",
                    public(&world.owner.identities.own).to_vec(),
                ),
            ])
            .build();
        Ok(NodeBuilder::new("notification")
            .attr("from", server())
            .attr("id", random::message_id())
            .attr("type", "link_code_companion_reg")
            .attr("t", time::now())
            .children([stage])
            .build())
    }

    /// Finishes pairing by code: derives the shared secret and accepts the device.
    pub(super) fn finish_code_pairing(&self, world: &mut World, request: &Node) -> Result<()> {
        let (ours, theirs) = self
            .progress
            .lock()
            .exchange
            .take()
            .ok_or(SimulatorError::Stanza("the phone's answer to its code"))?;
        let identity = key32(&child_bytes(request, "companion_identity_public")?)?;
        let bundle = child_bytes(request, "link_code_pairing_wrapped_key_bundle")?;
        let shared = agree(&ours, &theirs)?;
        let secret = open_bundle(&shared, &bundle, &identity)?;
        let of_identities = agree(&world.owner.identities.own, &identity)?;
        let mut adv_secret = [0; 32];
        let material = [&shared[..], &of_identities, &secret].concat();
        wacore::crypto::hkdf_sha256_into(&material, None, b"adv_secret", &mut adv_secret)
            .map_err(|_| SimulatorError::Stanza("a usable secret"))?;
        self.accept(world, &identity, &adv_secret)
    }

    /// Accepts the device on the phone's behalf: signs its identity and sends it its JIDs.
    fn accept(&self, world: &mut World, identity: &[u8; 32], adv_secret: &[u8]) -> Result<()> {
        let id = world.next_device();
        let mut device = LinkedDevice::new(id, &self.registration, self.noise_key)?;
        device.identity = super::device::public_key(identity)?;
        let sealed = sign_identity(world, id, identity, adv_secret)?;
        let mut children = vec![
            NodeBuilder::new("device-identity").bytes(sealed).build(),
            NodeBuilder::new("platform").attr("name", "android").build(),
            NodeBuilder::new("device")
                .attr("jid", world.owner.pn_jid().with_device(id))
                .attr("lid", world.owner.lid_jid().with_device(id))
                .build(),
        ];
        if world.addressing == Addressing::Lid {
            let props = wa::ClientPairingProps {
                is_chat_db_lid_migrated: Some(true),
                ..Default::default()
            };
            children.push(
                NodeBuilder::new("client-props")
                    .bytes(props.encode_to_vec())
                    .build(),
            );
        }
        self.progress.lock().accepted = Some((world.owner.number.clone(), device));
        let connection = self.connection.clone();
        let mut success = set("pair-success", children);
        success.attrs.insert("t", time::now());
        world.send_on(&connection, success);
        Ok(())
    }

    /// The number of the phone that accepted this candidate.
    pub(super) fn accepted_by(&self) -> Option<String> {
        let progress = self.progress.lock();
        progress.accepted.as_ref().map(|(number, _)| number.clone())
    }

    /// Links the device after it signed its identity: checks both signatures, then ends the stream so that it logs in.
    pub(super) fn complete_link(&self, world: &mut World, answer: &Node) -> Result<()> {
        let signed = child_bytes(answer, "device-identity")?;
        let Some((_, mut device)) = self.progress.lock().accepted.take() else {
            return Err(SimulatorError::Stanza("a phone that accepted it"));
        };
        let mut identity = [0; 32];
        identity.copy_from_slice(device.identity.public_key_bytes());
        let account = public(&world.owner.identities.own);
        let verdict = validate_adv_with_identity_key(&signed, &identity, Some(&account));
        if verdict != AdvValidation::Valid {
            return Err(SimulatorError::Stanza("a valid signature of its identity"));
        }
        device.signed_identity = signed;
        let id = device.id;
        world.devices.insert(id, device);
        world.announce_devices(id)?;
        let connection = self.connection.clone();
        world.send_on(&connection, stream_error(Some(515), None));
        Ok(())
    }
}

/// The reference, identity key and secret in the text of a QR code.
pub(super) fn read_qr(text: &str) -> Result<(String, [u8; 32], Vec<u8>)> {
    let hint = "give the text of the QR code as the client shows it: four parts with commas between";
    let refused = || SimulatorError::invalid("QR code", text, hint);
    let (reference, _, identity) = PairUtils::parse_qr_code(text.trim()).map_err(|_| refused())?;
    let secret = text.trim().split(',').nth(3).ok_or_else(refused)?;
    let secret = BASE64_STANDARD.decode(secret).map_err(|_| refused())?;
    Ok((reference, identity, secret))
}

impl World {
    /// Scans the candidate's QR code with the phone.
    pub(super) fn scan(
        &mut self,
        candidate: &Arc<Candidate>,
        identity: &[u8; 32],
        adv_secret: &[u8],
    ) -> Result<()> {
        candidate.accept(self, identity, adv_secret)
    }

    /// Enters on the phone the code that the candidate shows.
    pub(super) fn enter_code(&mut self, candidate: &Arc<Candidate>, code: &str) -> Result<()> {
        let node = candidate.enter_code(self, code)?;
        self.send_on(&candidate.connection, node);
        Ok(())
    }

    /// Unlinks a device from the phone.
    pub(super) fn unlink(&mut self, device: u16) -> Result<()> {
        if let Some(linked) = self.devices.remove(&device) {
            let address = linked.address();
            self.owner.forget_device(device, &address);
            for contact in self.contacts.values_mut() {
                contact.forget_device(device, &address);
            }
        }
        self.send_to_device(device, stream_error(Some(401), Some("device_removed")));
        self.connections.remove(&device);
        self.announce_devices(device)
    }
}

fn agree(ours: &KeyPair, theirs: &[u8; 32]) -> Result<[u8; 32]> {
    let step = "agreeing on a secret with the client";
    let theirs = PublicKey::from_djb_public_key_bytes(theirs).doing(step)?;
    ours.calculate_agreement(&theirs).doing(step)
}

/// Opens `salt, nonce, sealed(identity, our identity, secret)` and returns the secret.
fn open_bundle(shared: &[u8; 32], bundle: &[u8], identity: &[u8; 32]) -> Result<Vec<u8>> {
    let broken = || SimulatorError::Stanza("a whole key bundle");
    let (salt, rest) = bundle.split_at_checked(32).ok_or_else(broken)?;
    let (nonce, sealed) = rest.split_first_chunk::<12>().ok_or_else(broken)?;
    let info = b"link_code_pairing_key_bundle_encryption_key";
    let mut key = [0; 32];
    wacore::crypto::hkdf_sha256_into(shared, Some(salt), info, &mut key).map_err(|_| broken())?;
    let mut opened = Vec::new();
    aes_256_gcm_decrypt(&key, nonce, b"", sealed, &mut opened).map_err(|_| broken())?;
    if opened.get(..32) != Some(&identity[..]) {
        return Err(SimulatorError::Stanza("the identity that it announced"));
    }
    opened.get(64..96).map(<[u8]>::to_vec).ok_or_else(broken)
}

fn set(tag: &'static str, children: Vec<Node>) -> Node {
    NodeBuilder::new("iq")
        .attr("from", server())
        .attr("id", random::message_id())
        .attr("type", "set")
        .attr("xmlns", "md")
        .children([NodeBuilder::new(tag).children(children).build()])
        .build()
}

/// The number that a request to be linked by code names.
pub(super) fn requested_number(request: &Node) -> String {
    let jid = attr(request, "jid");
    jid.split(['@', ':']).next().unwrap_or_default().to_owned()
}

/// The `<pair-device-sign>` node of an answer, if it has one.
pub(super) fn pair_device_sign(answer: &Node) -> Option<&Node> {
    stanza::child(answer, "pair-device-sign").ok()
}
