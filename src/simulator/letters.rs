//! Post between the phones of one simulator: messages, read receipts and changes of groups. A message of the owner of one
//! phone to a contact who owns another arrives there as written by the contact of the first one's number.
//!
//! A group is known to every phone whose owner is a member: each has its own copy of it, and what happens in one copy is
//! posted to the others.

use std::sync::Arc;

use wacore_binary::Node;
use waproto::whatsapp as wa;

use super::error::Result;
use super::group_changes::GroupChange;
use super::groups::Group;
use super::message_log::LoggedMessage;
use super::person::Person;
use super::registry::Registry;
use super::stanza::attr;
use super::world::{Chat, World};

/// Something on its way to another phone.
pub(super) struct Letter {
    to: String,
    /// The person who wrote, read or changed something.
    sender: Named,
    content: Content,
}

enum Content {
    /// A message.
    Message(Arc<Message>),
    /// The sender read messages of the recipient's.
    Read { kind: String, ids: Vec<String> },
    /// A group that was made or changed.
    Group {
        group: Arc<SharedGroup>,
        change: Option<GroupChange>,
    },
}

struct Message {
    chat: SharedChat,
    id: String,
    at: u64,
    edit: Option<String>,
    content: wa::Message,
}

/// A chat by a name that all phones have for it.
enum SharedChat {
    WithSender,
    Group(String),
    Status,
}

/// A group, as nobody's in particular.
struct SharedGroup {
    group: Group,
    /// All members.
    people: Vec<Named>,
}

/// A person by what all phones know of them.
#[derive(Clone)]
struct Named {
    number: String,
    lid: String,
    name: String,
}

impl Named {
    fn of(person: &Person) -> Self {
        Self {
            number: person.number.clone(),
            lid: person.lid.clone(),
            name: person.name.clone(),
        }
    }
}

impl World {
    /// Posts a message to those of its readers who own a phone here. In a group, whoever wrote it; elsewhere only the
    /// owner's, because contacts write to the owner.
    pub(super) fn post(&mut self, logged: &LoggedMessage, readers: &[String]) -> Result<()> {
        let chat = match &logged.chat {
            Chat::Group(id) => SharedChat::Group(id.clone()),
            Chat::With(_) | Chat::Status if logged.author != self.owner.number => return Ok(()),
            Chat::With(_) => SharedChat::WithSender,
            Chat::Status => SharedChat::Status,
        };
        let sender = Named::of(self.person(&logged.author)?);
        let message = Arc::new(Message {
            chat,
            id: logged.id.clone(),
            at: logged.at,
            edit: logged.edit.clone(),
            content: logged.message.clone(),
        });
        let others = readers.iter().filter(|reader| **reader != logged.author);
        self.letters.extend(others.map(|to| Letter {
            to: to.clone(),
            sender: sender.clone(),
            content: Content::Message(Arc::clone(&message)),
        }));
        Ok(())
    }

    /// Posts a device's read receipt to the author of the messages.
    pub(super) fn post_read(&mut self, receipt: &Node, author: &str, ids: &[String]) {
        let kind = attr(receipt, "type");
        // "read-self" is for the owner's other devices alone.
        if author == self.owner.number || !matches!(kind.as_str(), "read" | "played") {
            return;
        }
        self.letters.push(Letter {
            to: author.to_owned(),
            sender: Named::of(&self.owner),
            content: Content::Read {
                kind,
                ids: ids.to_vec(),
            },
        });
    }

    /// Posts a group after a change to its other members and to somebody who was one; a new one without a change.
    pub(super) fn post_group(
        &mut self,
        group: &Group,
        from: &str,
        change: Option<&GroupChange>,
    ) -> Result<()> {
        let removed = match change {
            Some(GroupChange::Remove(number)) => Some(number),
            _ => None,
        };
        let owner = Some(&self.owner.number).filter(|owner| removed != Some(*owner));
        let people = group.members.iter().chain(owner);
        let people = people.map(|number| self.person(number).map(Named::of));
        let mut shared = group.clone();
        shared.creator.get_or_insert_with(|| self.owner.number.clone());
        let shared = Arc::new(SharedGroup {
            group: shared,
            people: people.collect::<Result<_>>()?,
        });
        let sender = Named::of(self.person(from)?);
        let removed = removed.filter(|removed| **removed != self.owner.number);
        let readers = group.members.iter().chain(removed);
        self.letters.extend(readers.map(|to| Letter {
            to: to.clone(),
            sender: sender.clone(),
            content: Content::Group {
                group: Arc::clone(&shared),
                change: change.cloned(),
            },
        }));
        Ok(())
    }

    /// Receives a letter of another phone.
    async fn receive(&mut self, letter: Letter) -> Result<()> {
        self.meet(&letter.sender)?;
        let from = letter.sender.number;
        match letter.content {
            Content::Message(message) => self.receive_message(from, &message).await,
            Content::Read { kind, ids } => {
                for id in ids {
                    let target = self.log.find(&id).cloned();
                    let own = target.filter(|target| target.author == self.owner.number);
                    if let Some(target) = own {
                        self.send_read_receipt(&from, &target, &kind)?;
                    }
                }
                Ok(())
            }
            Content::Group { group, change } => self.receive_group(&from, &group, change.as_ref()),
        }
    }

    async fn receive_message(&mut self, from: String, message: &Message) -> Result<()> {
        let chat = match &message.chat {
            SharedChat::WithSender => Chat::With(from.clone()),
            SharedChat::Status => Chat::Status,
            SharedChat::Group(id) if self.groups.contains_key(id) => Chat::Group(id.clone()),
            SharedChat::Group(_) => return Ok(()),
        };
        self.deliver_message(LoggedMessage {
            id: message.id.clone(),
            author: from,
            chat,
            at: message.at,
            edit: message.edit.clone(),
            message: message.content.clone(),
        })
        .await
    }

    /// Takes a group over as another phone has it, and notifies the devices. The owner leaves one whose members they are
    /// no longer among.
    fn receive_group(
        &mut self,
        from: &str,
        shared: &SharedGroup,
        change: Option<&GroupChange>,
    ) -> Result<()> {
        for person in &shared.people {
            self.meet(person)?;
        }
        let owner = self.owner.number.clone();
        let is_member = shared.people.iter().any(|person| person.number == owner);
        let others = shared.people.iter().filter(|person| person.number != owner);
        let mut group = shared.group.clone();
        group.members = others.map(|person| person.number.clone()).collect();
        if group.creator.as_ref() == Some(&owner) {
            group.creator = None;
        }
        let is_new = !self.groups.contains_key(&group.id);
        let notice = match change.filter(|_| !is_new) {
            Some(change) => self.change_notice(&group, from, change)?,
            None => self.creation_notice(&group, from)?,
        };
        if is_member {
            self.groups.insert(group.id.clone(), group);
        } else if self.groups.remove(&group.id).is_none() {
            return Ok(());
        }
        self.deliver_to_all(&notice, None)
    }

    /// Gets to know a person, who may be a stranger.
    fn meet(&mut self, named: &Named) -> Result<()> {
        if self.person(&named.number).is_err() {
            let stranger = Person::new(&named.number, &named.lid, &named.name)?;
            self.contacts.insert(named.number.clone(), stranger);
        }
        Ok(())
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
