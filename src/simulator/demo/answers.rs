//! What contacts do when a linked device sends something: they read it, answer it, and look at the owner's statuses.

use std::time::Duration;

use rand::RngExt as _;
use rand::seq::IndexedRandom as _;
use tokio::time::Instant;

use super::Life;
use super::texts::ANSWERS;
use crate::simulator::error::Result;
use crate::simulator::stanza::STATUS;
use crate::simulator::{Event, SentMessage, Typing};

/// Nobody answers again before this time is over: two who answer each other at once would never end.
const ANSWERS_AGAIN: Duration = Duration::from_mins(3);
/// How many in a hundred look at a status.
const LOOK: u32 = 85;
/// How many in a hundred texts are answered.
const ANSWER: u32 = 60;

impl Life<'_> {
    /// Takes notice of what devices have sent, and plans what follows.
    pub(super) async fn notice(&mut self) -> Result<()> {
        let (sent, noticed) = self.simulator.sent_after(&self.phone, self.noticed).await?;
        self.noticed = noticed;
        for message in sent {
            let is_content = matches!(message.kind.as_str(), "text" | "image" | "video" | "audio");
            if is_content && message.to == STATUS {
                self.let_look(&message);
            } else if is_content && let [reader] = message.recipients.as_slice() {
                self.let_answer(reader, &message);
            }
        }
        Ok(())
    }

    /// Those whom a status reached look at it: one at once, most of the others soon.
    fn let_look(&mut self, status: &SentMessage) {
        for (at, viewer) in status.recipients.iter().enumerate() {
            let longest = if at == 0 { 8_000 } else { 75_000 };
            let wait = Duration::from_millis(self.echo.random_range(3_000..longest));
            if at == 0 || self.echo.random_range(0..100) < LOOK {
                let view = Event::View {
                    from: viewer.clone(),
                    message_id: status.message_id.clone(),
                };
                self.plan_in(wait, view);
            }
        }
    }

    fn let_answer(&mut self, reader: &str, message: &SentMessage) {
        let reads = Duration::from_millis(self.echo.random_range(2_000..6_000));
        let read = Event::Read {
            from: reader.to_owned(),
            message_id: message.message_id.clone(),
        };
        self.plan_in(reads, read);
        let answered = self.answered.get(reader);
        let is_tired = answered.is_some_and(|at| at.elapsed() < ANSWERS_AGAIN);
        if is_tired || self.echo.random_range(0..100) >= ANSWER {
            return;
        }
        let Some(text) = ANSWERS.choose(&mut self.echo) else {
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
