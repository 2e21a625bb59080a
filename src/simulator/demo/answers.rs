//! Reactions of contacts to the linked devices: they read and answer messages, and view the owner's statuses.

use std::time::Duration;

use rand::RngExt as _;
use rand::seq::IndexedRandom as _;
use tokio::time::Instant;

use super::run::DemoRun;
use super::texts::ANSWERS;
use crate::simulator::error::Result;
use crate::simulator::stanza::STATUS;
use crate::simulator::{Event, SentMessage, Typing};

/// Time before a contact answers again, because two that answer each other at once would never stop.
const ANSWER_COOLDOWN: Duration = Duration::from_mins(3);
/// Percentage of recipients that view a status.
const VIEW_PERCENT: u32 = 85;
/// Percentage of texts that are answered.
const ANSWER_PERCENT: u32 = 60;

impl DemoRun<'_> {
    /// Plans the reactions to the messages that devices have sent since the last call.
    pub(super) async fn react_to_sent(&mut self) -> Result<()> {
        let (sent, handled_count) = self.simulator.sent_after(&self.phone, self.handled_count).await?;
        self.handled_count = handled_count;
        for message in sent {
            let is_content = matches!(message.kind.as_str(), "text" | "image" | "video" | "audio");
            if is_content && message.to == STATUS {
                self.plan_views(&message);
            } else if is_content && let [reader] = message.recipients.as_slice() {
                self.plan_answer(reader, &message);
            }
        }
        Ok(())
    }

    /// Plans the views of a status: one recipient at once, most of the others within a minute or so.
    fn plan_views(&mut self, status: &SentMessage) {
        for (at, viewer) in status.recipients.iter().enumerate() {
            let longest = if at == 0 { 8_000 } else { 75_000 };
            let wait = Duration::from_millis(self.reaction_rng.random_range(3_000..longest));
            if at == 0 || self.reaction_rng.random_range(0..100) < VIEW_PERCENT {
                let view = Event::View {
                    from: viewer.clone(),
                    message_id: status.message_id.clone(),
                };
                self.plan_in(wait, view);
            }
        }
    }

    fn plan_answer(&mut self, reader: &str, message: &SentMessage) {
        let reads = Duration::from_millis(self.reaction_rng.random_range(2_000..6_000));
        let read = Event::Read {
            from: reader.to_owned(),
            message_id: message.message_id.clone(),
        };
        self.plan_in(reads, read);
        let answered = self.answered.get(reader);
        let is_tired = answered.is_some_and(|at| at.elapsed() < ANSWER_COOLDOWN);
        if is_tired || self.reaction_rng.random_range(0..100) >= ANSWER_PERCENT {
            return;
        }
        let Some(text) = ANSWERS.choose(&mut self.reaction_rng) else {
            return;
        };
        self.answered.insert(reader.to_owned(), Instant::now());
        let typing = Event::Typing {
            from: reader.to_owned(),
            chat: None,
            state: Typing::Composing,
        };
        self.plan_in(reads + Duration::from_secs(1), typing);
        let answer = Event::Message {
            from: reader.to_owned(),
            chat: None,
            text: Some((*text).to_owned()),
            media: None,
        };
        self.plan_in(reads + Duration::from_secs(4), answer);
    }
}
