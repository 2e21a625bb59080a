//! `w:biz`: profiles of businesses.

use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;

use super::Answer;
use crate::simulator::error::Result;
use crate::simulator::stanza::{attr, child, children, jid};
use crate::simulator::world::World;

impl World {
    /// Answers with the profiles of those who are asked for and have one.
    pub(super) fn answer_business(&self, iq: &Node) -> Result<Answer> {
        let asked = child(iq, "business_profile")?;
        let mut profiles = Vec::new();
        for profile in children(asked) {
            let name = jid(profile, "jid")?;
            let Some(business) = self
                .find_person(&name)
                .and_then(|person| person.business.as_ref())
            else {
                continue;
            };
            let texts = [
                ("description", &business.description),
                ("address", &business.address),
                ("email", &business.email),
            ];
            let content = texts.into_iter().filter_map(|(tag, text)| {
                let text = text.as_ref()?;
                Some(NodeBuilder::new(tag).bytes(text.as_bytes()).build())
            });
            profiles.push(
                NodeBuilder::new("profile")
                    .attr("jid", name)
                    .children(content)
                    .build(),
            );
        }
        let answer = NodeBuilder::new("business_profile").attr("v", attr(asked, "v"));
        Ok(Answer::Result(vec![answer.children(profiles).build()]))
    }
}
