//! The hash of a list of devices, by which server and clients see that they mean the same ones.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use sha2::{Digest as _, Sha256};
use wacore_binary::{Jid, Node};

use super::error::Result;
use super::person::Person;
use super::reading::parts;
use super::stanza::{attr, jid};
use super::world::{Chat, World};

/// Number of bytes of the digest that the hash keeps.
const KEPT_BYTES: usize = 6;

/// `2:` and the beginning of SHA-256 over the devices' full names in order, in base64.
pub(super) fn device_hash(devices: &[Jid]) -> String {
    let mut names: Vec<String> = devices
        .iter()
        .map(|jid| format!("{}.0:{}@{}", jid.user, jid.device, jid.server.as_str()))
        .collect();
    names.sort_unstable();
    let digest = Sha256::digest(names.concat());
    format!("2:{}", BASE64_STANDARD_NO_PAD.encode(&digest[..KEPT_BYTES]))
}

impl World {
    /// The hash of all devices that a message of `device` is for, when it misses some: its sender did not know them all. A
    /// message to a group names the hash of those that its sender knows; one to a person has a copy for each, and names
    /// none.
    pub(super) fn corrected_hash(&self, device: u16, message: &Node) -> Result<Option<String>> {
        let to = jid(message, "to")?;
        match self.chat_of(&to) {
            Some(Chat::Group(id)) => self.corrected_hash_of_group(&id, message),
            Some(Chat::With(_)) if is_for_all_devices(&to, message) => {
                self.corrected_hash_of_copies(device, &to, message)
            }
            Some(Chat::With(_) | Chat::Status) | None => Ok(None),
        }
    }

    fn corrected_hash_of_group(&self, id: &str, message: &Node) -> Result<Option<String>> {
        let given = attr(message, "phash");
        if given.is_empty() {
            return Ok(None);
        }
        let mut devices = self.own_devices(&self.jid_of(&self.owner));
        for member in &self.group(id)?.members {
            devices.push(self.jid_of(self.person(member)?));
        }
        let hash = device_hash(&devices);
        Ok((hash != given).then_some(hash))
    }

    /// The sender's own device has no copy, and counts all the same.
    fn corrected_hash_of_copies(&self, device: u16, to: &Jid, message: &Node) -> Result<Option<String>> {
        let owner = if to.is_lid() {
            self.owner.lid_jid()
        } else {
            self.owner.pn_jid()
        };
        let mut devices = self.own_devices(&owner);
        if !self.owner.is(to) {
            devices.push(to.clone());
        }
        let copies = parts(message, to)?;
        let has_copy = |wanted: &Jid| {
            let is_same = |person: &Person| person.is(wanted);
            copies.iter().any(|copy| {
                let person = self.find_person(&copy.to);
                copy.to.device == wanted.device && person.is_some_and(is_same)
            })
        };
        let sender = owner.with_device(device);
        let is_complete = devices.iter().all(|wanted| *wanted == sender || has_copy(wanted));
        Ok((!is_complete).then(|| device_hash(&devices)))
    }

    /// The owner's phone and linked devices, by this name of the owner.
    fn own_devices(&self, owner: &Jid) -> Vec<Jid> {
        let linked = self.devices.keys().map(|id| owner.with_device(*id));
        linked.chain([owner.clone()]).collect()
    }
}

/// False for a message to one device alone: between the owner's devices, or sent again to somebody who could not read it.
fn is_for_all_devices(to: &Jid, message: &Node) -> bool {
    let is_again = message
        .get_children_by_tag("enc")
        .any(|enc| enc.attrs.contains_key("count"));
    to.device == 0
        && !is_again
        && attr(message, "category") != "peer"
        && attr(message, "device_fanout") != "false"
}

#[cfg(test)]
mod tests {
    use super::*;

    // Computed with `printf | sha256sum | head -c 12 | xxd -r -p | base64`.
    #[test]
    fn the_hash_covers_every_device_in_order_of_its_name() {
        let phone = Jid::pn("5511999990000");
        let devices = [phone.with_device(2), phone.clone(), phone.with_device(1)];

        assert_eq!(device_hash(&devices), "2:M8hxTvHW");
    }
}
