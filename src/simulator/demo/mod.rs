//! A phone whose contacts live by themselves, for who has none to link: they post, write, delete, edit, and send what
//! is to be seen once.

mod texts;

use std::collections::VecDeque;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use texts::{CAPTIONS, CONTACTS, MESSAGES, QUOTES, REGRETTED, STATUSES, TYPOS};

use super::error::Result;
use super::{Event, Media, Simulator, SimulatorError, ViewOnceForm};

/// The number of the demo phone.
pub const PHONE: &str = "5511999990000";
const OWNER: &str = "Marina";
const GROUP: &str = "Sunday football";

/// How many events happen while no device is connected, to be found when one returns.
const HAPPENS_UNSEEN: u32 = 20;

/// Makes the demo phone with its contacts and a group, unless it is there. Answers its number.
///
/// # Errors
/// [`SimulatorError::Storage`] when the data folder cannot be written.
pub async fn prepare(simulator: &Simulator) -> Result<String, SimulatorError> {
    if simulator.phone(PHONE).await.is_err() {
        simulator.create_phone(PHONE, OWNER).await?;
    }
    let known = simulator.contacts(PHONE).await?;
    for (number, name) in CONTACTS {
        if known.iter().all(|(other, _)| other != number) {
            simulator.add_contact(PHONE, number, name).await?;
        }
    }
    if simulator.groups(PHONE).await?.is_empty() {
        let members = [CONTACTS[0].0, CONTACTS[1].0, CONTACTS[5].0];
        simulator.create_group(PHONE, GROUP, &members).await?;
    }
    Ok(PHONE.to_owned())
}

/// Lets the contacts of a phone live until the token is cancelled. The same seed makes the same choices.
///
/// Nothing happens before a device is linked; then the first events come within five seconds. Little happens while no
/// device is connected, so that a queue does not grow for ever.
///
/// # Errors
/// [`SimulatorError::Unknown`] when there is no such phone, [`SimulatorError::Conflict`] when it has no contacts.
pub async fn run(
    simulator: &Simulator,
    phone: &str,
    seed: u64,
    stop: CancellationToken,
) -> Result<(), SimulatorError> {
    let contacts = simulator.contacts(phone).await?;
    if contacts.is_empty() {
        return Err(SimulatorError::Conflict(format!(
            "phone {phone} has no contacts who could live: prepare it first"
        )));
    }
    let mut life = Life {
        simulator,
        phone: simulator.phone(phone).await?.number,
        contacts: contacts.into_iter().map(|(number, _)| number).collect(),
        groups: simulator.groups(phone).await?,
        rng: StdRng::seed_from_u64(seed),
        later: VecDeque::new(),
        view_once: VecDeque::new(),
        opening: VecDeque::from(OPENING),
        is_delivered_next: true,
        unseen: 0,
    };
    tokio::select! {
        () = stop.cancelled() => Ok(()),
        ended = life.live() => ended,
    }
}

/// What may come next.
#[derive(Clone, Copy)]
enum Act {
    TextStatus,
    ImageStatus,
    Write,
    WriteInGroup,
    ViewOnce,
    WriteAndDelete,
    WriteAndEdit,
    PostAndDelete,
    QuoteViewOnce,
}

/// The first minute shows everything once.
const OPENING: [Act; 8] = [
    Act::TextStatus,
    Act::Write,
    Act::ViewOnce,
    Act::ImageStatus,
    Act::WriteAndDelete,
    Act::ViewOnce,
    Act::WriteAndEdit,
    Act::QuoteViewOnce,
];

/// Afterwards, this is how often.
const WEIGHTS: [(Act, u32); 9] = [
    (Act::TextStatus, 22),
    (Act::ImageStatus, 14),
    (Act::Write, 22),
    (Act::WriteInGroup, 8),
    (Act::ViewOnce, 10),
    (Act::WriteAndDelete, 9),
    (Act::WriteAndEdit, 6),
    (Act::PostAndDelete, 4),
    (Act::QuoteViewOnce, 5),
];

struct Life<'a> {
    simulator: &'a Simulator,
    phone: String,
    contacts: Vec<String>,
    groups: Vec<String>,
    rng: StdRng,
    /// What was decided and waits for its time.
    later: VecDeque<(Instant, Event)>,
    /// View-once messages that the owner has not answered.
    view_once: VecDeque<String>,
    opening: VecDeque<Act>,
    is_delivered_next: bool,
    unseen: u32,
}

impl Life<'_> {
    async fn live(&mut self) -> Result<()> {
        let mut next = Instant::now();
        loop {
            let due = self.later.front().map_or(next, |(at, _)| next.min(*at));
            sleep_until(due).await;
            if !self.is_seen().await? {
                next = Instant::now() + Duration::from_secs(1);
                self.later.iter_mut().for_each(|(at, _)| *at = (*at).max(next));
                continue;
            }
            if let Some((_, event)) = self.later.pop_front_if(|(at, _)| *at <= Instant::now()) {
                self.happen(event).await?;
            }
            if next <= Instant::now() {
                let is_opening = !self.opening.is_empty();
                self.act().await?;
                let longest = if is_opening { 2_500 } else { 8_000 };
                let pause = self.rng.random_range(1_500..longest);
                next = Instant::now() + Duration::from_millis(pause);
            }
        }
    }

    /// Whether anything should happen now.
    async fn is_seen(&mut self) -> Result<bool> {
        let phone = self.simulator.phone(&self.phone).await?;
        if phone.is_connected {
            self.unseen = 0;
        } else if phone.linked_devices > 0 {
            self.unseen += 1;
        }
        Ok(phone.is_connected || (phone.linked_devices > 0 && self.unseen <= HAPPENS_UNSEEN))
    }

    async fn act(&mut self) -> Result<()> {
        let act = match self.opening.pop_front() {
            Some(act) => act,
            None => WEIGHTS
                .choose_weighted(&mut self.rng, |(_, weight)| *weight)
                .map_or(Act::TextStatus, |(act, _)| *act),
        };
        let from = self.pick(&self.contacts.clone()).unwrap_or_default();
        match act {
            Act::TextStatus => self.post(from, None).await.map(drop),
            Act::ImageStatus => self.post(from, Some(Media::Image)).await.map(drop),
            Act::Write => self.write(from, None, &MESSAGES).await.map(drop),
            Act::WriteInGroup => self.write_in_group().await,
            Act::ViewOnce => self.send_view_once(from).await,
            Act::WriteAndDelete => {
                let message_id = self.write(from.clone(), None, &REGRETTED).await?;
                self.plan(6, Event::Delete { from, message_id });
                Ok(())
            }
            Act::WriteAndEdit => self.write_and_edit(from).await,
            Act::PostAndDelete => {
                let message_id = self.post(from.clone(), None).await?;
                self.plan(12, Event::Delete { from, message_id });
                Ok(())
            }
            Act::QuoteViewOnce => self.quote().await,
        }
    }

    async fn post(&mut self, from: String, media: Option<Media>) -> Result<String> {
        let texts: &[&str] = if media.is_some() { &CAPTIONS } else { &STATUSES };
        let text = texts.choose(&mut self.rng).map(ToString::to_string);
        self.happen(Event::Status { from, text, media }).await
    }

    async fn write(&mut self, from: String, chat: Option<String>, texts: &[&str]) -> Result<String> {
        let text = texts.choose(&mut self.rng).map(ToString::to_string);
        let media = None;
        self.happen(Event::Message {
            from,
            chat,
            text,
            media,
        })
        .await
    }

    async fn write_in_group(&mut self) -> Result<()> {
        let Some(group) = self.pick(&self.groups.clone()) else {
            return Ok(());
        };
        let members = self.simulator.members(&self.phone, &group).await?;
        let Some(from) = self.pick(&members) else {
            return Ok(());
        };
        self.write(from, Some(group), &MESSAGES).await.map(drop)
    }

    async fn send_view_once(&mut self, from: String) -> Result<()> {
        let delivered = self.is_delivered_next;
        self.is_delivered_next = !delivered;
        let event = Event::ViewOnce {
            from,
            chat: None,
            text: CAPTIONS.choose(&mut self.rng).map(ToString::to_string),
            media: Some(Media::Image),
            delivered,
            form: ViewOnceForm::ViewOnceMessageV2,
        };
        let id = self.happen(event).await?;
        if !delivered {
            self.view_once.push_back(id);
        }
        Ok(())
    }

    async fn write_and_edit(&mut self, from: String) -> Result<()> {
        let (wrong, right) = TYPOS[self.rng.random_range(0..TYPOS.len())];
        let message_id = self.write(from.clone(), None, &[wrong]).await?;
        let text = right.to_owned();
        self.plan(
            5,
            Event::Edit {
                from,
                message_id,
                text,
                encrypted: false,
            },
        );
        Ok(())
    }

    async fn quote(&mut self) -> Result<()> {
        let Some(message_id) = self.view_once.pop_front() else {
            return Ok(());
        };
        let event = Event::QuoteViewOnce {
            from: self.phone.clone(),
            message_id,
            text: QUOTES.choose(&mut self.rng).map(ToString::to_string),
        };
        self.happen(event).await.map(drop)
    }

    /// Lets something happen in about so many seconds.
    fn plan(&mut self, seconds: u64, event: Event) {
        let jitter = self.rng.random_range(0..3_000);
        let at = Instant::now() + Duration::from_secs(seconds) + Duration::from_millis(jitter);
        let place = self.later.partition_point(|(other, _)| *other <= at);
        self.later.insert(place, (at, event));
    }

    async fn happen(&mut self, event: Event) -> Result<String> {
        self.simulator.happen(&self.phone, event).await
    }

    fn pick(&mut self, from: &[String]) -> Option<String> {
        from.choose(&mut self.rng).cloned()
    }
}
