//! One phone and the people it knows: contacts, groups, linked devices and messages.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node};

use super::app_state::AppState;
use super::connection::Handle;
use super::device::{LinkedDevice, Queued};
use super::error::{Result, SimulatorError};
use super::faults::PendingFaults;
use super::groups::Group;
use super::letters::Letter;
use super::message_log::MessageLog;
use super::persist::Storage;
use super::person::Person;
use super::presence::SentPresence;
use super::random;
use super::reading::Arrivals;
use super::retry::RetryRequests;
use super::sent::SentMessage;
use super::stanza::{STATUS, server};
use super::time;

/// Number of the devices' messages that are kept for [`Simulator::sent`](super::Simulator::sent).
const SENT_KEPT: usize = 10_000;

/// The address by which stanzas name people.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Addressing {
    /// Stanzas name people by their LID and add the number; what WhatsApp does today.
    #[default]
    Lid,
    /// Stanzas name people by their phone number, as before the migration.
    Pn,
}

/// The chat of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Chat {
    /// Between the owner and this contact.
    With(String),
    /// In this group.
    Group(String),
    /// As a status.
    Status,
}

/// Logins of a phone's devices since the server started.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Logins {
    pub(super) all: u64,
    /// Those that found the device's socket before still open.
    pub(super) doubled: u64,
}

impl Logins {
    pub(super) fn count(&mut self, is_doubled: bool) {
        self.all += 1;
        self.doubled += u64::from(is_doubled);
    }
}

/// The state of one phone's world. Everything that is not skipped survives a restart.
#[derive(Serialize, Deserialize)]
pub(super) struct World {
    pub(super) owner: Person,
    pub(super) addressing: Addressing,
    pub(super) contacts: BTreeMap<String, Person>,
    pub(super) groups: BTreeMap<String, Group>,
    pub(super) devices: BTreeMap<u16, LinkedDevice>,
    next_device: u16,
    pub(super) log: MessageLog,
    pub(super) sent: VecDeque<SentMessage>,
    #[serde(default)]
    pub(super) presences: VecDeque<SentPresence>,
    pub(super) app_state: AppState,
    #[serde(skip)]
    pub(super) connections: BTreeMap<u16, Handle>,
    #[serde(skip)]
    pub(super) logins: Logins,
    #[serde(skip)]
    pub(super) pending_faults: PendingFaults,
    #[serde(skip)]
    pub(super) retry_requests: RetryRequests,
    #[serde(skip)]
    pub(super) arrivals: Arrivals,
    /// The number of messages that devices have sent since the server started.
    #[serde(skip)]
    sent_count: usize,
    /// The number of stanzas that devices have sent; a change wakes waiting callers.
    #[serde(skip)]
    pub(super) activity: watch::Sender<u64>,
    /// Messages to other phones, which are delivered when this world is unlocked.
    #[serde(skip)]
    pub(super) letters: Vec<Letter>,
    #[serde(skip)]
    outbox: Vec<(Handle, Node)>,
    #[serde(skip)]
    storage: Option<Arc<Storage>>,
}

impl World {
    pub(super) fn new(number: &str, lid: &str, name: &str, addressing: Addressing) -> Result<Self> {
        let mut world = Self {
            owner: Person::new(number, lid, name)?,
            addressing,
            contacts: BTreeMap::new(),
            groups: BTreeMap::new(),
            devices: BTreeMap::new(),
            next_device: 1,
            log: MessageLog::default(),
            sent: VecDeque::new(),
            presences: VecDeque::new(),
            app_state: AppState::new(),
            connections: BTreeMap::new(),
            logins: Logins::default(),
            pending_faults: PendingFaults::default(),
            retry_requests: RetryRequests::default(),
            arrivals: Arrivals::default(),
            sent_count: 0,
            activity: watch::Sender::default(),
            letters: Vec::new(),
            outbox: Vec::new(),
            storage: None,
        };
        world.app_state.set_push_name(name)?;
        Ok(world)
    }

    /// Sets the storage to which every later commit writes first.
    pub(super) fn set_storage(&mut self, storage: Option<Arc<Storage>>) {
        self.storage = storage;
    }

    /// Writes the snapshot, then sends the stanzas that were queued since the last commit.
    pub(super) fn commit(&mut self) -> Result<()> {
        self.request_one_time_keys()?;
        if let Some(storage) = self.storage.clone() {
            storage.save_world(self)?;
        }
        for (connection, node) in self.outbox.drain(..) {
            connection.send(node);
        }
        Ok(())
    }

    /// Asks every device that is short of one-time keys for more.
    fn request_one_time_keys(&mut self) -> Result<()> {
        let devices = self.devices.values_mut();
        let short: Vec<(u16, usize)> = devices
            .filter_map(|device| {
                let is_short = std::mem::take(&mut device.runs_short);
                is_short.then_some((device.id, device.one_time.len()))
            })
            .collect();
        for (device, left) in short {
            let notification = NodeBuilder::new("notification")
                .attr("from", server())
                .attr("id", random::message_id())
                .attr("t", time::now())
                .attr("type", "encrypt")
                .children([NodeBuilder::new("count").attr("value", left).build()])
                .build();
            self.deliver(device, notification)?;
        }
        Ok(())
    }

    /// The JID by which stanzas name a person.
    pub(super) fn jid_of(&self, person: &Person) -> Jid {
        match self.addressing {
            Addressing::Lid => person.lid_jid(),
            Addressing::Pn => person.pn_jid(),
        }
    }

    /// The person with this number, who may be the owner.
    pub(super) fn person(&self, number: &str) -> Result<&Person> {
        if self.owner.number == number {
            return Ok(&self.owner);
        }
        self.contacts.get(number).ok_or_else(|| {
            SimulatorError::unknown(
                "contact",
                number,
                "add it first, or name one that the phone has, by digits without +",
            )
        })
    }

    /// The contact with this number.
    pub(super) fn contact_mut(&mut self, number: &str) -> Result<&mut Person> {
        self.contacts.get_mut(number).ok_or_else(|| {
            SimulatorError::unknown("contact", number, "add it first, and name it by digits without +")
        })
    }

    /// The person named by a JID, by number or LID.
    pub(super) fn person_mut(&mut self, jid: &Jid) -> Option<&mut Person> {
        if self.owner.is(jid) {
            return Some(&mut self.owner);
        }
        self.contacts.values_mut().find(|person| person.is(jid))
    }

    pub(super) fn find_person(&self, jid: &Jid) -> Option<&Person> {
        if self.owner.is(jid) {
            return Some(&self.owner);
        }
        self.contacts.values().find(|person| person.is(jid))
    }

    pub(super) fn group(&self, id: &str) -> Result<&Group> {
        let id = id.strip_suffix("@g.us").unwrap_or(id);
        self.groups.get(id).ok_or_else(|| {
            SimulatorError::unknown("group", id, "make it first, and use the id that it answered")
        })
    }

    /// The JID of a chat.
    pub(super) fn chat_jid(&self, chat: &Chat) -> Result<Jid> {
        Ok(match chat {
            Chat::With(number) => self.jid_of(self.person(number)?),
            Chat::Group(id) => self.group(id)?.jid(),
            Chat::Status => Jid::status_broadcast(),
        })
    }

    /// The chat named by a JID, if it is known.
    pub(super) fn chat_of(&self, jid: &Jid) -> Option<Chat> {
        if jid.to_string() == STATUS {
            return Some(Chat::Status);
        }
        if self.groups.contains_key(jid.user.as_str()) {
            return Some(Chat::Group(jid.user.to_string()));
        }
        let person = self.find_person(jid)?;
        Some(Chat::With(person.number.clone()))
    }

    /// The number for the next linked device, never used twice.
    pub(super) fn next_device(&mut self) -> u16 {
        let id = self.next_device;
        self.next_device += 1;
        id
    }

    pub(super) fn device_mut(&mut self, id: u16) -> Result<&mut LinkedDevice> {
        self.devices
            .get_mut(&id)
            .ok_or(SimulatorError::Stanza("a device that is still linked"))
    }

    /// Sends a stanza on a connection at the next commit, once and unacknowledged.
    pub(super) fn send_on(&mut self, connection: &Handle, node: Node) {
        self.outbox.push((connection.clone(), node));
    }

    /// Sends a stanza to a device if it is connected.
    pub(super) fn send_to_device(&mut self, device: u16, node: Node) {
        if let Some(connection) = self.connections.get(&device) {
            self.outbox.push((connection.clone(), node));
        }
    }

    /// Breaks the connection of a device, if it has one.
    pub(super) fn disconnect(&self, device: u16) {
        if let Some(connection) = self.connections.get(&device) {
            connection.disconnect();
        }
    }

    /// Delivers a stanza that stays queued until the device acknowledges it.
    pub(super) fn deliver(&mut self, device: u16, node: Node) -> Result<()> {
        if let Some(connection) = self.connections.get(&device)
            && connection.is_active
        {
            self.outbox.push((connection.clone(), node.clone()));
        }
        self.device_mut(device)?.queue.push_back(Queued { node });
        Ok(())
    }

    /// Records a message of a device. One that was recorded under the same id is the same message, and gains the
    /// recipients who could not read it before.
    pub(super) fn record_sent(&mut self, message: SentMessage) {
        if let Some(known) = self.sent.iter_mut().rev().find(|known| known.is_same(&message)) {
            known.times += 1;
            for reader in message.recipients {
                if !known.recipients.contains(&reader) {
                    known.recipients.push(reader);
                }
            }
            return;
        }
        if self.sent.len() == SENT_KEPT {
            self.sent.pop_front();
        }
        self.sent.push_back(message);
        self.sent_count += 1;
    }

    /// Messages that devices sent after the first `count`, and the new count.
    pub(super) fn sent_after(&self, count: usize) -> (Vec<SentMessage>, usize) {
        let fresh = self.sent_count.saturating_sub(count).min(self.sent.len());
        let skipped = self.sent.len() - fresh;
        (self.sent.iter().skip(skipped).cloned().collect(), self.sent_count)
    }

    /// True when any linked device has its socket open.
    pub(super) fn is_connected(&self) -> bool {
        self.connections
            .values()
            .any(|connection| connection.is_active && !connection.is_closed())
    }
}

/// Fifteen random digits, as LIDs are.
pub(super) fn fresh_lid() -> String {
    let number = u64::from_be_bytes(random::secret()) % 900_000_000_000_000;
    (100_000_000_000_000 + number).to_string()
}
