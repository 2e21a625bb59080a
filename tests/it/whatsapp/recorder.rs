//! A sink that remembers what it was told.

use std::sync::Mutex;

use amda::account::AccountRef;
use amda::event::Event;
use amda::whatsapp::{EventSink, SinkError, outbox};
use amda::work::{Core, WorkError};
use async_trait::async_trait;
use tokio::sync::watch;

/// Keeps what it is told, and fails on command. News of sends goes to the outbox, as the pipeline does it.
#[derive(Debug)]
pub(super) struct Recorder {
    core: Core,
    pub(super) told: watch::Sender<Vec<(AccountRef, Event)>>,
    trouble: Mutex<(Trouble, Meant)>,
    goes_on: watch::Sender<bool>,
    /// How often it was in trouble so far.
    pub(super) troubles: watch::Sender<u32>,
}

/// Which events it has trouble with, and whatever comes together with them.
type Meant = fn(&Event) -> bool;

/// What becomes of them.
#[derive(Debug, Clone, Copy)]
enum Trouble {
    /// It fails so many times.
    Fails(u32),
    /// It is not done before it is told to go on.
    Hangs,
}

impl Recorder {
    /// A sink that has heard nothing.
    pub(super) fn new(core: Core) -> Self {
        Self {
            core,
            told: watch::Sender::new(Vec::new()),
            trouble: Mutex::new((Trouble::Fails(0), is_message as Meant)),
            goes_on: watch::Sender::new(true),
            troubles: watch::Sender::new(0),
        }
    }

    /// Fails as often as told, for messages.
    pub(super) fn fail(&self, times: u32) {
        self.fail_at(times, is_message);
    }

    /// Fails as often as told, for the events that are meant.
    pub(super) fn fail_at(&self, times: u32, is_meant: Meant) {
        *self.trouble.lock().unwrap() = (Trouble::Fails(times), is_meant);
    }

    /// Is not done with messages that it is told of from now on, until [`Self::go_on`].
    pub(super) fn hang(&self) {
        self.goes_on.send_replace(false);
        *self.trouble.lock().unwrap() = (Trouble::Hangs, is_message as Meant);
    }

    /// Goes on with what it hung on, as it was told since.
    pub(super) fn go_on(&self) {
        self.goes_on.send_replace(true);
    }

    /// How many failures are still to come.
    pub(super) fn failures_left(&self) -> u32 {
        match self.trouble.lock().unwrap().0 {
            Trouble::Fails(times) => times,
            Trouble::Hangs => u32::MAX,
        }
    }

    /// The trouble that is due with `batch`, if one is.
    fn trouble(&self, batch: &[Event]) -> Option<Trouble> {
        let (trouble, is_meant) = &mut *self.trouble.lock().unwrap();
        if !batch.iter().any(*is_meant) {
            return None;
        }
        let due = *trouble;
        match trouble {
            Trouble::Fails(0) => return None,
            Trouble::Fails(times) => *times -= 1,
            Trouble::Hangs => {}
        }
        self.troubles.send_modify(|count| *count += 1);
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
    async fn ingest(&self, account: AccountRef, batch: &[Event]) -> Result<(), SinkError> {
        while let Some(trouble) = self.trouble(batch) {
            match trouble {
                Trouble::Fails(_) => return Err("the sink was told to fail".into()),
                Trouble::Hangs => drop(self.goes_on.subscribe().wait_for(|goes_on| *goes_on).await?),
            }
        }
        self.settle(account, batch).await?;
        self.told
            .send_modify(|told| told.extend(batch.iter().map(|event| (account, event.clone()))));
        Ok(())
    }
}
