//! Load for benchmarks and tests: bursts as fast as they can be encrypted, or at a steady rate.

use std::num::NonZeroU32;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};
use waproto::whatsapp as wa;

use super::Simulator;
use super::changes::EditForm;
use super::connection::Handle;
use super::content;
use super::error::{Result, SimulatorError};
use super::event::ViewOnceForm;
use super::media::Media;
use super::perform::new_message;
use super::world::{Chat, World};

/// Number of messages that are made while the phone's world is locked.
const BATCH: usize = 64;

/// The content of a burst.
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
    /// Views of the owner's latest status, by the contacts who can see it, in turn and repeatedly.
    Views,
}

/// The prepared parts of a burst.
struct BurstPlan {
    kind: Burst,
    /// The authors, in turn.
    authors: Vec<String>,
    /// The view-once media.
    media: Option<wa::Message>,
    /// The status to view.
    status: Option<String>,
}

impl Simulator {
    /// Has the phone's contacts, in turn, send `count` messages of the burst's kind. Returns the ids of the messages in
    /// order: of the edits and deletions, not of the messages that they change.
    ///
    /// It returns when all are queued, waiting for devices that read slowly. Meant for simulators without a data folder:
    /// with one, every 64th message writes a snapshot.
    ///
    /// # Errors
    /// [`SimulatorError::Conflict`] when the phone has no contacts, or the owner no status to view.
    pub async fn burst(&self, phone: &str, kind: Burst, count: usize) -> Result<Vec<String>, SimulatorError> {
        self.run_burst(phone, kind, count, None).await
    }

    /// Sends as [`Self::burst`] does, but evenly, at most this many a second.
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
        self.run_burst(phone, kind, count, Some(per_second)).await
    }

    async fn run_burst(
        &self,
        phone: &str,
        kind: Burst,
        count: usize,
        per_second: Option<NonZeroU32>,
    ) -> Result<Vec<String>> {
        let shared = self.world(phone)?;
        let mut plan = shared.lock().await.plan_burst(kind)?;
        if kind == Burst::Placeholders {
            plan.media = Some(self.registry().media().make(Media::Image, None)?);
        }
        let each = per_second.map(|rate| Duration::from_secs(1) / rate.get());
        let batch = if each.is_some() { 1 } else { BATCH };
        let started = Instant::now();
        let mut ids = Vec::with_capacity(count);
        while ids.len() < count {
            if let Some(each) = each {
                let made = u32::try_from(ids.len()).unwrap_or(u32::MAX);
                sleep_until(started + each * made).await;
            }
            let mut world = shared.lock().await;
            for at in ids.len()..count.min(ids.len() + batch) {
                ids.push(world.send_one(&plan, at).await?);
            }
            world.commit()?;
            let connections: Vec<Handle> = world.connections.values().cloned().collect();
            drop(world);
            for connection in connections {
                connection.wait_for_capacity(batch).await;
            }
        }
        Ok(ids)
    }
}

impl World {
    fn plan_burst(&self, kind: Burst) -> Result<BurstPlan> {
        let mut plan = BurstPlan {
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
            plan.authors
                .retain(|viewer| self.view_refusal(status, viewer).is_none());
            plan.status = Some(status.id.clone());
        }
        if plan.authors.is_empty() {
            return Err(SimulatorError::Conflict(format!(
                "phone {} has no contacts who could do it: add one first",
                self.owner.number
            )));
        }
        Ok(plan)
    }

    async fn send_one(&mut self, plan: &BurstPlan, at: usize) -> Result<String> {
        let author = &plan.authors[at % plan.authors.len()];
        if let Some(status) = &plan.status {
            return self.view(author, status);
        }
        if let Some(media) = &plan.media {
            let message = content::view_once(media.clone(), ViewOnceForm::ViewOnceMessageV2);
            let logged = new_message(author, Chat::With(author.clone()), message, None);
            let id = logged.id.clone();
            self.send_placeholder(logged).await?;
            return Ok(id);
        }
        let text = format!("message {at}");
        let logged = if plan.kind == Burst::Statuses {
            new_message(author, Chat::Status, content::text_status(&text), None)
        } else {
            new_message(author, Chat::With(author.clone()), content::text(&text), None)
        };
        let id = self.send_new(logged).await?;
        match plan.kind {
            Burst::Edits => {
                let text = format!("message {at}, corrected");
                self.edit(author, &id, &text, EditForm::default()).await
            }
            Burst::Deletions => self.delete(author, &id).await,
            Burst::Texts | Burst::Statuses | Burst::Placeholders | Burst::Views => Ok(id),
        }
    }
}
