//! Names and numbers of contacts that WhatsApp tells of.

use buffa::Message as _;
use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;
use waproto::whatsapp as wa;

use super::driver::digits;
use super::error::{Result, SimulatorError};
use super::person::Person;
use super::random;
use super::stanza::server;
use super::time;
use super::world::{World, fresh_lid};

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

    /// Gives a contact a new number, LID and keys, and notifies the linked devices. Returns the new JID.
    pub(super) fn change_number(&mut self, former: &str, number: &str) -> Result<String> {
        let number = digits(number)?;
        if self.person(&number).is_ok() {
            return Err(SimulatorError::Conflict(format!(
                "{number} belongs to somebody already: name a number that nobody has"
            )));
        }
        let known = self.person(former)?;
        let (old, old_lid) = (known.pn_jid(), known.lid_jid());
        let mut person = Person::new(&number, &fresh_lid(), &known.name)?;
        person.verified_name.clone_from(&known.verified_name);
        let (new, new_lid) = (person.pn_jid(), person.lid_jid());
        if self.contacts.remove(former).is_none() {
            return Err(SimulatorError::Conflict(
                "the owner's number stays: name a contact".to_owned(),
            ));
        }
        self.contacts.insert(number.clone(), person);
        self.log.renumber(former, &number);
        for group in self.groups.values_mut() {
            group.renumber(former, &number);
        }
        let modify = NodeBuilder::new("modify")
            .attr("old", old)
            .attr("new", new)
            .attr("old_lid", old_lid)
            .attr("new_lid", new_lid.clone())
            .build();
        let notification = NodeBuilder::new("notification")
            .attr("from", server())
            .attr("id", random::message_id())
            .attr("t", time::now())
            .attr("type", "contacts")
            .children([modify])
            .build();
        self.deliver_to_all(&notification, None)?;
        Ok(new_lid.to_string())
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
