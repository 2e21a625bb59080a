//! `w:g2`: the groups that the account is in.

use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;

use super::Answer;
use crate::simulator::error::Result;
use crate::simulator::stanza::jid;
use crate::simulator::world::World;

impl World {
    pub(super) fn answer_groups(&self, iq: &Node, tag: &str) -> Result<Answer> {
        if tag == "participating" {
            let mut groups = Vec::new();
            for group in self.groups.values() {
                groups.push(self.describe_group(group)?);
            }
            let groups = NodeBuilder::new("groups").children(groups).build();
            return Ok(Answer::Result(vec![groups]));
        }
        let group = self.groups.get(jid(iq, "to")?.user.as_str());
        match (tag, group) {
            ("query", Some(group)) => Ok(Answer::Result(vec![self.describe_group(group)?])),
            ("query", None) => Ok(Answer::Error(404, "item-not-found")),
            _ => Ok(Answer::Error(501, "feature-not-implemented")),
        }
    }
}
