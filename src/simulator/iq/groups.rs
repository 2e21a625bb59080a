//! `w:g2`: the groups that the account is in.

use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;

use super::Answer;
use crate::simulator::error::Result;
use crate::simulator::stanza::jid;
use crate::simulator::world::{Addressing, Group, World};

impl World {
    pub(super) fn answer_groups(&self, iq: &Node, tag: &str) -> Result<Answer> {
        if tag == "participating" {
            let mut groups = Vec::new();
            for group in self.groups.values() {
                groups.push(self.describe(group)?);
            }
            let groups = NodeBuilder::new("groups").children(groups).build();
            return Ok(Answer::Result(vec![groups]));
        }
        let group = self.groups.get(jid(iq, "to")?.user.as_str());
        match (tag, group) {
            ("query", Some(group)) => Ok(Answer::Result(vec![self.describe(group)?])),
            ("query", None) => Ok(Answer::Error(404, "item-not-found")),
            _ => Ok(Answer::Error(501, "feature-not-implemented")),
        }
    }

    fn describe(&self, group: &Group) -> Result<Node> {
        let mut participants = vec![self.participant(&self.owner.number, true)?];
        for member in &group.members {
            participants.push(self.participant(member, false)?);
        }
        let is_lid = self.addressing == Addressing::Lid;
        Ok(NodeBuilder::new("group")
            .attr("id", group.id.as_str())
            .attr("subject", group.name.as_str())
            .attr("creation", group.created_at)
            .attr("creator", self.name_of(&self.owner))
            .attr("s_t", group.created_at)
            .attr("s_o", self.name_of(&self.owner))
            .attr("size", participants.len())
            .attr("addressing_mode", if is_lid { "lid" } else { "pn" })
            .children(participants)
            .build())
    }

    fn participant(&self, number: &str, is_admin: bool) -> Result<Node> {
        let person = self.person(number)?;
        let mut participant = NodeBuilder::new("participant").attr("jid", self.name_of(person));
        if is_admin {
            participant = participant.attr("type", "superadmin");
        }
        Ok(match self.addressing {
            Addressing::Lid => participant.attr("phone_number", person.pn_jid()),
            Addressing::Pn => participant.attr("lid", person.lid_jid()),
        }
        .build())
    }
}
