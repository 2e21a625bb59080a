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
    failures: Mutex<u32>,
}

impl Recorder {
    /// A sink that has heard nothing.
    pub(super) fn new(core: Core) -> Self {
        Self {
            core,
            told: watch::Sender::new(Vec::new()),
            failures: Mutex::new(0),
        }
    }

    /// Fails as often as told, for whatever is not about the link.
    pub(super) fn fail(&self, times: u32) {
        *self.failures.lock().unwrap() = times;
    }

    /// How many failures are still to come.
    pub(super) fn failures_left(&self) -> u32 {
        *self.failures.lock().unwrap()
    }

    fn must_fail(&self) -> bool {
        let mut failures = self.failures.lock().unwrap();
        let must = *failures > 0;
        *failures = failures.saturating_sub(1);
        must
    }

    async fn settle(&self, account: AccountRef, batch: &[Event]) -> Result<(), WorkError> {
        for event in batch {
            if let Event::Send(news) = event {
                let mut work = self.core.begin(account.user).await?;
                outbox::record(&mut work, account, news).await?;
                work.commit().await?;
            }
        }
        Ok(())
    }
}

#[async_trait]
impl EventSink for Recorder {
    async fn take_in(&self, account: AccountRef, batch: &[Event]) -> Result<(), SinkError> {
        let is_of_link = batch.iter().all(|event| matches!(event, Event::Link(_)));
        if !is_of_link && self.must_fail() {
            return Err("the sink was told to fail".into());
        }
        self.settle(account, batch).await?;
        self.told
            .send_modify(|told| told.extend(batch.iter().map(|event| (account, event.clone()))));
        Ok(())
    }
}
