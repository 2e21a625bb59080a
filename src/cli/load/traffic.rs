//! The traffic: what contacts send to every account, each at its time.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use clap::ValueEnum;
use futures::future::try_join_all;
use tokio::time::{self, interval, sleep, sleep_until};

use super::command::Rate;
use super::linking::Account;
use super::subscribers::{Expected, Hearing};
use crate::cli::progress::ProgressBar;
use crate::simulator::{ControlClient, ControlError, Event};

/// Interval at which the progress is shown.
const REDRAW: Duration = Duration::from_millis(200);

/// Interval at which is looked whether everything is acknowledged and heard.
const POLL: Duration = Duration::from_millis(50);
/// Time limit of that, after the last event was sent.
const SETTLE_TIMEOUT: Duration = Duration::from_mins(2);

/// Number of events that are sent before the measurement.
const WARM_UP_EVENTS: u32 = 500;

/// Kinds of events that are sent together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Mix {
    /// Of ten events five messages, three statuses, one edit and one deletion
    Mixed,
    /// Statuses
    Statuses,
    /// Messages, each edited right behind it
    Edits,
    /// Messages, each deleted right behind it
    Deletions,
}

impl Mix {
    /// The mix in a sentence.
    pub(super) const fn text(self) -> &'static str {
        match self {
            Self::Mixed => "of ten events five are messages, three statuses, one an edit and one a deletion",
            Self::Statuses => "all events are statuses",
            Self::Edits => "half of the events are messages, and half are edits of them",
            Self::Deletions => "half of the events are messages, and half are deletions of them",
        }
    }

    /// The order in which an account receives them, again and again. Edits and deletions take the messages before them.
    const fn order(self) -> &'static [Kind] {
        match self {
            Self::Mixed => &[
                Kind::Message,
                Kind::Status,
                Kind::Message,
                Kind::Edit,
                Kind::Status,
                Kind::Message,
                Kind::Message,
                Kind::Deletion,
                Kind::Status,
                Kind::Message,
            ],
            Self::Statuses => &[Kind::Status],
            Self::Edits => &[Kind::Message, Kind::Edit],
            Self::Deletions => &[Kind::Message, Kind::Deletion],
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Message,
    Status,
    Edit,
    Deletion,
}

/// What is sent, to whom, and who listens.
pub(super) struct Traffic<'a> {
    pub(super) accounts: &'a [Account],
    /// In the order of the accounts.
    pub(super) hearings: Vec<Arc<Hearing>>,
    pub(super) whatsapp: SocketAddr,
    pub(super) mix: Mix,
    /// The number of events that were sent.
    pub(super) sent: AtomicU32,
}

/// The contact of one account.
struct Contact<'a> {
    account: &'a Account,
    hearing: &'a Hearing,
    control: ControlClient,
    /// The messages that were neither edited nor deleted: id and text, the oldest first.
    messages: VecDeque<(String, String)>,
}

/// The end of a traffic.
pub(super) struct Settled {
    /// The moment of the last acknowledgement.
    pub(super) at: Instant,
    /// Events that were not acknowledged in time.
    pub(super) unacknowledged: u32,
    /// Events that were not heard in time.
    pub(super) unheard: usize,
}

impl Traffic<'_> {
    /// Has every contact post a status, which begins their session with the account.
    pub(super) async fn greet(&self) -> anyhow::Result<()> {
        let posting = (0..self.accounts.len()).map(async |at| {
            let mut contact = self.contact(at).await?;
            contact.send(Kind::Status, "the first").await
        });
        try_join_all(posting).await?;
        Ok(())
    }

    /// Sends some events that are not measured, so that statements are prepared and tables have rows.
    pub(super) async fn warm_up(&self) -> anyhow::Result<()> {
        self.send("warm-up", WARM_UP_EVENTS, Rate::Max).await?;
        self.sent.store(0, Ordering::Relaxed);
        Ok(())
    }

    /// Sends `count` events with `name` in their texts to the accounts in turn, at `rate`. What is late is sent at once.
    pub(super) async fn send(&self, name: &str, count: u32, rate: Rate) -> anyhow::Result<()> {
        let (started, order) = (time::Instant::now(), self.mix.order());
        let sending = (0..self.accounts.len()).map(async |at| {
            let mut contact = self.contact(at).await?;
            let numbers = (0..count).skip(at).step_by(self.accounts.len());
            for (turn, number) in numbers.enumerate() {
                if let Rate::PerSecond(per_second) = rate {
                    sleep_until(started + Duration::from_secs(1) * number / per_second).await;
                }
                let kind = order[(at + turn) % order.len()];
                contact.send(kind, &format!("{name} {number}")).await?;
                self.sent.fetch_add(1, Ordering::Relaxed);
            }
            Ok::<_, anyhow::Error>(())
        });
        let mut sending = Box::pin(try_join_all(sending));
        let (mut bar, mut redraw) = (ProgressBar::new(count.into()), interval(REDRAW));
        let text = |sent: u32| format!("{sent} of {count} events sent");
        loop {
            tokio::select! {
                done = &mut sending => {
                    done?;
                    bar.finish(count.into(), &text(count));
                    return Ok(());
                }
                _ = redraw.tick() => {
                    let sent = self.sent.load(Ordering::Relaxed);
                    bar.show(sent.into(), &text(sent));
                }
            }
        }
    }

    /// Waits until everything is acknowledged and heard.
    pub(super) async fn settle(&self, control: &mut ControlClient) -> anyhow::Result<Settled> {
        let (begun, mut acknowledged) = (Instant::now(), None);
        loop {
            let phones = control.phones().await?;
            let unacknowledged: usize = phones.iter().map(|phone| phone.unacknowledged).sum();
            let (now, unheard) = (Instant::now(), self.unheard());
            if unacknowledged == 0 {
                acknowledged = acknowledged.or(Some(now));
            }
            let is_settled = acknowledged.is_some() && unheard == 0;
            if is_settled || begun.elapsed() > SETTLE_TIMEOUT {
                return Ok(Settled {
                    at: acknowledged.unwrap_or(now),
                    unacknowledged: if acknowledged.is_some() {
                        0
                    } else {
                        u32::try_from(unacknowledged)?
                    },
                    unheard,
                });
            }
            sleep(POLL).await;
        }
    }

    /// The number of events that were sent and not heard.
    fn unheard(&self) -> usize {
        self.hearings.iter().map(|hearing| hearing.unheard()).sum()
    }

    /// The delays of what was heard since the last call.
    pub(super) fn take_delays(&self) -> Vec<Duration> {
        self.hearings
            .iter()
            .flat_map(|hearing| hearing.take_delays())
            .collect()
    }

    async fn contact(&self, at: usize) -> anyhow::Result<Contact<'_>> {
        Ok(Contact {
            account: &self.accounts[at],
            hearing: &self.hearings[at],
            control: ControlClient::connect(self.whatsapp).await?,
            messages: VecDeque::new(),
        })
    }
}

impl Contact<'_> {
    /// Sends something, with `name` in its text. Without a message to edit or to delete, it is a message.
    async fn send(&mut self, kind: Kind, name: &str) -> anyhow::Result<()> {
        let from = self.account.contact.clone();
        match kind {
            Kind::Status => {
                let text = format!("status {name}");
                self.hearing.expect(Expected::Text(text.clone()));
                let (text, media) = (Some(text), None);
                self.perform(Event::Status { from, text, media }).await?;
                return Ok(());
            }
            Kind::Edit => {
                if let Some((message_id, text)) = self.messages.pop_front() {
                    self.hearing.expect(Expected::Edit);
                    let edit = Event::Edit {
                        from,
                        message_id,
                        text: format!("{text}, edited"),
                        encrypted: false,
                        wrapped: true,
                    };
                    self.perform(edit).await?;
                    return Ok(());
                }
            }
            Kind::Deletion => {
                if let Some((message_id, text)) = self.messages.pop_front() {
                    self.hearing.expect(Expected::Text(text));
                    self.perform(Event::Delete { from, message_id }).await?;
                    return Ok(());
                }
            }
            Kind::Message => {}
        }
        let text = format!("message {name}");
        let message = Event::Message {
            from: self.account.contact.clone(),
            chat: None,
            text: Some(text.clone()),
            media: None,
        };
        let id = self.perform(message).await?;
        self.messages.push_back((id, text));
        Ok(())
    }

    async fn perform(&mut self, event: Event) -> Result<String, ControlError> {
        self.control.perform(&self.account.phone, &event).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_events_are_what_is_said_of_them_and_find_their_messages_from_any_start() {
        let order = Mix::Mixed.order();
        let count = |kind| order.iter().filter(|of| **of == kind).count();
        let counts = [Kind::Message, Kind::Status, Kind::Edit, Kind::Deletion].map(count);
        assert_eq!(counts, [5, 3, 1, 1], "{}", Mix::Mixed.text());

        for mix in Mix::value_variants() {
            let order = mix.order();
            for at in 0..order.len() {
                let mut messages = 0;
                let mut without = 0;
                for turn in 0..2 * order.len() {
                    match order[(at + turn) % order.len()] {
                        Kind::Message => messages += 1,
                        Kind::Status => {}
                        Kind::Edit | Kind::Deletion if messages == 0 => without += 1,
                        Kind::Edit | Kind::Deletion => messages -= 1,
                    }
                }
                assert!(without <= 1, "{mix:?} from {at}");
            }
        }
    }
}
