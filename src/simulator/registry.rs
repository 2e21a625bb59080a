//! The state of a simulator: phones, clients that wait to be linked, and media.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::{Mutex, RwLock};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::error::{Result, SimulatorError};
use super::linking::Candidate;
use super::media::MediaStore;
use super::noise::ServerIdentity;
use super::persist::Storage;
use super::world::{World, fresh_lid};

/// A phone's world, shared by its connections and its drivers.
pub(super) type SharedWorld = Arc<tokio::sync::Mutex<World>>;

/// The whole state of a simulator.
pub(super) struct Registry {
    identity: ServerIdentity,
    worlds: RwLock<BTreeMap<String, SharedWorld>>,
    /// LIDs by number: a person has one, whoever knows them.
    lids: Mutex<HashMap<String, String>>,
    candidates: Mutex<Candidates>,
    media: Arc<MediaStore>,
    storage: Option<Arc<Storage>>,
    connections: AtomicU64,
    stop: CancellationToken,
    pub(super) tasks: TaskTracker,
}

/// Clients that show a QR code or a link code.
#[derive(Default)]
struct Candidates {
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
        let known = saved
            .iter()
            .flat_map(|world| world.contacts.values().chain([&world.owner]));
        let lids = known.map(|person| (person.number.clone(), person.lid.clone()));
        let lids = Mutex::new(lids.collect());
        let worlds = saved.into_iter().map(|mut world| {
            world.set_storage(storage.clone());
            let number = world.owner.number.clone();
            (number, Arc::new(tokio::sync::Mutex::new(world)))
        });
        Ok(Self {
            identity,
            worlds: RwLock::new(worlds.collect()),
            lids,
            candidates: Mutex::default(),
            media: Arc::new(MediaStore::new(folder)),
            storage,
            connections: AtomicU64::new(1),
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
        })
    }

    pub(super) fn identity(&self) -> &ServerIdentity {
        &self.identity
    }

    pub(super) fn media(&self) -> &Arc<MediaStore> {
        &self.media
    }

    pub(super) fn next_connection_id(&self) -> u64 {
        self.connections.fetch_add(1, Ordering::Relaxed)
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

    /// The LID of the person with this number, made when nobody knows them yet.
    pub(super) fn lid_of(&self, number: &str) -> String {
        let mut lids = self.lids.lock();
        lids.entry(number.to_owned()).or_insert_with(fresh_lid).clone()
    }

    /// The world of the phone with this number.
    pub(super) fn world(&self, number: &str) -> Result<SharedWorld> {
        let worlds = self.worlds.read();
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
        let worlds = self.worlds.read();
        worlds.values().cloned().collect()
    }

    /// Adds a phone; it must be new.
    pub(super) fn add(&self, mut world: World) -> Result<SharedWorld> {
        let number = world.owner.number.clone();
        let mut worlds = self.worlds.write();
        if worlds.contains_key(&number) {
            return Err(SimulatorError::Conflict(format!(
                "phone {number} exists: choose another number, or use it as it is"
            )));
        }
        world.set_storage(self.storage.clone());
        world.commit()?;
        let world = Arc::new(tokio::sync::Mutex::new(world));
        worlds.insert(number, world.clone());
        Ok(world)
    }

    /// Registers a client under the references of its QR codes.
    pub(super) fn register_candidate(&self, candidate: &Arc<Candidate>) {
        let mut candidates = self.candidates.lock();
        for reference in &candidate.references {
            candidates
                .by_reference
                .insert(reference.clone(), candidate.clone());
        }
    }

    /// Registers a client under the number that it asks to be linked to.
    pub(super) fn register_for_code(&self, number: &str, candidate: &Arc<Candidate>) {
        self.candidates
            .lock()
            .by_number
            .insert(number.to_owned(), candidate.clone());
    }

    /// Removes a client that has disconnected.
    pub(super) fn remove_candidate(&self, candidate: &Arc<Candidate>) {
        let mut candidates = self.candidates.lock();
        let stays = |other: &Arc<Candidate>| other.connection.id != candidate.connection.id;
        candidates.by_reference.retain(|_, other| stays(other));
        candidates.by_number.retain(|_, other| stays(other));
    }

    /// The client that shows a QR code with this reference.
    pub(super) fn candidate_by_reference(&self, reference: &str) -> Result<Arc<Candidate>> {
        let found = self.candidates.lock().by_reference.get(reference).cloned();
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
        let found = self.candidates.lock().by_number.get(number).cloned();
        found.ok_or_else(|| {
            SimulatorError::unknown(
                "link code for phone",
                number,
                "no client asks to be linked to it by code: let one ask first",
            )
        })
    }
}
