//! Load: more messages than people type, as fast as they can be encrypted.

use super::Simulator;
use super::error::{Result, SimulatorError};
use super::event::{self, ViewOnceForm};
use super::happen::said;
use super::line::Line;
use super::media::Media;
use super::world::{Chat, World};

/// How many messages are made while the phone's world is locked.
const CHUNK: usize = 64;

/// What a burst consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Burst {
    /// Text messages.
    Texts,
    /// Statuses of text.
    Statuses,
    /// Placeholders of view-once messages, which carry no ciphertext.
    Placeholders,
}

impl Simulator {
    /// Lets the phone's contacts, in turn, send this many messages. Answers their ids in order.
    ///
    /// It returns when all are on their way, waiting for devices that read slowly. Meant for simulators without a data
    /// folder: with one, each sixty-fourth message writes a snapshot.
    ///
    /// # Errors
    /// [`SimulatorError::Conflict`] when the phone has no contacts.
    pub async fn burst(&self, phone: &str, kind: Burst, count: usize) -> Result<Vec<String>, SimulatorError> {
        let shared = self.world(phone)?;
        let authors: Vec<String> = shared.lock().await.contacts.keys().cloned().collect();
        if authors.is_empty() {
            return Err(SimulatorError::Conflict(format!(
                "phone {phone} has no contacts who could write: add one first"
            )));
        }
        let placeholder = match kind {
            Burst::Placeholders => Some(self.registry().shelf().make(Media::Image, None)?),
            Burst::Texts | Burst::Statuses => None,
        };
        let mut ids = Vec::with_capacity(count);
        while ids.len() < count {
            let mut world = shared.lock().await;
            for at in ids.len()..count.min(ids.len() + CHUNK) {
                let author = &authors[at % authors.len()];
                let id = match &placeholder {
                    Some(media) => {
                        let form = ViewOnceForm::ViewOnceMessageV2;
                        let message = event::view_once(media.clone(), form);
                        let said = said(author, Chat::With(author.clone()), message, None);
                        let id = said.id.clone();
                        world.send_placeholder(said).await?;
                        id
                    }
                    None => world.send_numbered(author, kind, at).await?,
                };
                ids.push(id);
            }
            world.commit()?;
            let lines: Vec<Line> = world.lines.values().cloned().collect();
            drop(world);
            for line in lines {
                line.make_room(CHUNK).await;
            }
        }
        Ok(ids)
    }
}

impl World {
    async fn send_numbered(&mut self, author: &str, kind: Burst, number: usize) -> Result<String> {
        let text = format!("message {number}");
        let said = if kind == Burst::Statuses {
            said(author, Chat::Status, event::text_status(&text), None)
        } else {
            said(author, Chat::With(author.to_owned()), event::text(&text), None)
        };
        let id = said.id.clone();
        self.send(said).await?;
        Ok(id)
    }
}
