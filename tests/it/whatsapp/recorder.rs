//! A sink that records its events.

use std::sync::Mutex;

use amda::account::AccountRef;
use amda::db::Fence;
use amda::event::Event;
use amda::whatsapp::{Committed, EventSink, SinkError, UnstoredWrites, outbox};
use amda::work::{Core, WorkError};
use async_trait::async_trait;
use tokio::sync::watch;

/// Records events, and fails on command. Outcomes of sends go to the outbox, as in the pipeline.
#[derive(Debug)]
pub(super) struct Recorder {
    core: Core,
    pub(super) events: watch::Sender<Vec<(AccountRef, Event)>>,
    fault: Mutex<(Fault, EventFilter)>,
    resumed: watch::Sender<bool>,
    /// Number of faults so far.
    pub(super) faults: watch::Sender<u32>,
}

/// Filter of the events that meet a fault, together with their whole batch.
type EventFilter = fn(&Event) -> bool;

/// Fault of the sink.
#[derive(Debug, Clone, Copy)]
enum Fault {
    /// It fails this many times.
    Fails(u32),
    /// It does not return before [`Recorder::resume`].
    Hangs,
}

impl Recorder {
    /// Makes a sink without events.
    pub(super) fn new(core: Core) -> Self {
        Self {
            core,
            events: watch::Sender::new(Vec::new()),
            fault: Mutex::new((Fault::Fails(0), is_message as EventFilter)),
            resumed: watch::Sender::new(true),
            faults: watch::Sender::new(0),
        }
    }

    /// Fails `times` times, for batches with a message.
    pub(super) fn fail(&self, times: u32) {
        self.fail_at(times, is_message);
    }

    /// Fails `times` times, for batches with an affected event.
    pub(super) fn fail_at(&self, times: u32, is_affected: EventFilter) {
        *self.fault.lock().unwrap() = (Fault::Fails(times), is_affected);
    }

    /// Hangs on batches with a message from now on, until [`Self::resume`].
    pub(super) fn hang(&self) {
        self.resumed.send_replace(false);
        *self.fault.lock().unwrap() = (Fault::Hangs, is_message as EventFilter);
    }

    /// Takes the batches on that it hung on; a fault that was set meanwhile applies to them.
    pub(super) fn resume(&self) {
        self.resumed.send_replace(true);
    }

    /// Number of failures that are still to come.
    pub(super) fn failures_left(&self) -> u32 {
        match self.fault.lock().unwrap().0 {
            Fault::Fails(times) => times,
            Fault::Hangs => u32::MAX,
        }
    }

    /// Takes the fault that `batch` meets, if any.
    fn fault(&self, batch: &[Event]) -> Option<Fault> {
        let (fault, is_affected) = &mut *self.fault.lock().unwrap();
        if !batch.iter().any(*is_affected) {
            return None;
        }
        let due = *fault;
        match fault {
            Fault::Fails(0) => return None,
            Fault::Fails(times) => *times -= 1,
            Fault::Hangs => {}
        }
        self.faults.send_modify(|count| *count += 1);
        Some(due)
    }

    async fn settle(&self, account: AccountRef, batch: &[Event]) -> Result<(), WorkError> {
        for event in batch {
            if !matches!(event, Event::Send(_) | Event::Pause(_)) {
                continue;
            }
            let mut work = self.core.begin(account.user).await?;
            match event {
                Event::Send(news) => outbox::record(&mut work, news).await?,
                Event::Pause(pause) => outbox::pause(&mut work, account, pause).await?,
                _ => {}
            }
            work.commit().await?;
        }
        Ok(())
    }
}

fn is_message(event: &Event) -> bool {
    matches!(event, Event::Message(_))
}

#[async_trait]
impl EventSink for Recorder {
    async fn ingest(
        &self,
        account: AccountRef,
        fence: &Fence,
        batch: &[Event],
        unstored: Option<&UnstoredWrites<'_>>,
    ) -> Result<Committed, SinkError> {
        while let Some(fault) = self.fault(batch) {
            match fault {
                Fault::Fails(_) => return Err("the sink was told to fail".into()),
                Fault::Hangs => drop(self.resumed.subscribe().wait_for(|resumed| *resumed).await?),
            }
        }
        if let Some(unstored) = unstored {
            let work = self.core.begin_fenced(account.user, fence).await?;
            unstored.write(&work).await?;
            work.commit().await?;
        }
        self.settle(account, batch).await?;
        self.events
            .send_modify(|events| events.extend(batch.iter().map(|event| (account, event.clone()))));
        Ok(Committed { has_sends: true })
    }
}
