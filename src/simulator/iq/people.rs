//! `usync`: people on WhatsApp, with their addresses and devices.

use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node};

use super::Answer;
use crate::simulator::device::text;
use crate::simulator::device_hash::device_hash;
use crate::simulator::error::Result;
use crate::simulator::person::Person;
use crate::simulator::stanza::{attr, child, children};
use crate::simulator::time;
use crate::simulator::world::World;

impl World {
    pub(super) fn answer_usync(&self, iq: &Node) -> Result<Answer> {
        let asked = child(iq, "usync")?;
        let protocols = children(child(asked, "query")?);
        let mut users = Vec::new();
        for user in children(child(asked, "list")?) {
            users.push(self.user(user, protocols)?);
        }
        let list = NodeBuilder::new("list").children(users).build();
        let mut answer = NodeBuilder::new("usync");
        for key in ["sid", "index", "last", "mode", "context"] {
            if asked.attrs.contains_key(key) {
                answer = answer.attr(key, attr(asked, key));
            }
        }
        Ok(Answer::Result(vec![answer.children([list]).build()]))
    }

    fn user(&self, asked: &Node, protocols: &[Node]) -> Result<Node> {
        let contact = asked.get_optional_child("contact").map(text);
        let jid = asked
            .attrs
            .get("jid")
            .and_then(wacore_binary::NodeValue::to_jid)
            .map(Jid::into_non_ad);
        let person = match (&jid, &contact) {
            (Some(jid), _) => self.find_person(jid),
            (None, Some(contact)) => self.person(number_of(contact)).ok(),
            (None, None) => None,
        };
        let mut answers = Vec::new();
        for protocol in protocols {
            match protocol.tag.as_ref() {
                "contact" => answers.push(contact_answer(contact.as_deref(), person.is_some())),
                "devices" => answers.push(self.devices_of(person, jid.as_ref())?),
                "lid" => {
                    // A user asked for by LID lacks only the number, which `pn_jid` gives.
                    if let Some(person) = person
                        && jid.as_ref().is_none_or(Jid::is_pn)
                    {
                        let lid = NodeBuilder::new("lid").attr("val", person.lid_jid());
                        answers.push(lid.build());
                    }
                }
                "disappearing_mode" => answers.push(
                    NodeBuilder::new("disappearing_mode")
                        .attr("duration", 0)
                        .attr("t", 0)
                        .build(),
                ),
                "status" => answers.push(NodeBuilder::new("status").attr("t", 0).build()),
                _ => {}
            }
        }
        let answers_by_lid = protocols
            .iter()
            .any(|protocol| protocol.tag == "contact" && attr(protocol, "addressing_mode") == "lid");
        let found = person.map(|person| {
            if answers_by_lid {
                person.lid_jid()
            } else {
                person.pn_jid()
            }
        });
        let name = jid.or(found);
        let mut user = NodeBuilder::new("user");
        if let Some(person) = person
            && name.as_ref().is_some_and(Jid::is_lid)
        {
            user = user.attr("pn_jid", person.pn_jid());
        }
        if let Some(name) = name {
            user = user.attr("jid", name);
        }
        Ok(user.children(answers).build())
    }

    /// The devices of a person, who is named as the client did: a phone, and for the owner the linked devices too.
    fn devices_of(&self, person: Option<&Person>, name: Option<&Jid>) -> Result<Node> {
        let Some(person) = person else {
            return Ok(NodeBuilder::new("devices")
                .children([NodeBuilder::new("device-list").build()])
                .build());
        };
        let name = name.cloned().unwrap_or_else(|| person.pn_jid());
        let mut jids = vec![name.clone()];
        let mut list = vec![NodeBuilder::new("device").attr("id", 0).build()];
        let is_owner = person.number == self.owner.number;
        if is_owner {
            jids.extend(self.devices.keys().map(|id| name.with_device(*id)));
            list.extend(self.devices.keys().map(|id| {
                NodeBuilder::new("device")
                    .attr("id", *id)
                    .attr("key-index", *id)
                    .build()
            }));
        }
        let hash = device_hash(&jids);
        let mut answer = vec![
            NodeBuilder::new("device-list")
                .attr("hash", hash)
                .children(list)
                .build(),
        ];
        if is_owner && !self.devices.is_empty() {
            answer.push(self.key_index_list()?);
        } else {
            answer.push(NodeBuilder::new("key-index-list").attr("ts", time::now()).build());
        }
        Ok(NodeBuilder::new("devices").children(answer).build())
    }
}

/// The digits of a number that is asked for as `+NUMBER` or `+NUMBER@c.us`.
fn number_of(contact: &str) -> &str {
    let number = contact.split('@').next().unwrap_or(contact);
    number.trim_start_matches('+')
}

fn contact_answer(asked: Option<&str>, is_known: bool) -> Node {
    let answer = NodeBuilder::new("contact").attr("type", if is_known { "in" } else { "out" });
    match asked {
        Some(number) => answer.bytes(number.as_bytes()).build(),
        None => answer.build(),
    }
}
