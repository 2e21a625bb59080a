//! `encrypt`: uploads of and requests for Signal keys; `passive`: pausing and activating delivery.

use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use wacore::iq::prekeys::PreKeyBundleUserNode;
use wacore::protocol::ProtocolNode as _;
use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node};

use super::Answer;
use crate::simulator::error::{Doing as _, Result};
use crate::simulator::media::MediaStore;
use crate::simulator::stanza::{attr, child, children, error, iq_result, jid};
use crate::simulator::world::World;

/// The number that WhatsApp gives Signal's key type.
const KEY_TYPE: u8 = 5;

impl World {
    pub(super) fn answer_keys(&mut self, device: u16, iq: &Node, tag: &str) -> Result<Answer> {
        let is_get = attr(iq, "type") == "get";
        match tag {
            "key" => self.bundles(child(iq, "key")?),
            "identity" if is_get => self.identities(child(iq, "identity")?),
            "count" => {
                let count = self.device_mut(device)?.one_time.len();
                let count = NodeBuilder::new("count").attr("value", count).build();
                Ok(Answer::Result(vec![count]))
            }
            "digest" => self.digest(device),
            "rotate" => {
                self.device_mut(device)?.rotate(child(iq, "rotate")?)?;
                Ok(Answer::Result(Vec::new()))
            }
            _ => {
                self.device_mut(device)?.upload(iq)?;
                Ok(Answer::Result(Vec::new()))
            }
        }
    }

    /// Activates or pauses delivery; on the first activation the phone also sends the app-state key and the history.
    pub(super) async fn answer_passive(
        &mut self,
        device: u16,
        iq: &Node,
        mode: &str,
        media: &MediaStore,
    ) -> Result<Answer> {
        if mode == "passive" {
            if let Some(connection) = self.connections.get_mut(&device) {
                connection.is_active = false;
            }
            return Ok(Answer::Result(Vec::new()));
        }
        self.send_to_device(device, iq_result(&attr(iq, "id"), Vec::new()));
        self.activate(device)?;
        if !self.device_mut(device)?.holds_app_state_key {
            self.device_mut(device)?.holds_app_state_key = true;
            self.share_app_state_key(device).await?;
            self.send_history(device, media).await?;
        }
        Ok(Answer::Sent)
    }

    /// Key bundles of people and of linked devices.
    fn bundles(&mut self, asked: &Node) -> Result<Answer> {
        let mut users = Vec::new();
        for user in children(asked) {
            let jid = jid(user, "jid")?;
            users.push(self.bundle(&jid)?);
        }
        let list = NodeBuilder::new("list").children(users).build();
        Ok(Answer::Result(vec![list]))
    }

    fn bundle(&mut self, jid: &Jid) -> Result<Node> {
        let step = "writing a key bundle";
        if self.owner.is(jid) && jid.device != 0 {
            return match self.devices.get_mut(&jid.device) {
                Some(device) => {
                    let identity = Some(device.signed_identity.clone());
                    let bundle = device.take_bundle()?;
                    let node = PreKeyBundleUserNode::from_bundle(jid.clone(), &bundle, identity);
                    Ok(node.doing(step)?.into_node())
                }
                None => Ok(unknown_user(jid)),
            };
        }
        match self.person_mut(jid) {
            Some(person) if jid.device == 0 => {
                let bundle = person.bundle()?;
                let node = PreKeyBundleUserNode::from_bundle(jid.clone(), &bundle, None);
                Ok(node.doing(step)?.into_node())
            }
            _ => Ok(unknown_user(jid)),
        }
    }

    /// Identity keys alone.
    fn identities(&mut self, asked: &Node) -> Result<Answer> {
        let mut users = Vec::new();
        for user in children(asked) {
            let jid = jid(user, "jid")?;
            let key = if self.owner.is(&jid) && jid.device != 0 {
                self.devices.get(&jid.device).map(|device| device.identity)
            } else {
                let person = self.find_person(&jid);
                person.map(|person| person.identities.own.public_key)
            };
            users.push(match key {
                Some(key) => NodeBuilder::new("user")
                    .attr("jid", jid)
                    .children([
                        NodeBuilder::new("type").bytes(vec![KEY_TYPE]).build(),
                        NodeBuilder::new("identity")
                            .bytes(key.public_key_bytes().to_vec())
                            .build(),
                    ])
                    .build(),
                None => unknown_user(&jid),
            });
        }
        let list = NodeBuilder::new("list").children(users).build();
        Ok(Answer::Result(vec![list]))
    }

    /// A digest of the keys that the server holds of a device, for the device to compare.
    fn digest(&mut self, device: u16) -> Result<Answer> {
        let device = self.device_mut(device)?;
        if device.one_time.is_empty() {
            return Ok(Answer::Error(404, "item-not-found"));
        }
        let leaf = |tag, bytes: Vec<u8>| NodeBuilder::new(tag).bytes(bytes).build();
        let id = |id: u32| id.to_be_bytes()[1..].to_vec();
        let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, &device.digest_content());
        let list = device.one_time.iter().map(|key| leaf("id", id(key.id)));
        let digest = NodeBuilder::new("digest")
            .children([
                leaf("registration", device.registration.to_be_bytes().to_vec()),
                leaf("type", vec![KEY_TYPE]),
                leaf("identity", device.identity.public_key_bytes().to_vec()),
                NodeBuilder::new("skey")
                    .children([
                        leaf("id", id(device.signed.id)),
                        leaf("value", device.signed.key.public_key_bytes().to_vec()),
                        leaf("signature", device.signed.signature.clone()),
                    ])
                    .build(),
                NodeBuilder::new("list").children(list).build(),
                leaf("hash", hash.as_ref().to_vec()),
            ])
            .build();
        Ok(Answer::Result(vec![digest]))
    }
}

fn unknown_user(jid: &Jid) -> Node {
    NodeBuilder::new("user")
        .attr("jid", jid)
        .children([error(404, "item-not-found")])
        .build()
}
