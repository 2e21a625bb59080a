//! Methods by which tests, the demonstration and the control API drive a running simulator.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use super::Simulator;
use super::error::{Result, SimulatorError};
use super::event::Event;
use super::faults::Fault;
use super::linking::read_qr;
use super::media::DownloadFault;
use super::person::Person;
use super::presence::SentPresence;
use super::registry::SharedWorld;
use super::sent::SentMessage;
use super::world::{Addressing, World};

/// A phone as its driver sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PhoneInfo {
    /// Its number, digits only.
    pub number: String,
    /// The owner's push name.
    pub name: String,
    /// The user part of its LID.
    pub lid: String,
    /// The number of linked devices.
    pub linked_devices: usize,
    /// True when any of them is connected and receives messages.
    pub is_connected: bool,
    /// The number of messages and notifications that its linked devices have not acknowledged.
    pub unacknowledged: usize,
    /// The number of logins of its devices since the simulator was started.
    pub logins: u64,
    /// The number of those that found the device's socket before still open: two programs, or two servers, use one device.
    pub doubled_logins: u64,
}

impl Simulator {
    /// All phones, in the order of their numbers.
    pub async fn phones(&self) -> Vec<PhoneInfo> {
        let mut phones = Vec::new();
        for world in self.registry().worlds() {
            phones.push(info(&*world.lock().await));
        }
        phones
    }

    /// One phone.
    ///
    /// # Errors
    /// [`SimulatorError::Unknown`] when there is no phone of this number.
    pub async fn phone(&self, number: &str) -> Result<PhoneInfo, SimulatorError> {
        Ok(info(&*self.world(number)?.lock().await))
    }

    /// Makes a phone whose chats are named by LID, as today's are.
    ///
    /// # Errors
    /// [`SimulatorError::Invalid`] when the number is none, [`SimulatorError::Conflict`] when the phone exists.
    pub async fn create_phone(&self, number: &str, name: &str) -> Result<PhoneInfo, SimulatorError> {
        self.create_phone_with_addressing(number, name, Addressing::Lid)
            .await
    }

    /// Makes a phone, choosing how its chats are named.
    ///
    /// # Errors
    /// As [`Self::create_phone`].
    pub async fn create_phone_with_addressing(
        &self,
        number: &str,
        name: &str,
        addressing: Addressing,
    ) -> Result<PhoneInfo, SimulatorError> {
        let number = digits(number)?;
        let lid = self.registry().lid_of(&number);
        let world = World::new(&number, &lid, name, addressing)?;
        let world = self.registry().add(world)?;
        Ok(info(&*world.lock().await))
    }

    /// Scans a client's QR code with the phone, which links the client.
    ///
    /// # Errors
    /// [`SimulatorError::Unknown`] for a phone or QR code that is not here, [`SimulatorError::Invalid`] for text that is
    /// no QR code.
    pub async fn scan(&self, phone: &str, qr: &str) -> Result<(), SimulatorError> {
        let world = self.world(phone)?;
        let (reference, identity, secret) = read_qr(qr)?;
        let candidate = self.registry().candidate_by_reference(&reference)?;
        let mut world = world.lock().await;
        world.scan(&candidate, &identity, &secret)?;
        world.commit()
    }

    /// Enters on the phone the code that a client shows; dashes and spaces do not matter.
    ///
    /// # Errors
    /// [`SimulatorError::Unknown`] when no client asked to be linked to this phone by code, [`SimulatorError::Invalid`]
    /// when the code has not eight characters.
    pub async fn enter_code(&self, phone: &str, code: &str) -> Result<(), SimulatorError> {
        let world = self.world(phone)?;
        let code: String = code
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .collect::<String>()
            .to_ascii_uppercase();
        if code.len() != 8 {
            return Err(SimulatorError::invalid(
                "link code",
                code,
                "give the eight letters and digits that the client shows",
            ));
        }
        let candidate = self.registry().candidate_by_number(&digits(phone)?)?;
        let mut world = world.lock().await;
        world.enter_code(&candidate, &code)?;
        world.commit()
    }

    /// Unlinks every linked device of the phone.
    ///
    /// # Errors
    /// [`SimulatorError::Conflict`] when none is linked.
    pub async fn unlink(&self, phone: &str) -> Result<(), SimulatorError> {
        let world = self.world(phone)?;
        let mut world = world.lock().await;
        let devices: Vec<u16> = world.devices.keys().copied().collect();
        if devices.is_empty() {
            return Err(SimulatorError::Conflict(format!(
                "phone {phone} has no linked device: link one first"
            )));
        }
        for device in devices {
            world.unlink(device)?;
        }
        world.commit()
    }

    /// Adds a contact to the phone's address book, or renames an existing one. Returns the contact's LID.
    ///
    /// # Errors
    /// [`SimulatorError::Invalid`] when the number is none.
    pub async fn add_contact(&self, phone: &str, number: &str, name: &str) -> Result<String, SimulatorError> {
        let number = digits(number)?;
        let world = self.world(phone)?;
        let lid = self.registry().lid_of(&number);
        let mut world = world.lock().await;
        if number == world.owner.number {
            return Err(SimulatorError::Conflict(format!(
                "{number} is the phone's own number: a contact needs another"
            )));
        }
        if let Some(contact) = world.contacts.get_mut(&number) {
            name.clone_into(&mut contact.name);
        } else {
            let contact = Person::new(&number, &lid, name)?;
            world.contacts.insert(number.clone(), contact);
        }
        let contact = world.person(&number)?;
        let (pn, lid) = (contact.pn_jid(), contact.lid_jid());
        world.app_state.set_contact(&pn, &lid, name)?;
        world.announce_app_state("critical_unblock_low")?;
        world.commit()?;
        Ok(lid.to_string())
    }

    /// The numbers and names of the phone's contacts, by number.
    ///
    /// # Errors
    /// [`SimulatorError::Unknown`] when there is no such phone.
    pub async fn contacts(&self, phone: &str) -> Result<Vec<(String, String)>, SimulatorError> {
        let world = self.world(phone)?;
        let world = world.lock().await;
        let contacts = world.contacts.values();
        Ok(contacts
            .map(|contact| (contact.number.clone(), contact.name.clone()))
            .collect())
    }

    /// Performs an event. Returns the id of the message that it sends, or that it is about.
    ///
    /// # Errors
    /// [`SimulatorError::Unknown`] when the event names a person, group or message that does not exist,
    /// [`SimulatorError::Conflict`] when it could not happen on WhatsApp.
    pub async fn perform(&self, phone: &str, event: Event) -> Result<String, SimulatorError> {
        let world = self.world(phone)?;
        let mut world = world.lock().await;
        let happened = world.perform(event, self.registry().media()).await;
        world.commit()?;
        let letters = std::mem::take(&mut world.letters);
        drop(world);
        self.registry().deliver_letters(letters).await?;
        happened
    }

    /// Messages and read receipts that the phone's linked devices sent, oldest first.
    ///
    /// # Errors
    /// [`SimulatorError::Unknown`] when there is no such phone.
    pub async fn sent(&self, phone: &str) -> Result<Vec<SentMessage>, SimulatorError> {
        let world = self.world(phone)?;
        let world = world.lock().await;
        Ok(world.sent.iter().cloned().collect())
    }

    /// Waits until the linked devices have acknowledged everything. Wrap it in a timeout.
    ///
    /// # Errors
    /// [`SimulatorError::Unknown`] when there is no such phone.
    pub async fn wait_until_acknowledged(&self, phone: &str) -> Result<(), SimulatorError> {
        let is_done = |world: &World| {
            let mut devices = world.devices.values();
            devices.all(|device| device.queue.is_empty()).then_some(())
        };
        self.wait_for(phone, is_done).await
    }

    /// The medium of a message that a linked device sent, downloaded and decrypted as its receiver would.
    ///
    /// # Errors
    /// [`SimulatorError::Unknown`] when no such message was sent or it has no medium, [`SimulatorError::Crypto`] when
    /// what was uploaded is not what the message promises.
    pub async fn sent_media(&self, phone: &str, message_id: &str) -> Result<Vec<u8>, SimulatorError> {
        let world = self.world(phone)?;
        let world = world.lock().await;
        let logged = world
            .log
            .find(message_id)
            .ok_or_else(|| SimulatorError::unknown("message", message_id, "name one that a device sent"))?;
        self.registry().media().open(&logged.message)
    }

    /// Waits for a sent message that satisfies the predicate, and returns it. Wrap it in a timeout.
    ///
    /// # Errors
    /// [`SimulatorError::Unknown`] when there is no such phone.
    pub async fn wait_for_sent(
        &self,
        phone: &str,
        is_wanted: impl Fn(&SentMessage) -> bool,
    ) -> Result<SentMessage, SimulatorError> {
        let find = |world: &World| world.sent.iter().find(|sent| is_wanted(sent)).cloned();
        self.wait_for(phone, find).await
    }

    /// Presences and chat states that linked devices sent, oldest first.
    ///
    /// # Errors
    /// [`SimulatorError::Unknown`] when there is no such phone.
    pub async fn presences(&self, phone: &str) -> Result<Vec<SentPresence>, SimulatorError> {
        let world = self.world(phone)?;
        let world = world.lock().await;
        Ok(world.presences.iter().cloned().collect())
    }

    /// Waits for a presence that satisfies the predicate, and returns it. Wrap it in a timeout.
    ///
    /// # Errors
    /// [`SimulatorError::Unknown`] when there is no such phone.
    pub async fn wait_for_presence(
        &self,
        phone: &str,
        is_wanted: impl Fn(&SentPresence) -> bool,
    ) -> Result<SentPresence, SimulatorError> {
        let find = |world: &World| world.presences.iter().find(|sent| is_wanted(sent)).cloned();
        self.wait_for(phone, find).await
    }

    /// A receiver that changes with every stanza of the phone's devices.
    pub(super) async fn activity(&self, phone: &str) -> Result<watch::Receiver<u64>> {
        Ok(self.world(phone)?.lock().await.activity.subscribe())
    }

    /// Messages that devices sent after the first `count`, and the new count.
    pub(super) async fn sent_after(&self, phone: &str, count: usize) -> Result<(Vec<SentMessage>, usize)> {
        Ok(self.world(phone)?.lock().await.sent_after(count))
    }

    /// Evaluates `ask` after every stanza of a device until it returns a value.
    async fn wait_for<T>(&self, phone: &str, ask: impl Fn(&World) -> Option<T>) -> Result<T> {
        let shared = self.world(phone)?;
        let mut activity = shared.lock().await.activity.subscribe();
        loop {
            activity.mark_unchanged();
            if let Some(answer) = ask(&*shared.lock().await) {
                return Ok(answer);
            }
            // The sender lives in the world, which `shared` keeps.
            let _ = activity.changed().await;
        }
    }

    /// Injects a fault for the phone's devices; media faults concern the downloads of all phones.
    ///
    /// # Errors
    /// [`SimulatorError::Conflict`] when the fault needs a connection and there is none.
    pub async fn fail(&self, phone: &str, fault: Fault) -> Result<(), SimulatorError> {
        let world = self.world(phone)?;
        let download = match fault {
            Fault::MediaMissing { code, seconds } => Some((DownloadFault::Missing(code), seconds)),
            Fault::MediaTruncated { seconds } => Some((DownloadFault::Truncated, seconds)),
            Fault::MediaTampered { seconds } => Some((DownloadFault::Tampered, seconds)),
            _ => None,
        };
        if let Some((fault, seconds)) = download {
            let time = Duration::from_secs(seconds);
            self.registry().media().fail(fault, time);
        }
        let mut world = world.lock().await;
        world.fail(fault)?;
        world.commit()
    }

    pub(super) fn world(&self, phone: &str) -> Result<SharedWorld> {
        self.registry().world(&digits(phone)?)
    }
}

fn info(world: &World) -> PhoneInfo {
    PhoneInfo {
        number: world.owner.number.clone(),
        name: world.owner.name.clone(),
        lid: world.owner.lid.clone(),
        linked_devices: world.devices.len(),
        is_connected: world.is_connected(),
        unacknowledged: world.devices.values().map(|device| device.queue.len()).sum(),
        logins: world.logins.all,
        doubled_logins: world.logins.doubled,
    }
}

/// A phone number without `+`, spaces and dashes.
pub(super) fn digits(number: &str) -> Result<String> {
    let kept: String = number
        .chars()
        .filter(|letter| !matches!(letter, '+' | ' ' | '-' | '(' | ')'))
        .collect();
    let is_number = (5..=15).contains(&kept.len()) && kept.bytes().all(|byte| byte.is_ascii_digit());
    if is_number {
        Ok(kept)
    } else {
        Err(SimulatorError::invalid(
            "number",
            number,
            "give 5 to 15 digits with the country code, such as 5511999990000",
        ))
    }
}
