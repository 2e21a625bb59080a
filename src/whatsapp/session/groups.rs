//! What the account's groups are called, and who runs them. WhatsApp says so only when it is asked.
//!
//! A group is asked about when it is first heard of on a connection, and again whenever it changed: beside everything
//! else, so that nothing waits for it. What came out goes into the sink as [`Event::Group`].
//!
//! Only the deletion of somebody else's message waits, before it is taken in: whether it counts depends on who runs the
//! group, and an answer from before the deletion may be out of date, for the notice of a promotion and the first deletion
//! after it are told side by side. It waits a few seconds at most. An answer that is not there by then is left open
//! ([`Content::Revoke`]'s `by_admin` is null), for whatever was heard must be taken in.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::{OnceCell, Semaphore};
use tokio::time::{Instant, timeout_at};
use tracing::debug;
use whatsapp_rust::{Client, Jid as Address};

use super::intake::Intake;
use crate::clock::SharedClock;
use crate::event::{Chat, Content, Event, Group, Jid, Message, Person};
use crate::whatsapp::translate;

/// How long the deletions of one batch wait for the answers. A frame with a question may itself be held back for a moment.
const PATIENCE: Duration = Duration::from_secs(5);
/// How far WhatsApp's clock may be ahead of ours.
const SKEW: TimeDelta = TimeDelta::seconds(5);
/// How many groups are asked about at once: an account may be in hundreds.
const AT_ONCE: usize = 2;

/// The groups of one client. Clones are one.
#[derive(Clone)]
pub(super) struct Groups {
    client: Arc<OnceLock<Weak<Client>>>,
    intake: Intake,
    clock: SharedClock,
    known: Arc<Mutex<HashMap<Jid, Answer>>>,
    /// What was told of them last.
    told: Arc<Mutex<HashSet<Group>>>,
    turns: Arc<Semaphore>,
}

/// What WhatsApp says of a group, once it does.
type Answer = Arc<OnceCell<Known>>;

/// What is known of a group.
#[derive(Debug, Clone)]
struct Known {
    asked_at: DateTime<Utc>,
    /// Who runs it.
    admins: Vec<Person>,
}

impl Groups {
    pub(super) fn new(client: Arc<OnceLock<Weak<Client>>>, intake: Intake, clock: SharedClock) -> Self {
        Self {
            client,
            intake,
            clock,
            known: Arc::default(),
            told: Arc::default(),
            turns: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }

    /// Something was heard of the group: it is asked about, if it was not yet.
    pub(super) fn heard_of(&self, group: &Jid) {
        if lock(&self.known).contains_key(group) {
            return;
        }
        let (groups, group) = (self.clone(), group.clone());
        let answer = groups.answer(&group);
        tokio::spawn(async move {
            let Ok(_turn) = groups.turns.acquire().await else {
                return;
            };
            groups.ask(&group, &answer).await;
        });
    }

    /// The group changed: what is known of it is no longer true.
    pub(super) fn changed(&self, group: &Jid) {
        lock(&self.known).remove(group);
        self.heard_of(group);
    }

    /// Until when the deletions of a batch wait that is about to be taken in.
    pub(super) fn deadline() -> Instant {
        Instant::now() + PATIENCE
    }

    /// A message is about to be taken in: takes note of its group, and finds out what a deletion is judged by.
    pub(super) async fn complete(&self, event: &mut Event, deadline: Instant) {
        let Event::Message(message) = event else { return };
        let Chat::Group(group) = &message.chat else {
            return;
        };
        self.heard_of(group);
        if !deletes_another_s(message) {
            return;
        }
        let rank = self.is_by_admin(group, message, deadline).await;
        if let Content::Revoke { by_admin, .. } = &mut message.content {
            *by_admin = rank;
        }
    }

    /// Whether [`Self::complete`] may have to wait for WhatsApp.
    pub(super) fn must_ask(event: &Event) -> bool {
        matches!(event, Event::Message(message) if matches!(message.chat, Chat::Group(_)) && deletes_another_s(message))
    }

    async fn is_by_admin(&self, group: &Jid, message: &Message, deadline: Instant) -> Option<bool> {
        let is_fresh = |known: &Known| known.asked_at - SKEW >= message.sent_at;
        let mut answer = self.answer(group);
        if answer.get().is_some_and(|known| !is_fresh(known)) {
            lock(&self.known).remove(group);
            answer = self.answer(group);
        }
        let Ok(known) = timeout_at(deadline, self.ask(group, &answer)).await else {
            // Asked beside everything else, for the next time.
            self.changed(group);
            return None;
        };
        Some(
            known?
                .admins
                .iter()
                .any(|admin| translate::are_same(admin, &message.sender)),
        )
    }

    /// Asks, unless the answer is there; who asks meanwhile waits for the same answer.
    async fn ask<'a>(&self, group: &Jid, answer: &'a OnceCell<Known>) -> Option<&'a Known> {
        let asked = answer.get_or_try_init(|| async {
            let asked_at = self.clock.now();
            let client = self.client.get().and_then(Weak::upgrade).ok_or(())?;
            let address: Address = group.0.parse().map_err(|_| ())?;
            let described = client.groups().get_metadata(&address).await.map_err(|error| {
                debug!(%error, "WhatsApp did not describe a group");
            })?;
            let admins = translate::admins(&described);
            self.tell(translate::described(group, &described)).await;
            Ok::<_, ()>(Known { asked_at, admins })
        });
        if let Ok(known) = asked.await {
            return Some(known);
        }
        lock(&self.known).remove(group);
        None
    }

    /// Tells what a group is called, unless it was told before.
    async fn tell(&self, group: Group) {
        let is_told = lock(&self.told).contains(&group);
        // If it is not kept now, it is with the next connection.
        if !is_told && self.intake.take(vec![Event::Group(group.clone())]).await {
            let mut told = lock(&self.told);
            told.retain(|known| known.jid != group.jid);
            told.insert(group);
        }
    }

    fn answer(&self, group: &Jid) -> Answer {
        Arc::clone(lock(&self.known).entry(group.clone()).or_default())
    }
}

/// Whether a message is the deletion of one that somebody else wrote.
fn deletes_another_s(message: &Message) -> bool {
    matches!(
        &message.content,
        Content::Revoke {
            target_sender: Some(_),
            ..
        }
    )
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
