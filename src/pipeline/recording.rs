use std::time::Instant;

use async_trait::async_trait;
use thiserror::Error;
use tracing::field::Empty;
use tracing::{Instrument, Span};

use super::feature_times::FeatureTimes;
use super::steps::{Step, changed_message, steps};
use crate::account::AccountRef;
use crate::contacts::{self, ChatKind, Names};
use crate::counts::Metric;
use crate::db::Fence;
use crate::event::{Chat, Content, Event, Message, Person};
use crate::features::{EventContext, Feature, FeatureError, Received, Registry};
use crate::messages::{self, Recorded};
use crate::metrics::Metrics;
use crate::whatsapp::{Committed, EventSink, SinkError, UnstoredWrites, outbox};
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

    /// Records a batch in order, and what the library wrote meanwhile, commits both while `fence` holds, and announces the
    /// resulting events. Without a fence it is of no session.
    ///
    /// # Errors
    /// [`PipelineError`]; then nothing was committed, and the batch may be passed again.
    pub async fn process(
        &self,
        account: AccountRef,
        fence: Option<&Fence>,
        batch: &[Event],
        unstored: Option<&UnstoredWrites<'_>>,
    ) -> Result<Committed, PipelineError> {
        let span = tracing::debug_span!(
            "batch",
            account.id = %account.id,
            events = batch.len(),
            begin_ms = Empty,
            statements_ms = Empty,
            commit_ms = Empty,
            publish_ms = Empty,
        );
        let mut times = FeatureTimes::new(&span, batch.len());
        async {
            let begun = Instant::now();
            let mut work = match fence {
                Some(fence) => self.core.begin_fenced(account.user, fence).await?,
                None => self.core.begin(account.user).await?,
            };
            let opened = note_stage(&self.core.metrics, "BEGIN", "begin_ms", begun);
            if let Some(unstored) = unstored {
                unstored.write(&work).await?;
            }
            read_ahead(account, &mut work, batch).await?;
            for step in steps(batch) {
                self.apply(account, &mut work, step, &mut times).await?;
            }
            note_stage(&self.core.metrics, "STATEMENTS", "statements_ms", opened);
            let has_sends = work.has_sends();
            work.commit().await?;
            self.count(batch);
            tracing::debug!(longest = times.longest(), "committed a batch of events");
            Ok(Committed { has_sends })
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

    async fn apply(
        &self,
        account: AccountRef,
        work: &mut Work,
        step: Step<'_>,
        times: &mut FeatureTimes,
    ) -> Result<(), PipelineError> {
        match step {
            Step::Messages(messages) => self.apply_messages(account, work, &messages, times).await,
            Step::Other(event) => {
                times.measure("messages", record(account, work, event)).await?;
                let mut cx = EventContext::new(account, work, self.registry.delay());
                for feature in self.registry.features() {
                    let taken = times.measure(feature.name(), feature.on_event(&mut cx, event));
                    taken.await.map_err(|source| failed(feature, source))?;
                }
                Ok(())
            }
        }
    }

    async fn apply_messages(
        &self,
        account: AccountRef,
        work: &mut Work,
        messages: &[&Message],
        times: &mut FeatureTimes,
    ) -> Result<(), PipelineError> {
        let recording = async {
            messages::meet(work, account, messages).await?;
            let mut named = Vec::with_capacity(messages.len());
            for message in messages {
                named.push(contacts::name_mentioned(work, account, message).await?);
            }
            let messages: Vec<&Message> = named.iter().map(AsRef::as_ref).collect();
            let recorded = messages::record(work, account, &messages).await?;
            for (recorded, message) in recorded.iter().zip(messages) {
                follow_up(account, work, *recorded, message).await?;
            }
            Ok::<_, PipelineError>((named, recorded))
        };
        let (named, recorded) = times.measure("messages", recording).await?;
        let received = recorded.into_iter().zip(&named);
        let received = received.map(|(recorded, message)| Received { recorded, message });
        // What changes a message comes after every feature has taken that in.
        let (changes, others): (Vec<_>, Vec<_>) =
            received.partition(|one| changed_message(one.message).is_some());
        let mut cx = EventContext::new(account, work, self.registry.delay());
        for received in [others, changes].iter().filter(|received| !received.is_empty()) {
            for feature in self.registry.features() {
                let taken = times.measure(feature.name(), feature.on_messages(&mut cx, received));
                taken.await.map_err(|source| failed(feature, source))?;
            }
        }
        Ok(())
    }
}

/// Notes that a stage that began at `begun` is over, in the metrics and in the field `field` of the batch's span. Returns
/// the time.
fn note_stage(metrics: &Metrics, stage: &'static str, field: &'static str, begun: Instant) -> Instant {
    let now = Instant::now();
    let took = now - begun;
    metrics.stage_seconds.note(stage, took);
    Span::current().record(field, took.as_secs_f64() * 1_000.0);
    now
}

fn failed(feature: &dyn Feature, source: FeatureError) -> PipelineError {
    PipelineError::Feature {
        feature: feature.name(),
        source,
    }
}

fn messages_of(events: &[Event]) -> impl Iterator<Item = &Message> {
    events.iter().filter_map(|event| match event {
        Event::Message(message) => Some(&**message),
        Event::Link(_)
        | Event::Receipt(_)
        | Event::Contact(_)
        | Event::NumberChange(_)
        | Event::Mute(_)
        | Event::Group(_)
        | Event::Timer(_)
        | Event::Send(_)
        | Event::Pause(_) => None,
    })
}

#[async_trait]
impl EventSink for Pipeline {
    async fn ingest(
        &self,
        account: AccountRef,
        fence: &Fence,
        batch: &[Event],
        unstored: Option<&UnstoredWrites<'_>>,
    ) -> Result<Committed, SinkError> {
        Ok(self.process(account, Some(fence), batch, unstored).await?)
    }
}

/// Reads at once what the messages of a batch concern: who wrote them, and which of them came before.
async fn read_ahead(account: AccountRef, work: &mut Work, batch: &[Event]) -> diesel::QueryResult<()> {
    let mut people: Vec<&Person> = messages_of(batch).map(|message| &message.sender).collect();
    people.extend(messages_of(batch).filter_map(|message| match &message.chat {
        Chat::Direct(contact) => Some(contact),
        Chat::Group(_) | Chat::Status | Chat::Channel(_) => None,
    }));
    contacts::read_ahead(work, account, &people).await?;
    let wa_ids: Vec<&str> = messages_of(batch).map(|message| message.wa_id.as_str()).collect();
    messages::read_ahead(work, account.id, &wa_ids).await
}

/// Does what follows from a message whatever the features do.
async fn follow_up(
    account: AccountRef,
    work: &mut Work,
    recorded: Recorded,
    message: &Message,
) -> diesel::QueryResult<()> {
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
        messages::improve_media(work, account, recorded, message.sent_at, target_wa_id, better).await?;
    }
    if recorded.is_new {
        count(account, work, recorded, message);
    }
    Ok(())
}

/// Records what every feature may rely on of an event that is no message: the people and chats that it names, and what
/// became of sends.
async fn record(account: AccountRef, work: &mut Work, event: &Event) -> diesel::QueryResult<()> {
    match event {
        Event::Contact(change) => {
            let names = Names {
                name: change.name.as_deref(),
                verified_name: change.verified_name.as_deref(),
                ..Names::default()
            };
            contacts::resolve(work, account, &change.person, names).await?;
            Ok(())
        }
        Event::NumberChange(change) => {
            contacts::follow_number_change(work, account, change).await?;
            Ok(())
        }
        Event::Mute(mute) => {
            let contact = contacts::resolve(work, account, &mute.person, Names::default()).await?;
            contacts::set_muted(work, contact, mute.what, mute.is_muted).await?;
            Ok(())
        }
        Event::Group(group) => {
            let chat = Chat::Group(group.jid.clone());
            contacts::name_chat(work, account, &chat, group.subject.as_deref()).await?;
            Ok(())
        }
        Event::Timer(told) => {
            let (chat, kind) = contacts::resolve_chat(work, account, &told.chat).await?;
            if matches!(kind, ChatKind::Direct | ChatKind::Group) {
                contacts::remember_timer(work, chat, told.timer).await?;
            }
            Ok(())
        }
        Event::Send(news) => {
            outbox::record(work, news).await?;
            Ok(())
        }
        Event::Pause(pause) => {
            outbox::pause(work, account, pause).await?;
            Ok(())
        }
        Event::Message(_) | Event::Link(_) | Event::Receipt(_) => Ok(()),
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
