//! One phone and everybody it knows: people, groups, linked devices, and what was said.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node};

use super::app_state::AppState;
use super::chance;
use super::device::{LinkedDevice, Queued};
use super::error::{Result, SimulatorError};
use super::faults::Armed;
use super::groups::Group;
use super::history::MessageLog;
use super::line::Line;
use super::persist::Storage;
use super::person::Person;
use super::presence::SentPresence;
use super::sent::SentMessage;
use super::stanza::{SERVER, STATUS};

/// How many of the devices' own messages are remembered for [`Simulator::sent`](super::Simulator::sent).
const SENT_KEPT: usize = 10_000;

/// By which of its two names the account's chats go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Addressing {
    /// Stanzas name people by their LID and add the number; what WhatsApp does today.
    #[default]
    Lid,
    /// Stanzas name people by their phone number, as before the migration.
    Pn,
}

/// Where a message is said.
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
    pub(super) lines: BTreeMap<u16, Line>,
    #[serde(skip)]
    pub(super) armed: Armed,
    /// Counts what devices said, so that who waits for more is woken.
    #[serde(skip)]
    pub(super) heard: watch::Sender<u64>,
    #[serde(skip)]
    outbox: Vec<(Line, Node)>,
    #[serde(skip)]
    storage: Option<Arc<Storage>>,
}

impl World {
    pub(super) fn new(number: &str, name: &str, addressing: Addressing) -> Result<Self> {
        let mut world = Self {
            owner: Person::new(number, &fresh_lid(), name)?,
            addressing,
            contacts: BTreeMap::new(),
            groups: BTreeMap::new(),
            devices: BTreeMap::new(),
            next_device: 1,
            log: MessageLog::default(),
            sent: VecDeque::new(),
            presences: VecDeque::new(),
            app_state: AppState::new(),
            lines: BTreeMap::new(),
            armed: Armed::default(),
            heard: watch::Sender::default(),
            outbox: Vec::new(),
            storage: None,
        };
        world.app_state.set_push_name(name)?;
        Ok(world)
    }

    /// Makes every later commit write to this storage first.
    pub(super) fn keep_in(&mut self, storage: Option<Arc<Storage>>) {
        self.storage = storage;
    }

    /// Writes the world down, then lets what was said since the last commit leave.
    pub(super) fn commit(&mut self) -> Result<()> {
        self.ask_for_keys()?;
        if let Some(storage) = self.storage.clone() {
            storage.save_world(self)?;
        }
        for (line, node) in self.outbox.drain(..) {
            line.send(node);
        }
        Ok(())
    }

    /// Asks every device that runs out of one-time keys for more.
    fn ask_for_keys(&mut self) -> Result<()> {
        let devices = self.devices.values_mut();
        let short: Vec<(u16, usize)> = devices
            .filter_map(|device| {
                let is_short = std::mem::take(&mut device.runs_short);
                is_short.then_some((device.id, device.one_time.len()))
            })
            .collect();
        for (device, left) in short {
            let notification = NodeBuilder::new("notification")
                .attr("from", SERVER)
                .attr("id", chance::message_id())
                .attr("t", chance::now())
                .attr("type", "encrypt")
                .children([NodeBuilder::new("count").attr("value", left).build()])
                .build();
            self.deliver(device, notification)?;
        }
        Ok(())
    }

    /// The JID by which stanzas name a person.
    pub(super) fn name_of(&self, person: &Person) -> Jid {
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

    /// The person whom a JID names, by number or LID.
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

    /// The wire name of a chat.
    pub(super) fn chat_jid(&self, chat: &Chat) -> Result<Jid> {
        Ok(match chat {
            Chat::With(number) => self.name_of(self.person(number)?),
            Chat::Group(id) => self.group(id)?.jid(),
            Chat::Status => Jid::status_broadcast(),
        })
    }

    /// The chat that a wire name means.
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

    /// A number for the next linked device; never given twice.
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

    /// Sends a stanza on a line at the next commit, with no care for whether it arrives.
    pub(super) fn say(&mut self, line: &Line, node: Node) {
        self.outbox.push((line.clone(), node));
    }

    /// Sends a stanza to a device if it is connected.
    pub(super) fn tell(&mut self, device: u16, node: Node) {
        if let Some(line) = self.lines.get(&device) {
            self.outbox.push((line.clone(), node));
        }
    }

    /// Breaks the connection of a device, if it has one.
    pub(super) fn cut(&self, device: u16) {
        if let Some(line) = self.lines.get(&device) {
            line.cut();
        }
    }

    /// Delivers a stanza that stays queued until the device acknowledges it.
    pub(super) fn deliver(&mut self, device: u16, node: Node) -> Result<()> {
        if let Some(line) = self.lines.get(&device)
            && line.is_active
        {
            self.outbox.push((line.clone(), node.clone()));
        }
        self.device_mut(device)?.queue.push_back(Queued { node });
        Ok(())
    }

    /// Remembers what a device sent. A message that came before under its id is the same one, also for people who could
    /// not read it then.
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
    }

    /// Whether any linked device has its socket open.
    pub(super) fn is_connected(&self) -> bool {
        self.lines
            .values()
            .any(|line| line.is_active && !line.is_closed())
    }
}

/// Fifteen random digits, as LIDs are.
pub(super) fn fresh_lid() -> String {
    let number = u64::from_be_bytes(chance::secret()) % 900_000_000_000_000;
    (100_000_000_000_000 + number).to_string()
}
