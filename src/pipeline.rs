//! The recording of WhatsApp's events: one batch of events, one transaction.
//!
//! ```text
//! BEGIN -> record each message -> each feature, in order -> number the events -> COMMIT -> publish
//! ```
//!
//! Only after that does the session acknowledge the batch to WhatsApp, so a crash anywhere here costs a redelivery
//! and nothing else. When a feature fails, the whole batch is rolled back.

use async_trait::async_trait;
use thiserror::Error;
use tracing::Instrument;

use crate::account::AccountRef;
use crate::contacts::{self, ChatKind, Names};
use crate::counts::Metric;
use crate::db::Fence;
use crate::event::{Chat, Content, Event, Message};
use crate::features::{EventContext, FeatureError, Registry};
use crate::messages::{self, Recorded};
use crate::whatsapp::{EventSink, SinkError, outbox};
use crate::work::{Core, Work, WorkError};

/// Error of recording a batch, which was rolled back.
#[derive(Debug, Error)]
pub enum PipelineError {
    /// The database or the user's key failed.
    #[error(transparent)]
    Work(#[from] WorkError),
    /// A feature failed.
    #[error("{feature} could not handle an event")]
    Feature {
        /// The feature's name.
        feature: &'static str,
        /// Its error.
        source: FeatureError,
    },
}

impl From<diesel::result::Error> for PipelineError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Work(error.into())
    }
}

/// Records events. Batches of one account come one after the other; accounts do not wait for each other.
#[derive(Debug, Clone)]
pub struct Pipeline {
    core: Core,
    registry: Registry,
}

impl Pipeline {
    /// A pipeline to the features of `registry`.
    pub fn new(core: Core, registry: Registry) -> Self {
        Self { core, registry }
    }

    /// Records a batch in order, commits it while `fence` holds, and announces the resulting events. Without a fence it is
    /// of no session.
    ///
    /// # Errors
    /// [`PipelineError`]; then nothing was committed, and the batch may be passed again.
    pub async fn process(
        &self,
        account: AccountRef,
        fence: Option<&Fence>,
        batch: &[Event],
    ) -> Result<(), PipelineError> {
        if batch.is_empty() {
            return Ok(());
        }
        let span = tracing::debug_span!("batch", account.id = %account.id, events = batch.len());
        async {
            let mut work = match fence {
                Some(fence) => self.core.begin_fenced(account.user, fence).await?,
                None => self.core.begin(account.user).await?,
            };
            for event in batch {
                self.apply(account, &mut work, event).await?;
            }
            work.commit().await?;
            self.count(batch);
            Ok(())
        }
        .instrument(span)
        .await
    }

    fn count(&self, batch: &[Event]) {
        let metrics = &self.core.metrics;
        metrics.batch_events.note_number(batch.len());
        for event in batch {
            metrics.whatsapp_events.add_one(event.kind());
        }
    }

    async fn apply(&self, account: AccountRef, work: &mut Work, event: &Event) -> Result<(), PipelineError> {
        let named = contacts::name_mentioned(work, account, event).await?;
        let event = named.as_ref();
        let message = record(account, work, event).await?;
        let mut cx = EventContext::new(account, work, message, self.registry.delay());
        for feature in self.registry.features() {
            feature
                .on_event(&mut cx, event)
                .await
                .map_err(|source| PipelineError::Feature {
                    feature: feature.name(),
                    source,
                })?;
        }
        Ok(())
    }
}

#[async_trait]
impl EventSink for Pipeline {
    async fn ingest(&self, account: AccountRef, fence: &Fence, batch: &[Event]) -> Result<(), SinkError> {
        Ok(self.process(account, Some(fence), batch).await?)
    }
}

/// Records what every feature may rely on: the message's row, and the people that the event names.
async fn record(
    account: AccountRef,
    work: &mut Work,
    event: &Event,
) -> diesel::QueryResult<Option<Recorded>> {
    match event {
        Event::Message(message) => {
            let recorded = messages::record(work, account, message).await?;
            if let Some(timer) = message.timer
                && matches!(recorded.chat_kind, ChatKind::Direct | ChatKind::Group)
            {
                contacts::remember_timer(work, recorded.chat, timer).await?;
            }
            if let Content::Part {
                target_wa_id,
                better: Some(better),
            } = &message.content
                && recorded.is_new
            {
                messages::improve_media(work, account, recorded, message.sent_at, target_wa_id, better)
                    .await?;
            }
            if recorded.is_new {
                count(account, work, recorded, message);
            }
            Ok(Some(recorded))
        }
        Event::Contact(change) => {
            let names = Names {
                name: change.name.as_deref(),
                verified_name: change.verified_name.as_deref(),
                ..Names::default()
            };
            contacts::resolve(work, account, &change.person, names).await?;
            Ok(None)
        }
        Event::NumberChange(change) => {
            contacts::follow_number_change(work, account, change).await?;
            Ok(None)
        }
        Event::Mute(mute) => {
            let contact = contacts::resolve(work, account, &mute.person, Names::default()).await?;
            contacts::set_muted(work, contact, mute.what, mute.is_muted).await?;
            Ok(None)
        }
        Event::Group(group) => {
            let chat = Chat::Group(group.jid.clone());
            contacts::name_chat(work, account, &chat, group.subject.as_deref()).await?;
            Ok(None)
        }
        Event::Timer(told) => {
            let (chat, kind) = contacts::resolve_chat(work, account, &told.chat).await?;
            if matches!(kind, ChatKind::Direct | ChatKind::Group) {
                contacts::remember_timer(work, chat, told.timer).await?;
            }
            Ok(None)
        }
        Event::Send(news) => {
            outbox::record(work, news).await?;
            Ok(None)
        }
        Event::Pause(pause) => {
            outbox::pause(work, account, pause).await?;
            Ok(None)
        }
        Event::Link(_) | Event::Receipt(_) => Ok(None),
    }
}

/// Counts messages that people wrote in chats and groups. Statuses, reactions, edits and deletions do not count.
fn count(account: AccountRef, work: &mut Work, recorded: Recorded, message: &Message) {
    let is_chat = matches!(recorded.chat_kind, ChatKind::Direct | ChatKind::Group);
    let is_written = matches!(
        message.content,
        Content::Text(_) | Content::Media(_) | Content::LostMedia { .. } | Content::ViewOnce(_)
    );
    if !is_chat || !is_written {
        return;
    }
    if message.is_from_me {
        work.count(Metric::MessagesSent, account.id, None, message.sent_at);
    } else {
        work.count(
            Metric::MessagesReceived,
            account.id,
            recorded.sender,
            message.sent_at,
        );
    }
}
