//! Everything the server knows: phones, clients that wait to be linked, and media.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::error::{Result, SimulatorError};
use super::linking::Candidate;
use super::media::MediaShelf;
use super::noise::ServerIdentity;
use super::persist::Storage;
use super::world::World;

/// A phone's world, shared by its connections and whoever drives it.
pub(super) type SharedWorld = Arc<tokio::sync::Mutex<World>>;

/// The whole state of a simulator.
pub(super) struct Registry {
    identity: ServerIdentity,
    worlds: RwLock<BTreeMap<String, SharedWorld>>,
    waiting: Mutex<Waiting>,
    shelf: Arc<MediaShelf>,
    storage: Option<Arc<Storage>>,
    lines: AtomicU64,
    stop: CancellationToken,
    pub(super) tasks: TaskTracker,
}

/// Clients that show a QR code or a link code.
#[derive(Default)]
struct Waiting {
    by_reference: HashMap<String, Arc<Candidate>>,
    by_number: HashMap<String, Arc<Candidate>>,
}

impl Registry {
    /// Opens the registry with what the storage holds.
    pub(super) fn open(storage: Option<Storage>) -> Result<Self> {
        let storage = storage.map(Arc::new);
        let (identity, saved, folder) = match &storage {
            Some(storage) => (storage.identity()?, storage.worlds()?, Some(storage.media())),
            None => (ServerIdentity::generate()?, Vec::new(), None),
        };
        let worlds = saved.into_iter().map(|mut world| {
            world.keep_in(storage.clone());
            let number = world.owner.number.clone();
            (number, Arc::new(tokio::sync::Mutex::new(world)))
        });
        Ok(Self {
            identity,
            worlds: RwLock::new(worlds.collect()),
            waiting: Mutex::default(),
            shelf: Arc::new(MediaShelf::new(folder)),
            storage,
            lines: AtomicU64::new(1),
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
        })
    }

    pub(super) fn identity(&self) -> &ServerIdentity {
        &self.identity
    }

    pub(super) fn shelf(&self) -> &Arc<MediaShelf> {
        &self.shelf
    }

    pub(super) fn next_line(&self) -> u64 {
        self.lines.fetch_add(1, Ordering::Relaxed)
    }

    pub(super) fn stop(&self) {
        self.stop.cancel();
    }

    pub(super) async fn stopped(&self) {
        self.stop.cancelled().await;
    }

    pub(super) fn stop_token(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// The world of the phone with this number.
    pub(super) fn world(&self, number: &str) -> Result<SharedWorld> {
        let worlds = self.worlds.read().unwrap_or_else(PoisonError::into_inner);
        worlds.get(number).cloned().ok_or_else(|| {
            SimulatorError::unknown(
                "phone",
                number,
                "make it first, or name one that is listed, by digits without +",
            )
        })
    }

    /// Every world, by number.
    pub(super) fn worlds(&self) -> Vec<SharedWorld> {
        let worlds = self.worlds.read().unwrap_or_else(PoisonError::into_inner);
        worlds.values().cloned().collect()
    }

    /// Adds a phone; it must be new.
    pub(super) fn add(&self, mut world: World) -> Result<SharedWorld> {
        let number = world.owner.number.clone();
        let mut worlds = self.worlds.write().unwrap_or_else(PoisonError::into_inner);
        if worlds.contains_key(&number) {
            return Err(SimulatorError::Conflict(format!(
                "phone {number} exists: choose another number, or use it as it is"
            )));
        }
        world.keep_in(self.storage.clone());
        world.commit()?;
        let world = Arc::new(tokio::sync::Mutex::new(world));
        worlds.insert(number, world.clone());
        Ok(world)
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a client be found by its QR codes.
    pub(super) fn admit(&self, candidate: &Arc<Candidate>) {
        let mut waiting = self.waiting();
        for reference in &candidate.references {
            waiting.by_reference.insert(reference.clone(), candidate.clone());
        }
    }

    /// Lets a client be found by the number that it wants to be linked to.
    pub(super) fn await_code(&self, number: &str, candidate: &Arc<Candidate>) {
        self.waiting()
            .by_number
            .insert(number.to_owned(), candidate.clone());
    }

    /// Forgets a client that left.
    pub(super) fn dismiss(&self, candidate: &Arc<Candidate>) {
        let mut waiting = self.waiting();
        let stays = |other: &Arc<Candidate>| other.line.id != candidate.line.id;
        waiting.by_reference.retain(|_, other| stays(other));
        waiting.by_number.retain(|_, other| stays(other));
    }

    /// The client that shows a QR code with this reference.
    pub(super) fn candidate_by_reference(&self, reference: &str) -> Result<Arc<Candidate>> {
        let found = self.waiting().by_reference.get(reference).cloned();
        found.ok_or_else(|| {
            SimulatorError::unknown(
                "QR code",
                reference,
                "its client is gone or it was never shown: scan the one that is shown now",
            )
        })
    }

    /// The client that waits for a code for this number.
    pub(super) fn candidate_by_number(&self, number: &str) -> Result<Arc<Candidate>> {
        let found = self.waiting().by_number.get(number).cloned();
        found.ok_or_else(|| {
            SimulatorError::unknown(
                "link code for phone",
                number,
                "no client asks to be linked to it by code: let one ask first",
            )
        })
    }
}
