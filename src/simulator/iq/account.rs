//! Requests about the account itself: app state, media servers, properties, privacy, and unlinking.

use serde_json::json;
use wacore::iq::mex_operations::fetch_reachout_timelock::DOC_ID as REACHOUT_TIMELOCK;
use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;

use super::Answer;
use crate::simulator::error::Result;
use crate::simulator::media_address::HOST;
use crate::simulator::stanza::{attr, child, children, iq_result};
use crate::simulator::time;
use crate::simulator::world::World;

/// Categories of the privacy settings; each has its default, `all`.
const PRIVACY: [&str; 8] = [
    "last",
    "online",
    "profile",
    "status",
    "groupadd",
    "readreceipts",
    "calladd",
    "messages",
];

/// Namespaces whose requests are answered with an empty result.
const EMPTY_RESULT_NAMESPACES: [&str; 9] = [
    "privacy",
    "urn:xmpp:whatsapp:dirty",
    "urn:xmpp:whatsapp:push",
    "urn:xmpp:ping",
    "w:p",
    "status",
    "disappearing_mode",
    "w:stats",
    "tos",
];

impl World {
    pub(super) fn answer_account(
        &mut self,
        device: u16,
        iq: &Node,
        namespace: &str,
        tag: &str,
    ) -> Result<Answer> {
        match (namespace, tag) {
            ("w:sync:app:state", _) => self.answer_app_state(device, iq),
            ("abt", _) | ("w", "props") => {
                let props = NodeBuilder::new("props")
                    .attr("protocol", 1)
                    .attr("hash", "simulator")
                    .attr("refresh", 86_400);
                Ok(Answer::Result(vec![props.build()]))
            }
            ("blocklist", _) => Ok(Answer::Result(vec![NodeBuilder::new("list").build()])),
            ("privacy", "privacy") if attr(iq, "type") == "get" => Ok(Answer::Result(vec![privacy()])),
            ("md", "remove-companion-device") => {
                self.send_to_device(device, iq_result(&attr(iq, "id"), Vec::new()));
                self.unlink(device)?;
                Ok(Answer::Sent)
            }
            ("w:mex", _) => Ok(Answer::Result(vec![self.answer_mex(child(iq, "query")?)])),
            (namespace, _) if EMPTY_RESULT_NAMESPACES.contains(&namespace) => Ok(Answer::Result(Vec::new())),
            _ => {
                tracing::debug!(%namespace, %tag, "a client asks for what the simulator does not know");
                Ok(Answer::Error(501, "feature-not-implemented"))
            }
        }
    }

    /// Answers a GraphQL query of WhatsApp's: the state of the reach-out timelock.
    fn answer_mex(&self, query: &Node) -> Node {
        let until = self.pending_faults.timelock_until;
        let answer = if attr(query, "query_id") == REACHOUT_TIMELOCK {
            let state = if until > time::now() {
                json!({ "is_active": true, "time_enforcement_ends": until.to_string() })
            } else {
                json!({ "is_active": false })
            };
            json!({ "data": { "xwa2_fetch_account_reachout_timelock": state } })
        } else {
            let extensions = json!({ "error_code": 404, "severity": "CRITICAL" });
            let error = json!({ "message": "unknown query", "extensions": extensions });
            json!({ "data": null, "errors": [error] })
        };
        NodeBuilder::new("result")
            .bytes(answer.to_string().into_bytes())
            .build()
    }

    fn answer_app_state(&mut self, device: u16, iq: &Node) -> Result<Answer> {
        let mut answers = Vec::new();
        let mut changed = Vec::new();
        for asked in children(child(iq, "sync")?) {
            let (answer, is_changed) = self.app_state.answer(asked)?;
            answers.push(answer);
            if is_changed {
                changed.push(attr(asked, "name"));
            }
        }
        for collection in changed {
            self.announce_app_state_except(&collection, Some(device))?;
        }
        let sync = NodeBuilder::new("sync").children(answers).build();
        Ok(Answer::Result(vec![sync]))
    }
}

/// The media server and the secret for uploads to it.
pub(super) fn media_conn(auth: &str) -> Node {
    NodeBuilder::new("media_conn")
        .attr("auth", auth)
        .attr("ttl", 3_600)
        .attr("auth_ttl", 21_600)
        .attr("max_buckets", 12)
        .children([NodeBuilder::new("host")
            .attr("hostname", HOST)
            .attr("type", "primary")
            .build()])
        .build()
}

fn privacy() -> Node {
    let categories = PRIVACY.map(|name| {
        NodeBuilder::new("category")
            .attr("name", name)
            .attr("value", "all")
            .build()
    });
    NodeBuilder::new("privacy").children(categories).build()
}
