//! `usync`: people on WhatsApp, with their addresses and devices.

use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node};

use super::Answer;
use crate::simulator::device::text;
use crate::simulator::error::Result;
use crate::simulator::person::Person;
use crate::simulator::stanza::{attr, child, children};
use crate::simulator::time;
use crate::simulator::world::World;

impl World {
    pub(super) fn answer_usync(&self, iq: &Node) -> Result<Answer> {
        let asked = child(iq, "usync")?;
        let protocols: Vec<&str> = children(child(asked, "query")?)
            .iter()
            .map(|protocol| protocol.tag.as_ref())
            .collect();
        let mut users = Vec::new();
        for user in children(child(asked, "list")?) {
            users.push(self.user(user, &protocols)?);
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

    fn user(&self, asked: &Node, protocols: &[&str]) -> Result<Node> {
        let contact = asked.get_optional_child("contact").map(text);
        let jid = asked
            .attrs
            .get("jid")
            .and_then(wacore_binary::NodeValue::to_jid)
            .map(Jid::into_non_ad);
        let person = match (&jid, &contact) {
            (Some(jid), _) => self.find_person(jid),
            (None, Some(number)) => self.person(number.trim_start_matches('+')).ok(),
            (None, None) => None,
        };
        let mut answers = Vec::new();
        for protocol in protocols {
            match *protocol {
                "contact" => answers.push(contact_answer(contact.as_deref(), person.is_some())),
                "devices" => answers.push(self.devices_of(person)?),
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
        let mut user = NodeBuilder::new("user");
        if let Some(person) = person
            && jid.as_ref().is_some_and(Jid::is_lid)
        {
            user = user.attr("pn_jid", person.pn_jid());
        }
        if let Some(jid) = jid.or_else(|| person.map(Person::pn_jid)) {
            user = user.attr("jid", jid);
        }
        Ok(user.children(answers).build())
    }

    /// The devices of a person: a phone, and for the owner the linked devices too.
    fn devices_of(&self, person: Option<&Person>) -> Result<Node> {
        let Some(person) = person else {
            return Ok(NodeBuilder::new("devices")
                .children([NodeBuilder::new("device-list").build()])
                .build());
        };
        let mut list = vec![NodeBuilder::new("device").attr("id", 0).build()];
        let is_owner = person.number == self.owner.number;
        if is_owner {
            list.extend(self.devices.keys().map(|id| {
                NodeBuilder::new("device")
                    .attr("id", *id)
                    .attr("key-index", *id)
                    .build()
            }));
        }
        let hash = format!("2:{:08x}", list.len());
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

fn contact_answer(asked: Option<&str>, is_known: bool) -> Node {
    let answer = NodeBuilder::new("contact").attr("type", if is_known { "in" } else { "out" });
    match asked {
        Some(number) => answer.bytes(number.as_bytes()).build(),
        None => answer.build(),
    }
}
