//! The loop of a demo phone: when its contacts act, and the events that they planned.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::actions::{Action, OPENING, SMALL_OPENING};
use super::phones::SMALL_PHONE;
use crate::simulator::error::Result;
use crate::simulator::{Event, Simulator, SimulatorError};

/// Number of events that happen while no device is connected, to be found when one returns.
const MAX_UNSEEN_EVENTS: u32 = 20;

/// Shortest and longest pause between actions, in seconds: during the opening, and afterwards.
pub(super) const OPENING_PAUSE: (u64, u64) = (3, 7);
const CALM_PAUSE: (u64, u64) = (7, 25);

/// Runs the contacts of a phone until the token is cancelled. The same seed makes the same choices.
///
/// Nothing happens before a device is linked; then the first event comes within five seconds, everything has been shown
/// once within three minutes, and after that events are rarer. Few events happen while no device is connected, so that
/// its queue does not grow without bound.
///
/// # Errors
/// [`SimulatorError::Unknown`] when there is no such phone, [`SimulatorError::Conflict`] when it has no contacts.
pub async fn run(
    simulator: &Simulator,
    phone: &str,
    seed: u64,
    stop: CancellationToken,
) -> Result<(), SimulatorError> {
    let mut demo = DemoRun::new(simulator, phone, seed).await?;
    tokio::select! {
        () = stop.cancelled() => Ok(()),
        ended = demo.run() => ended,
    }
}

/// The state of one phone's contacts.
pub(super) struct DemoRun<'a> {
    pub(super) simulator: &'a Simulator,
    pub(super) phone: String,
    pub(super) contacts: Vec<String>,
    pub(super) groups: Vec<String>,
    pub(super) rng: StdRng,
    /// The generator of reactions, apart from `rng`: what devices send must not change the choices of a seed.
    pub(super) reaction_rng: StdRng,
    /// Planned events, in the order of their times.
    planned: VecDeque<(Instant, Event)>,
    /// View-once messages that the owner has not answered.
    pub(super) view_once: VecDeque<String>,
    pub(super) opening: VecDeque<Action>,
    pub(super) is_delivered_next: bool,
    unseen: u32,
    /// Changes when a device may have sent something.
    activity: watch::Receiver<u64>,
    /// The number of sent messages for which reactions were planned.
    pub(super) handled_count: usize,
    /// The time of each contact's last answer.
    pub(super) answered: BTreeMap<String, Instant>,
}

impl<'a> DemoRun<'a> {
    async fn new(simulator: &'a Simulator, phone: &str, seed: u64) -> Result<Self> {
        let contacts = simulator.contacts(phone).await?;
        if contacts.is_empty() {
            return Err(SimulatorError::Conflict(format!(
                "phone {phone} has no contacts who could act: prepare it first"
            )));
        }
        let activity = simulator.activity(phone).await?;
        let (_, handled_count) = simulator.sent_after(phone, usize::MAX).await?;
        let phone = simulator.phone(phone).await?.number;
        let opening: &[Action] = if phone == SMALL_PHONE {
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
            reaction_rng: StdRng::seed_from_u64(seed.wrapping_add(1)),
            planned: VecDeque::new(),
            view_once: VecDeque::new(),
            opening: opening.iter().copied().collect(),
            is_delivered_next: true,
            unseen: 0,
            activity,
            handled_count,
            answered: BTreeMap::new(),
        })
    }

    async fn run(&mut self) -> Result<()> {
        let mut next = Instant::now();
        loop {
            let due = self.planned.front().map_or(next, |(at, _)| next.min(*at));
            tokio::select! {
                () = sleep_until(due) => {}
                // The sender lives in the world of the phone, which never ends.
                _ = self.activity.changed() => {
                    self.react_to_sent().await?;
                    continue;
                }
            }
            if !self.is_seen().await? {
                next = Instant::now() + Duration::from_secs(1);
                self.planned.iter_mut().for_each(|(at, _)| *at = (*at).max(next));
                continue;
            }
            if let Some((_, event)) = self.planned.pop_front_if(|(at, _)| *at <= Instant::now()) {
                self.perform_planned(event).await?;
            }
            if next <= Instant::now() {
                let (shortest, longest) = if self.opening.is_empty() {
                    CALM_PAUSE
                } else {
                    OPENING_PAUSE
                };
                self.perform_next().await?;
                let pause = self.rng.random_range(shortest * 1_000..longest * 1_000);
                next = Instant::now() + Duration::from_millis(pause);
            }
        }
    }

    /// True when events may happen now.
    async fn is_seen(&mut self) -> Result<bool> {
        let phone = self.simulator.phone(&self.phone).await?;
        if phone.is_connected {
            self.unseen = 0;
        } else if phone.linked_devices > 0 {
            self.unseen += 1;
        }
        Ok(phone.is_connected || (phone.linked_devices > 0 && self.unseen <= MAX_UNSEEN_EVENTS))
    }

    /// Plans an event in about this many seconds.
    pub(super) fn plan(&mut self, seconds: u64, event: Event) {
        let jitter = self.rng.random_range(0..3_000);
        self.plan_in(
            Duration::from_secs(seconds) + Duration::from_millis(jitter),
            event,
        );
    }

    /// Plans an event after this time.
    pub(super) fn plan_in(&mut self, wait: Duration, event: Event) {
        let at = Instant::now() + wait;
        let place = self.planned.partition_point(|(other, _)| *other <= at);
        self.planned.insert(place, (at, event));
    }

    /// Performs a planned event, unless the world no longer allows it: a status may be gone before it is viewed.
    async fn perform_planned(&mut self, event: Event) -> Result<()> {
        match self.perform(event).await {
            Err(SimulatorError::Conflict(why)) => {
                tracing::debug!(%why, "a planned event was not possible");
                Ok(())
            }
            Err(SimulatorError::Unknown { what, .. }) => {
                tracing::debug!(what, "a planned event names something that is no longer known");
                Ok(())
            }
            performed => performed.map(drop),
        }
    }

    pub(super) async fn perform(&mut self, event: Event) -> Result<String> {
        self.simulator.perform(&self.phone, event).await
    }

    pub(super) fn pick(&mut self, from: &[String]) -> Option<String> {
        from.choose(&mut self.rng).cloned()
    }
}
