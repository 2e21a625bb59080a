//! Load: more than people do, as fast as it can be encrypted, or so much a second.

use std::num::NonZeroU32;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};
use waproto::whatsapp as wa;

use super::Simulator;
use super::error::{Result, SimulatorError};
use super::event::{self, ViewOnceForm};
use super::happen::said;
use super::line::Line;
use super::media::Media;
use super::world::{Chat, World};

/// How many are made while the phone's world is locked.
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
    /// Edits, each of a text message that comes right before it.
    Edits,
    /// Deletions, each of a text message that comes right before it.
    Deletions,
    /// Receipts of those who can look at the owner's latest status, in turn and again and again.
    Views,
}

/// What a burst needs to be made of.
struct Making {
    kind: Burst,
    /// Who does it, in turn.
    authors: Vec<String>,
    /// What is to be seen once.
    media: Option<wa::Message>,
    /// The status that is looked at.
    status: Option<String>,
}

impl Simulator {
    /// Lets the phone's contacts, in turn, do this many times what the burst consists of. Answers the ids of the
    /// messages in order: of the edits and deletions, not of what they are about.
    ///
    /// It returns when all are on their way, waiting for devices that read slowly. Meant for simulators without a data
    /// folder: with one, each sixty-fourth writes a snapshot.
    ///
    /// # Errors
    /// [`SimulatorError::Conflict`] when nobody can do it: the phone has no contacts, or the owner no status to look at.
    pub async fn burst(&self, phone: &str, kind: Burst, count: usize) -> Result<Vec<String>, SimulatorError> {
        self.make_load(phone, kind, count, None).await
    }

    /// As [`Self::burst`], but evenly, at most this many a second.
    ///
    /// # Errors
    /// As [`Self::burst`].
    pub async fn burst_at(
        &self,
        phone: &str,
        kind: Burst,
        count: usize,
        per_second: NonZeroU32,
    ) -> Result<Vec<String>, SimulatorError> {
        self.make_load(phone, kind, count, Some(per_second)).await
    }

    async fn make_load(
        &self,
        phone: &str,
        kind: Burst,
        count: usize,
        per_second: Option<NonZeroU32>,
    ) -> Result<Vec<String>> {
        let shared = self.world(phone)?;
        let mut making = shared.lock().await.making(kind)?;
        if kind == Burst::Placeholders {
            making.media = Some(self.registry().shelf().make(Media::Image, None)?);
        }
        let each = per_second.map(|rate| Duration::from_secs(1) / rate.get());
        let chunk = if each.is_some() { 1 } else { CHUNK };
        let started = Instant::now();
        let mut ids = Vec::with_capacity(count);
        while ids.len() < count {
            if let Some(each) = each {
                let made = u32::try_from(ids.len()).unwrap_or(u32::MAX);
                sleep_until(started + each * made).await;
            }
            let mut world = shared.lock().await;
            for at in ids.len()..count.min(ids.len() + chunk) {
                ids.push(world.make(&making, at).await?);
            }
            world.commit()?;
            let lines: Vec<Line> = world.lines.values().cloned().collect();
            drop(world);
            for line in lines {
                line.make_room(chunk).await;
            }
        }
        Ok(ids)
    }
}

impl World {
    fn making(&self, kind: Burst) -> Result<Making> {
        let mut making = Making {
            kind,
            authors: self.contacts.keys().cloned().collect(),
            media: None,
            status: None,
        };
        if kind == Burst::Views {
            let status = self.latest_status().ok_or_else(|| {
                SimulatorError::Conflict(
                    "the owner has no status to look at: let a device post one".to_owned(),
                )
            })?;
            making
                .authors
                .retain(|viewer| self.hides(status, viewer).is_none());
            making.status = Some(status.id.clone());
        }
        if making.authors.is_empty() {
            return Err(SimulatorError::Conflict(format!(
                "phone {} has no contacts who could do it: add one first",
                self.owner.number
            )));
        }
        Ok(making)
    }

    async fn make(&mut self, making: &Making, at: usize) -> Result<String> {
        let author = &making.authors[at % making.authors.len()];
        if let Some(status) = &making.status {
            return self.view(author, status);
        }
        if let Some(media) = &making.media {
            let message = event::view_once(media.clone(), ViewOnceForm::ViewOnceMessageV2);
            let said = said(author, Chat::With(author.clone()), message, None);
            let id = said.id.clone();
            self.send_placeholder(said).await?;
            return Ok(id);
        }
        let text = format!("message {at}");
        let said = if making.kind == Burst::Statuses {
            said(author, Chat::Status, event::text_status(&text), None)
        } else {
            said(author, Chat::With(author.clone()), event::text(&text), None)
        };
        let id = self.send_said(said).await?;
        match making.kind {
            Burst::Edits => {
                self.edit(author, &id, &format!("message {at}, corrected"), false)
                    .await
            }
            Burst::Deletions => self.delete(author, &id).await,
            Burst::Texts | Burst::Statuses | Burst::Placeholders | Burst::Views => Ok(id),
        }
    }
}
