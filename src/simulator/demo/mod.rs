//! Phones whose contacts live by themselves, for who has none to link: they post, write, delete, edit, send what is to
//! be seen once, look at the owner's statuses and answer what is written to them.
//!
//! `run` is the clock: it decides what happens next by a seeded chance (`acts`) and lets contacts answer what linked
//! devices send (`answers`). Both plan later events here, so that a deletion follows its message at a human distance.

mod acts;
mod answers;
mod texts;

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use acts::{Act, OPENING, SMALL_OPENING};
use texts::{CONTACTS, SMALL_CONTACTS};

use super::error::Result;
use super::{Event, Simulator, SimulatorError};

/// The number of the demo phone.
pub const PHONE: &str = "5511999990000";
const OWNER: &str = "Marina";
const GROUP: &str = "Sunday football";

/// The number of a second phone, with fewer contacts.
pub const SMALL_PHONE: &str = "351911110000";
const SMALL_OWNER: &str = "Rui";

/// How many events happen while no device is connected, to be found when one returns.
const HAPPENS_UNSEEN: u32 = 20;

/// Seconds between what happens while everything is shown once, and afterwards.
const OPENING_PAUSE: (u64, u64) = (3, 7);
const CALM_PAUSE: (u64, u64) = (7, 25);

/// Makes the demo phone with its contacts and a group, unless it is there. Answers its number.
///
/// # Errors
/// [`SimulatorError::Storage`] when the data folder cannot be written.
pub async fn prepare(simulator: &Simulator) -> Result<String, SimulatorError> {
    furnish(simulator, PHONE, OWNER, &CONTACTS).await?;
    if simulator.groups(PHONE).await?.is_empty() {
        let members = [CONTACTS[0].0, CONTACTS[1].0, CONTACTS[2].0, CONTACTS[5].0];
        let admins = [CONTACTS[1].0];
        simulator
            .create_group_led(PHONE, GROUP, &members, &admins)
            .await?;
    }
    Ok(PHONE.to_owned())
}

/// Makes the second phone with its few contacts, unless it is there. Answers its number.
///
/// # Errors
/// As [`prepare`].
pub async fn prepare_small(simulator: &Simulator) -> Result<String, SimulatorError> {
    furnish(simulator, SMALL_PHONE, SMALL_OWNER, &SMALL_CONTACTS).await?;
    Ok(SMALL_PHONE.to_owned())
}

async fn furnish(simulator: &Simulator, phone: &str, owner: &str, contacts: &[(&str, &str)]) -> Result<()> {
    if simulator.phone(phone).await.is_err() {
        simulator.create_phone(phone, owner).await?;
    }
    let known = simulator.contacts(phone).await?;
    for (number, name) in contacts {
        if known.iter().all(|(other, _)| other != number) {
            simulator.add_contact(phone, number, name).await?;
        }
    }
    Ok(())
}

/// Lets the contacts of a phone live until the token is cancelled. The same seed makes the same choices.
///
/// Nothing happens before a device is linked; then the first event comes within five seconds, everything has been seen
/// once within three minutes, and after that life is calm. Little happens while no device is connected, so that a queue
/// does not grow for ever.
///
/// # Errors
/// [`SimulatorError::Unknown`] when there is no such phone, [`SimulatorError::Conflict`] when it has no contacts.
pub async fn run(
    simulator: &Simulator,
    phone: &str,
    seed: u64,
    stop: CancellationToken,
) -> Result<(), SimulatorError> {
    let mut life = Life::begin(simulator, phone, seed).await?;
    tokio::select! {
        () = stop.cancelled() => Ok(()),
        ended = life.live() => ended,
    }
}

struct Life<'a> {
    simulator: &'a Simulator,
    phone: String,
    contacts: Vec<String>,
    groups: Vec<String>,
    rng: StdRng,
    /// Chance of what depends on the devices, apart from the other, which a seed makes the same each time.
    echo: StdRng,
    /// What was decided and waits for its time.
    later: VecDeque<(Instant, Event)>,
    /// View-once messages that the owner has not answered.
    view_once: VecDeque<String>,
    opening: VecDeque<Act>,
    is_delivered_next: bool,
    unseen: u32,
    /// Whether a device may have sent something.
    news: watch::Receiver<u64>,
    /// How much of what devices sent was noticed.
    noticed: usize,
    /// When each contact answered last.
    answered: BTreeMap<String, Instant>,
}

impl<'a> Life<'a> {
    async fn begin(simulator: &'a Simulator, phone: &str, seed: u64) -> Result<Self> {
        let contacts = simulator.contacts(phone).await?;
        if contacts.is_empty() {
            return Err(SimulatorError::Conflict(format!(
                "phone {phone} has no contacts who could live: prepare it first"
            )));
        }
        let news = simulator.news(phone).await?;
        let (_, noticed) = simulator.sent_after(phone, usize::MAX).await?;
        let phone = simulator.phone(phone).await?.number;
        let opening: &[Act] = if phone == SMALL_PHONE {
            &SMALL_OPENING
        } else {
            &OPENING
        };
        Ok(Self {
            simulator,
            contacts: contacts.into_iter().map(|(number, _)| number).collect(),
            groups: simulator.groups(&phone).await?,
            phone,
            rng: StdRng::seed_from_u64(seed),
            echo: StdRng::seed_from_u64(seed.wrapping_add(1)),
            later: VecDeque::new(),
            view_once: VecDeque::new(),
            opening: opening.iter().copied().collect(),
            is_delivered_next: true,
            unseen: 0,
            news,
            noticed,
            answered: BTreeMap::new(),
        })
    }

    async fn live(&mut self) -> Result<()> {
        let mut next = Instant::now();
        loop {
            let due = self.later.front().map_or(next, |(at, _)| next.min(*at));
            tokio::select! {
                () = sleep_until(due) => {}
                // The sender lives in the world of the phone, which never ends.
                _ = self.news.changed() => {
                    self.notice().await?;
                    continue;
                }
            }
            if !self.is_seen().await? {
                next = Instant::now() + Duration::from_secs(1);
                self.later.iter_mut().for_each(|(at, _)| *at = (*at).max(next));
                continue;
            }
            if let Some((_, event)) = self.later.pop_front_if(|(at, _)| *at <= Instant::now()) {
                self.let_happen(event).await?;
            }
            if next <= Instant::now() {
                let (shortest, longest) = if self.opening.is_empty() {
                    CALM_PAUSE
                } else {
                    OPENING_PAUSE
                };
                self.act().await?;
                let pause = self.rng.random_range(shortest * 1_000..longest * 1_000);
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

    /// Lets something happen in about so many seconds.
    fn plan(&mut self, seconds: u64, event: Event) {
        let jitter = self.rng.random_range(0..3_000);
        self.plan_in(
            Duration::from_secs(seconds) + Duration::from_millis(jitter),
            event,
        );
    }

    fn plan_in(&mut self, wait: Duration, event: Event) {
        let at = Instant::now() + wait;
        let place = self.later.partition_point(|(other, _)| *other <= at);
        self.later.insert(place, (at, event));
    }

    /// Lets happen what was planned, if the world still allows it: a status may be gone before it is looked at.
    async fn let_happen(&mut self, event: Event) -> Result<()> {
        match self.happen(event).await {
            Err(SimulatorError::Conflict(why)) => {
                tracing::debug!(%why, "something planned did not happen");
                Ok(())
            }
            Err(SimulatorError::Unknown { what, .. }) => {
                tracing::debug!(what, "something planned concerns what is forgotten");
                Ok(())
            }
            happened => happened.map(drop),
        }
    }

    async fn happen(&mut self, event: Event) -> Result<String> {
        self.simulator.happen(&self.phone, event).await
    }

    fn pick(&mut self, from: &[String]) -> Option<String> {
        from.choose(&mut self.rng).cloned()
    }
}
