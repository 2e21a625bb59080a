//! Names and numbers of contacts that WhatsApp tells of.

use buffa::Message as _;
use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;
use waproto::whatsapp as wa;

use super::error::Result;
use super::person::Person;
use super::random;
use super::time;
use super::world::World;

impl World {
    /// Verifies the name of a contact, who is a business then, and notifies the linked devices. Returns the contact's JID.
    pub(super) fn verify_name(&mut self, number: &str, name: &str) -> Result<String> {
        let jid = self.jid_of(self.person(number)?);
        if let Some(person) = self.person_mut(&jid) {
            person.verified_name = Some(name.to_owned());
        }
        let verified = verified_name(self.person(number)?, |node| node.attr("jid", jid.clone()));
        let notification = NodeBuilder::new("notification")
            .attr("from", jid.clone())
            .attr("id", random::message_id())
            .attr("t", time::now())
            .attr("type", "business")
            .children(verified)
            .build();
        self.deliver_to_all(&notification, None)?;
        Ok(jid.to_string())
    }
}

/// The certificate of a business's name; none for a person.
pub(super) fn verified_name(
    person: &Person,
    finish: impl FnOnce(NodeBuilder) -> NodeBuilder,
) -> Option<Node> {
    let details = wa::verified_name_certificate::Details {
        verified_name: Some(person.verified_name.clone()?),
        issuer: Some("smb:wa".to_owned()),
        ..Default::default()
    };
    let certificate = wa::VerifiedNameCertificate {
        details: Some(details.encode_to_vec()),
        ..Default::default()
    };
    let node = NodeBuilder::new("verified_name").attr("v", "2");
    Some(finish(node).bytes(certificate.encode_to_vec()).build())
}
