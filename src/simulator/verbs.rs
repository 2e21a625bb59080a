//! What a test, a demonstration or the control API can do with a running simulator.

use std::time::Duration;

use super::error::{Result, SimulatorError};
use super::event::Event;
use super::faults::Fault;
use super::linking::read_qr;
use super::media::ShelfFault;
use super::person::Person;
use super::presence::SentPresence;
use super::registry::SharedWorld;
use super::sent::SentMessage;
use super::world::{Addressing, World, fresh_lid};
use super::{PhoneInfo, Simulator};

impl Simulator {
    /// Every phone, by number.
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
        self.create_phone_addressed(number, name, Addressing::Lid).await
    }

    /// Makes a phone, choosing how its chats are named.
    ///
    /// # Errors
    /// As [`Self::create_phone`].
    pub async fn create_phone_addressed(
        &self,
        number: &str,
        name: &str,
        addressing: Addressing,
    ) -> Result<PhoneInfo, SimulatorError> {
        let number = digits(number)?;
        let world = World::new(&number, name, addressing)?;
        let world = self.registry().add(world)?;
        Ok(info(&*world.lock().await))
    }

    /// The phone scans a client's QR code, which links the client.
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

    /// The owner types the code that a client shows; dashes and spaces do not matter.
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

    /// The phone throws out every linked device.
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

    /// Puts somebody into the phone's address book, or renames who is there. Answers the contact's LID.
    ///
    /// # Errors
    /// [`SimulatorError::Invalid`] when the number is none.
    pub async fn add_contact(&self, phone: &str, number: &str, name: &str) -> Result<String, SimulatorError> {
        let number = digits(number)?;
        let world = self.world(phone)?;
        let mut world = world.lock().await;
        if number == world.owner.number {
            return Err(SimulatorError::Conflict(format!(
                "{number} is the phone's own number: a contact needs another"
            )));
        }
        if let Some(contact) = world.contacts.get_mut(&number) {
            name.clone_into(&mut contact.name);
        } else {
            let contact = Person::new(&number, &fresh_lid(), name)?;
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

    /// Makes something happen. Answers the id of the message that it is, or that it is about.
    ///
    /// # Errors
    /// [`SimulatorError::Unknown`] when the event names somebody or something that is not here,
    /// [`SimulatorError::Conflict`] when it could not happen on WhatsApp.
    pub async fn happen(&self, phone: &str, event: Event) -> Result<String, SimulatorError> {
        let world = self.world(phone)?;
        let mut world = world.lock().await;
        let happened = world.happen(event, self.registry().shelf()).await;
        world.commit()?;
        happened
    }

    /// What the phone's linked devices sent, oldest first, read receipts included.
    ///
    /// # Errors
    /// [`SimulatorError::Unknown`] when there is no such phone.
    pub async fn sent(&self, phone: &str) -> Result<Vec<SentMessage>, SimulatorError> {
        let world = self.world(phone)?;
        let world = world.lock().await;
        Ok(world.sent.iter().cloned().collect())
    }

    /// Waits until the linked devices have acknowledged everything. Put a deadline around it.
    ///
    /// # Errors
    /// [`SimulatorError::Unknown`] when there is no such phone.
    pub async fn acknowledged(&self, phone: &str) -> Result<(), SimulatorError> {
        let is_done = |world: &World| {
            let mut devices = world.devices.values();
            devices.all(|device| device.queue.is_empty()).then_some(())
        };
        self.wait_for(phone, is_done).await
    }

    /// The medium of a message that a linked device sent, fetched and decrypted as its receiver would.
    ///
    /// # Errors
    /// [`SimulatorError::Unknown`] when no such message was sent or it has no medium, [`SimulatorError::Crypto`] when
    /// what was uploaded is not what the message promises.
    pub async fn sent_media(&self, phone: &str, message_id: &str) -> Result<Vec<u8>, SimulatorError> {
        let world = self.world(phone)?;
        let world = world.lock().await;
        let said = world
            .log
            .find(message_id)
            .ok_or_else(|| SimulatorError::unknown("message", message_id, "name one that a device sent"))?;
        self.registry().shelf().open(&said.message)
    }

    /// Waits until a linked device has sent something that the question is true of. Put a deadline around it.
    ///
    /// # Errors
    /// [`SimulatorError::Unknown`] when there is no such phone.
    pub async fn heard(
        &self,
        phone: &str,
        is_wanted: impl Fn(&SentMessage) -> bool,
    ) -> Result<SentMessage, SimulatorError> {
        let find = |world: &World| world.sent.iter().find(|sent| is_wanted(sent)).cloned();
        self.wait_for(phone, find).await
    }

    /// What linked devices said of themselves, oldest first: that they are there or not, and what they do in chats.
    ///
    /// # Errors
    /// [`SimulatorError::Unknown`] when there is no such phone.
    pub async fn presences(&self, phone: &str) -> Result<Vec<SentPresence>, SimulatorError> {
        let world = self.world(phone)?;
        let world = world.lock().await;
        Ok(world.presences.iter().cloned().collect())
    }

    /// Waits until a linked device has said something of itself that the question is true of. Put a deadline around it.
    ///
    /// # Errors
    /// [`SimulatorError::Unknown`] when there is no such phone.
    pub async fn announced(
        &self,
        phone: &str,
        is_wanted: impl Fn(&SentPresence) -> bool,
    ) -> Result<SentPresence, SimulatorError> {
        let find = |world: &World| world.presences.iter().find(|sent| is_wanted(sent)).cloned();
        self.wait_for(phone, find).await
    }

    /// Asks again whenever a device has said something.
    async fn wait_for<T>(&self, phone: &str, ask: impl Fn(&World) -> Option<T>) -> Result<T> {
        let shared = self.world(phone)?;
        let mut news = shared.lock().await.heard.subscribe();
        loop {
            news.mark_unchanged();
            if let Some(answer) = ask(&*shared.lock().await) {
                return Ok(answer);
            }
            // The sender lives in the world, which `shared` keeps.
            let _ = news.changed().await;
        }
    }

    /// Makes something go wrong for the phone's devices; media faults concern the downloads of all.
    ///
    /// # Errors
    /// [`SimulatorError::Conflict`] when the fault needs a connection and there is none.
    pub async fn fail(&self, phone: &str, fault: Fault) -> Result<(), SimulatorError> {
        let world = self.world(phone)?;
        let download = match fault {
            Fault::MediaMissing { code, seconds } => Some((ShelfFault::Missing(code), seconds)),
            Fault::MediaTruncated { seconds } => Some((ShelfFault::Truncated, seconds)),
            Fault::MediaTampered { seconds } => Some((ShelfFault::Tampered, seconds)),
            _ => None,
        };
        if let Some((fault, seconds)) = download {
            let time = Duration::from_secs(seconds);
            self.registry().shelf().fail(fault, time);
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
