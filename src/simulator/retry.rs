//! Requests of people for messages of linked devices that they could not read.

use std::collections::BTreeMap;

use wacore::iq::prekeys::PreKeyBundleUserNode;
use wacore::protocol::ProtocolNode;
use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node};

use super::error::{Doing as _, Result};
use super::stanza::{attr, jid};
use super::time;
use super::world::World;

/// A client asks this many times for one message.
const MAX_REQUESTS: u32 = 5;
/// The request from which on a client brings new keys even though it has a session.
const FIRST_WITH_KEYS: u32 = 2;
/// The number that WhatsApp gives Signal's key type.
const KEY_TYPE: u8 = 5;

/// The number of requests so far, by message and by the number of the person who asks.
#[derive(Default)]
pub(super) struct RetryRequests(BTreeMap<(String, String), u32>);

impl RetryRequests {
    /// Counts a request. `None` when there were enough.
    fn count(&mut self, message: &str, asker: &str) -> Option<u32> {
        let count = self.0.entry((message.to_owned(), asker.to_owned())).or_default();
        *count += 1;
        (*count <= MAX_REQUESTS).then_some(*count)
    }

    /// Forgets the requests for a message that a person could read.
    pub(super) fn forget(&mut self, message: &str, asker: &str) {
        self.0.remove(&(message.to_owned(), asker.to_owned()));
    }
}

impl World {
    /// Sends the retry receipt of a person who could not read a message. It brings keys for a new session when the person
    /// has none with the device or lacks the sender key of the chat, and whenever the first request did not help.
    pub(super) fn request_retry(
        &mut self,
        device: u16,
        node: &Node,
        asker: &Jid,
        lacks_sender_key: bool,
    ) -> Result<()> {
        let Some(number) = self.find_person(asker).map(|person| person.number.clone()) else {
            return Ok(());
        };
        let id = attr(node, "id");
        let Some(count) = self.retry_requests.count(&id, &number) else {
            return Ok(());
        };
        let address = self.device_mut(device)?.address();
        let name = self.jid_of(self.person(&number)?);
        let Some(person) = self.person_mut(asker) else {
            return Ok(());
        };
        let registration = person.identities.registration.to_be_bytes().to_vec();
        let retry = NodeBuilder::new("retry")
            .attr("v", 1)
            .attr("id", id.as_str())
            .attr("t", time::now())
            .attr("count", count)
            .build();
        let mut content = vec![
            retry,
            NodeBuilder::new("registration").bytes(registration).build(),
        ];
        if lacks_sender_key || count >= FIRST_WITH_KEYS || !person.sessions.has(&address) {
            let bundle = PreKeyBundleUserNode::from_bundle(name.clone(), &person.bundle()?, None);
            content.push(keys(bundle.doing("writing the keys of a retry receipt")?));
        }
        let to = jid(node, "to")?;
        let mut receipt = NodeBuilder::new("receipt")
            .attr("id", id)
            .attr("type", "retry")
            .attr("t", time::now());
        receipt = if self.find_person(&to).is_some() {
            // The owner's own phone names the chat, for which its own name says nothing.
            let receipt = receipt.attr("from", name);
            if number == self.owner.number && !self.owner.is(&to) {
                receipt.attr("recipient", to)
            } else {
                receipt
            }
        } else {
            receipt.attr("from", to).attr("participant", name)
        };
        self.deliver(device, receipt.children(content).build())
    }
}

fn keys(bundle: PreKeyBundleUserNode) -> Node {
    let mut content = vec![
        NodeBuilder::new("type").bytes(vec![KEY_TYPE]).build(),
        NodeBuilder::new("identity").bytes(bundle.identity_key).build(),
    ];
    content.extend(bundle.one_time_pre_key.map(ProtocolNode::into_node));
    content.push(bundle.signed_pre_key.into_node());
    NodeBuilder::new("keys").children(content).build()
}
