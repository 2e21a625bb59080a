//! Names and admins of the account's groups, which WhatsApp says only when it is asked.
//!
//! A group is queried when it first appears on a connection, and again whenever it changed: in the background, so that
//! nothing waits for it. Its name goes into the queue as [`Event::Group`].
//!
//! Only the deletion of another member's message waits for the answer, before it is committed: whether it counts depends
//! on who is an admin, and an answer from before the deletion may be out of date, because the notification of a promotion
//! and the first deletion after it are reported side by side. It waits a few seconds at most. Without an answer by then,
//! [`Content::Revoke`]'s `by_admin` stays null: every received event must be committed.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use parking_lot::Mutex;
use tokio::sync::{OnceCell, Semaphore};
use tokio::time::{Instant, timeout_at};
use tracing::{Instrument as _, debug};
use whatsapp_rust::{Client, Jid as Address};

use super::ingest_queue::IngestQueue;
use crate::clock::SharedClock;
use crate::event::{Chat, Content, Event, Group, Jid, Message, Person};
use crate::id::AccountId;
use crate::whatsapp::translate;

/// Longest time for which the deletions of one batch wait for answers. The frame of a query may itself be held back for a
/// moment.
const QUERY_TIMEOUT: Duration = Duration::from_secs(5);
/// Largest lead of WhatsApp's clock over ours.
const CLOCK_SKEW: TimeDelta = TimeDelta::seconds(5);
/// Number of groups that are queried at once: an account may be in hundreds.
const MAX_QUERIES: usize = 2;
/// Number of groups that are queried or wait for it. A further one is queried when it appears again.
const MAX_WAITING: usize = 1_024;
/// Number of groups of which something is remembered; then all is forgotten, and each is queried when it appears again.
const MAX_REMEMBERED: usize = 4_096;

/// Groups of one client. Clones share their state.
#[derive(Clone)]
pub(super) struct Groups {
    account: AccountId,
    client: Arc<OnceLock<Weak<Client>>>,
    queue: IngestQueue,
    clock: SharedClock,
    answers: Arc<Mutex<HashMap<Jid, Answer>>>,
    /// Names that are committed, so that each is committed once.
    committed: Arc<Mutex<HashSet<Group>>>,
    queries: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
}

/// Answer of WhatsApp about one group, empty until it arrives. Every caller waits for the same one.
type Answer = Arc<OnceCell<Admins>>;

/// Admins of a group.
#[derive(Debug, Clone)]
struct Admins {
    asked_at: DateTime<Utc>,
    people: Vec<Person>,
}

impl Groups {
    pub(super) fn new(
        account: AccountId,
        client: Arc<OnceLock<Weak<Client>>>,
        queue: IngestQueue,
        clock: SharedClock,
    ) -> Self {
        Self {
            account,
            client,
            queue,
            clock,
            answers: Arc::default(),
            committed: Arc::default(),
            queries: Arc::new(Semaphore::new(MAX_QUERIES)),
            waiting: Arc::new(Semaphore::new(MAX_WAITING)),
        }
    }

    /// Queries the group in the background, unless that was done, or too many wait for it already.
    pub(super) fn discover(&self, group: &Jid) {
        if self.answers.lock().contains_key(group) {
            return;
        }
        let Ok(place) = Arc::clone(&self.waiting).try_acquire_owned() else {
            return;
        };
        let (groups, group) = (self.clone(), group.clone());
        let answer = groups.answer(&group);
        let work = async move {
            let Ok(_permit) = groups.queries.acquire().await else {
                return;
            };
            groups.query(&group, &answer).await;
            drop(place);
        };
        tokio::spawn(work.in_current_span());
    }

    /// Queries the group again: it changed, or its answer did not come in time.
    pub(super) fn refresh(&self, group: &Jid) {
        self.answers.lock().remove(group);
        self.discover(group);
    }

    /// Deadline for the deletions of a batch that is about to be queued.
    pub(super) fn query_deadline() -> Instant {
        Instant::now() + QUERY_TIMEOUT
    }

    /// Discovers the group of a message that is about to be queued, and fills in a deletion's `by_admin`.
    pub(super) async fn complete(&self, event: &mut Event, deadline: Instant) {
        let Event::Message(message) = event else { return };
        let Chat::Group(group) = &message.chat else {
            return;
        };
        self.discover(group);
        if !deletes_another_members(message) {
            return;
        }
        let is_admin = self.is_by_admin(group, message, deadline).await;
        if let Content::Revoke { by_admin, .. } = &mut message.content {
            *by_admin = is_admin;
        }
    }

    /// Returns true when [`Self::complete`] may have to wait for WhatsApp.
    pub(super) fn needs_query(event: &Event) -> bool {
        matches!(
            event,
            Event::Message(message)
                if matches!(message.chat, Chat::Group(_)) && deletes_another_members(message)
        )
    }

    async fn is_by_admin(&self, group: &Jid, message: &Message, deadline: Instant) -> Option<bool> {
        let is_fresh = |admins: &Admins| admins.asked_at - CLOCK_SKEW >= message.sent_at;
        let mut answer = self.answer(group);
        if answer.get().is_some_and(|admins| !is_fresh(admins)) {
            self.answers.lock().remove(group);
            answer = self.answer(group);
        }
        let Ok(admins) = timeout_at(deadline, self.query(group, &answer)).await else {
            // Queried in the background, for the next time.
            self.refresh(group);
            return None;
        };
        Some(
            admins?
                .people
                .iter()
                .any(|admin| translate::are_same(admin, &message.sender)),
        )
    }

    /// Queries the group, unless the answer is there; concurrent callers wait for the same answer. None when WhatsApp
    /// did not answer.
    async fn query<'a>(&self, group: &Jid, answer: &'a OnceCell<Admins>) -> Option<&'a Admins> {
        let answered = answer.get_or_try_init(|| async {
            let asked_at = self.clock.now();
            let client = self.client.get().and_then(Weak::upgrade).ok_or(())?;
            let address: Address = group.0.parse().map_err(|_| ())?;
            let metadata = client.groups().get_metadata(&address).await.map_err(|error| {
                debug!(account.id = %self.account, %error, "WhatsApp did not describe a group");
            })?;
            let people = translate::admins(&metadata);
            self.commit_name(translate::described(group, &metadata)).await;
            Ok::<_, ()>(Admins { asked_at, people })
        });
        if let Ok(admins) = answered.await {
            return Some(admins);
        }
        self.answers.lock().remove(group);
        None
    }

    /// Commits the name of a group, unless it is committed already.
    async fn commit_name(&self, group: Group) {
        let is_committed = self.committed.lock().contains(&group);
        // If it cannot be committed now, it is with the next connection.
        if !is_committed && self.queue.ingest(vec![Event::Group(group.clone())]).await {
            let mut committed = self.committed.lock();
            committed.retain(|known| known.jid != group.jid);
            if committed.len() >= MAX_REMEMBERED {
                committed.clear();
            }
            committed.insert(group);
        }
    }

    fn answer(&self, group: &Jid) -> Answer {
        let mut answers = self.answers.lock();
        if let Some(answer) = answers.get(group) {
            return Arc::clone(answer);
        }
        if answers.len() >= MAX_REMEMBERED {
            answers.clear();
        }
        Arc::clone(answers.entry(group.clone()).or_default())
    }
}

/// Returns true when the message is the deletion of a message that another person wrote.
fn deletes_another_members(message: &Message) -> bool {
    matches!(
        &message.content,
        Content::Revoke {
            target_sender: Some(_),
            ..
        }
    )
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::clock::SystemClock;

    /// The groups of a client that is gone: every query fails.
    fn groups() -> Groups {
        let account = Uuid::from_u128(1).into();
        let clock: SharedClock = Arc::new(SystemClock);
        Groups::new(account, Arc::default(), IngestQueue::of_nobody(), clock)
    }

    fn group(number: usize) -> Jid {
        Jid(format!("{number}@g.us"))
    }

    #[tokio::test]
    async fn a_group_for_whose_query_there_is_no_place_is_queried_when_it_appears_again() {
        let groups = groups();

        // No query begins before this test waits for something.
        for number in 0..MAX_WAITING {
            groups.refresh(&group(number));
        }
        groups.refresh(&group(0));
        groups.discover(&group(MAX_WAITING));

        assert_eq!(groups.waiting.available_permits(), 0);
        assert!(!groups.answers.lock().contains_key(&group(MAX_WAITING)));
        let all = u32::try_from(MAX_WAITING).unwrap();
        let ended = groups.waiting.acquire_many(all).await.unwrap();
        drop(ended);
        groups.discover(&group(MAX_WAITING));
        assert!(groups.answers.lock().contains_key(&group(MAX_WAITING)));
    }

    #[test]
    fn so_many_groups_are_remembered_and_no_more() {
        let groups = groups();

        for number in 0..=MAX_REMEMBERED {
            groups.answer(&group(number));
        }

        assert_eq!(groups.answers.lock().len(), 1);
    }
}
