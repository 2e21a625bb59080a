//! The hash of a list of devices, by which server and clients see that they mean the same ones.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use sha2::{Digest as _, Sha256};
use wacore_binary::{Jid, Node};

use super::error::Result;
use super::stanza::attr;
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
    /// The hash of the devices in a group, when a message to it names another: its sender did not know them all.
    pub(super) fn corrected_hash(&self, chat: Option<&Chat>, message: &Node) -> Result<Option<String>> {
        let given = attr(message, "phash");
        let Some(Chat::Group(id)) = chat else {
            return Ok(None);
        };
        if given.is_empty() {
            return Ok(None);
        }
        let owner = self.jid_of(&self.owner);
        let mut devices = vec![owner.clone()];
        devices.extend(self.devices.keys().map(|id| owner.with_device(*id)));
        for member in &self.group(id)?.members {
            devices.push(self.jid_of(self.person(member)?));
        }
        let hash = device_hash(&devices);
        Ok((hash != given).then_some(hash))
    }
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
