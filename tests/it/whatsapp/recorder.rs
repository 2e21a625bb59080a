//! A sink that remembers what it was told.

use std::sync::Mutex;

use amda::contacts::AccountRef;
use amda::whatsapp::event::Event;
use amda::whatsapp::{EventSink, SinkError, outbox};
use amda::work::{Core, WorkError};
use async_trait::async_trait;
use tokio::sync::watch;

/// Keeps what it is told, and fails on command. News of sends goes to the outbox, as the pipeline does it.
#[derive(Debug)]
pub(super) struct Recorder {
    core: Core,
    pub(super) told: watch::Sender<Vec<(AccountRef, Event)>>,
    trouble: Mutex<Trouble>,
    /// How often it was in trouble so far.
    pub(super) troubles: watch::Sender<u32>,
}

/// What becomes of what is not about the link.
#[derive(Debug, Clone, Copy)]
enum Trouble {
    /// It fails so many times.
    Fails(u32),
    /// It is never done.
    Hangs,
}

impl Recorder {
    /// A sink that has heard nothing.
    pub(super) fn new(core: Core) -> Self {
        Self {
            core,
            told: watch::Sender::new(Vec::new()),
            trouble: Mutex::new(Trouble::Fails(0)),
            troubles: watch::Sender::new(0),
        }
    }

    /// Fails as often as told, for whatever is not about the link.
    pub(super) fn fail(&self, times: u32) {
        *self.trouble.lock().unwrap() = Trouble::Fails(times);
    }

    /// Is never done with whatever is not about the link, until told otherwise.
    pub(super) fn hang(&self) {
        *self.trouble.lock().unwrap() = Trouble::Hangs;
    }

    /// How many failures are still to come.
    pub(super) fn failures_left(&self) -> u32 {
        match *self.trouble.lock().unwrap() {
            Trouble::Fails(times) => times,
            Trouble::Hangs => u32::MAX,
        }
    }

    /// The trouble that is due, if one is.
    fn trouble(&self) -> Option<Trouble> {
        let mut trouble = self.trouble.lock().unwrap();
        let due = *trouble;
        match &mut *trouble {
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

#[async_trait]
impl EventSink for Recorder {
    async fn take_in(&self, account: AccountRef, batch: &[Event]) -> Result<(), SinkError> {
        let is_of_link = batch.iter().all(|event| matches!(event, Event::Link(_)));
        let trouble = if is_of_link { None } else { self.trouble() };
        match trouble {
            None => {}
            Some(Trouble::Fails(_)) => return Err("the sink was told to fail".into()),
            Some(Trouble::Hangs) => std::future::pending().await,
        }
        self.settle(account, batch).await?;
        self.told
            .send_modify(|told| told.extend(batch.iter().map(|event| (account, event.clone()))));
        Ok(())
    }
}
