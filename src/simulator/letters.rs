//! Messages from one phone of the simulator to another: what the owner of one sends to a contact, who owns another, is sent
//! there by the contact of the first one's number.

use waproto::whatsapp as wa;

use super::error::Result;
use super::message_log::LoggedMessage;
use super::person::Person;
use super::registry::Registry;
use super::world::{Chat, World};

/// A message on its way to another phone.
pub(super) struct Letter {
    to: String,
    sender: Sender,
    is_status: bool,
    id: String,
    at: u64,
    edit: Option<String>,
    message: wa::Message,
}

/// The owner of the phone that it comes from.
struct Sender {
    number: String,
    lid: String,
    name: String,
}

impl World {
    /// Puts a message of the owner's into the post to those of its readers who own a phone here.
    pub(super) fn post(&mut self, logged: &LoggedMessage, readers: &[String]) {
        if matches!(logged.chat, Chat::Group(_)) {
            return;
        }
        for to in readers {
            self.letters.push(Letter {
                to: to.clone(),
                sender: Sender {
                    number: self.owner.number.clone(),
                    lid: self.owner.lid.clone(),
                    name: self.owner.name.clone(),
                },
                is_status: logged.chat == Chat::Status,
                id: logged.id.clone(),
                at: logged.at,
                edit: logged.edit.clone(),
                message: logged.message.clone(),
            });
        }
    }

    /// Receives a message of another phone's owner.
    async fn receive(&mut self, letter: Letter) -> Result<()> {
        let from = letter.sender.number;
        if !self.contacts.contains_key(&from) {
            let stranger = Person::new(&from, &letter.sender.lid, &letter.sender.name)?;
            self.contacts.insert(from.clone(), stranger);
        }
        let chat = if letter.is_status {
            Chat::Status
        } else {
            Chat::With(from.clone())
        };
        self.send(LoggedMessage {
            id: letter.id,
            author: from,
            chat,
            at: letter.at,
            edit: letter.edit,
            message: letter.message,
        })
        .await
    }
}

impl Registry {
    /// Delivers what a world has put into the post. That world must not be locked.
    pub(super) async fn deliver_letters(&self, letters: Vec<Letter>) -> Result<()> {
        for letter in letters {
            let Ok(world) = self.world(&letter.to) else {
                continue;
            };
            let mut world = world.lock().await;
            world.receive(letter).await?;
            world.commit()?;
            world.activity.send_modify(|count| *count += 1);
        }
        Ok(())
    }
}
