//! Groups: their members and admins, and the notifications about their changes.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node};

use super::driver::digits;
use super::error::{Result, SimulatorError};
use super::world::{Addressing, World, fresh_lid};
use super::{Simulator, random, time};

/// A group.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Group {
    pub(super) id: String,
    pub(super) name: String,
    /// Numbers of the members without the owner, who always is one.
    pub(super) members: Vec<String>,
    /// Numbers of those members who are admins; the owner, who made the group, always is one.
    #[serde(default)]
    pub(super) admins: BTreeSet<String>,
    pub(super) created_at: u64,
}

impl Group {
    pub(super) fn jid(&self) -> Jid {
        Jid::group(self.id.as_str())
    }

    /// Names a member by a new number.
    pub(super) fn renumber(&mut self, former: &str, number: &str) {
        for member in &mut self.members {
            if member == former {
                number.clone_into(member);
            }
        }
        if self.admins.remove(former) {
            self.admins.insert(number.to_owned());
        }
    }

    fn has(&self, number: &str) -> bool {
        self.members.iter().any(|member| member == number)
    }
}

/// A group as its driver sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupInfo {
    /// Its JID.
    pub id: String,
    /// Its name.
    pub subject: String,
    /// Numbers of the members without the owner.
    pub members: Vec<String>,
    /// Numbers of those among them who are admins; the owner is one too.
    pub admins: Vec<String>,
}

/// A change to a group. Its JSON form is an object of one field, such as `{"promote": "5511999990000"}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum GroupChange {
    /// Adds a contact.
    Add(String),
    /// Removes a member; a member who names themselves leaves.
    Remove(String),
    /// Makes a member an admin.
    Promote(String),
    /// Makes an admin a plain member.
    Demote(String),
    /// Gives the group another name.
    Subject(String),
}

impl Simulator {
    /// Creates a group of the owner and these contacts. Returns its id.
    ///
    /// # Errors
    /// [`SimulatorError::Unknown`] when a member is no contact.
    pub async fn create_group(
        &self,
        phone: &str,
        subject: &str,
        members: &[&str],
    ) -> Result<String, SimulatorError> {
        self.create_group_with_admins(phone, subject, members, &[]).await
    }

    /// Creates a group in which some of the members are admins, as its owner is. Returns its id.
    ///
    /// # Errors
    /// [`SimulatorError::Unknown`] when a member is no contact, [`SimulatorError::Invalid`] when an admin is no member.
    pub async fn create_group_with_admins(
        &self,
        phone: &str,
        subject: &str,
        members: &[&str],
        admins: &[&str],
    ) -> Result<String, SimulatorError> {
        let world = self.world(phone)?;
        let mut world = world.lock().await;
        let mut group = Group {
            id: format!("1203630{}", &fresh_lid()[4..]),
            name: subject.to_owned(),
            members: Vec::new(),
            admins: BTreeSet::new(),
            created_at: time::now(),
        };
        for member in members {
            let number = digits(member)?;
            world.person(&number)?;
            group.members.push(number);
        }
        for admin in admins {
            let number = digits(admin)?;
            if !group.has(&number) {
                return Err(SimulatorError::invalid(
                    "admin",
                    number,
                    "admins must be among the members",
                ));
            }
            group.admins.insert(number);
        }
        let jid = group.jid().to_string();
        let described = world.describe_group(&group)?;
        let create = NodeBuilder::new("create").children([described]).build();
        let owner = world.owner.number.clone();
        let notice = world.group_notice(&group, &owner, create)?;
        world.groups.insert(group.id.clone(), group);
        world.deliver_to_all(&notice, None)?;
        world.commit()?;
        Ok(jid)
    }

    /// The ids of the phone's groups.
    ///
    /// # Errors
    /// [`SimulatorError::Unknown`] when there is no such phone.
    pub async fn groups(&self, phone: &str) -> Result<Vec<String>, SimulatorError> {
        let groups = self.group_infos(phone).await?;
        Ok(groups.into_iter().map(|group| group.id).collect())
    }

    /// The phone's groups with their members.
    ///
    /// # Errors
    /// [`SimulatorError::Unknown`] when there is no such phone.
    pub async fn group_infos(&self, phone: &str) -> Result<Vec<GroupInfo>, SimulatorError> {
        let world = self.world(phone)?;
        let world = world.lock().await;
        let groups = world.groups.values();
        Ok(groups
            .map(|group| GroupInfo {
                id: group.jid().to_string(),
                subject: group.name.clone(),
                members: group.members.clone(),
                admins: group.admins.iter().cloned().collect(),
            })
            .collect())
    }

    /// The numbers of a group's members without the owner.
    ///
    /// # Errors
    /// [`SimulatorError::Unknown`] when there is no such phone or group.
    pub async fn members(&self, phone: &str, group: &str) -> Result<Vec<String>, SimulatorError> {
        let world = self.world(phone)?;
        let world = world.lock().await;
        Ok(world.group(group)?.members.clone())
    }
}

impl World {
    /// True when the person with this number is an admin of the group.
    pub(super) fn is_admin(&self, group: &str, number: &str) -> Result<bool> {
        Ok(number == self.owner.number || self.group(group)?.admins.contains(number))
    }

    /// Applies an admin's change to a group and notifies the devices. Returns the group's id.
    pub(super) fn change_group(&mut self, from: &str, group: &str, change: GroupChange) -> Result<String> {
        let mut changed = self.group(group)?.clone();
        let leaves = change == GroupChange::Remove(from.to_owned()) && changed.has(from);
        if !leaves && !self.is_admin(&changed.id, from)? {
            return Err(SimulatorError::Conflict(format!(
                "{from} is no admin of group {group}: only admins change it"
            )));
        }
        let (tag, number) = match change {
            GroupChange::Subject(subject) => {
                let action = NodeBuilder::new("subject")
                    .attr("subject", subject.as_str())
                    .attr("s_t", time::now())
                    .attr("s_o", self.jid_of(self.person(from)?))
                    .build();
                changed.name = subject;
                return self.apply_group_change(from, changed, action);
            }
            GroupChange::Add(number) => ("add", number),
            GroupChange::Remove(number) => ("remove", number),
            GroupChange::Promote(number) => ("promote", number),
            GroupChange::Demote(number) => ("demote", number),
        };
        let number = digits(&number)?;
        self.person(&number)?;
        if number == self.owner.number || changed.has(&number) == (tag == "add") {
            return Err(SimulatorError::Conflict(format!(
                "{number} cannot be the one of {tag:?}: the owner made group {group} and stays its admin, members cannot be \
                 added again, and nobody else can be removed, promoted or demoted"
            )));
        }
        match tag {
            "add" => changed.members.push(number.clone()),
            "remove" => {
                changed.members.retain(|member| *member != number);
                changed.admins.remove(&number);
            }
            "promote" => drop(changed.admins.insert(number.clone())),
            _ => drop(changed.admins.remove(&number)),
        }
        let participant = self.participant(&number, None)?;
        let action = NodeBuilder::new(tag).children([participant]).build();
        self.apply_group_change(from, changed, action)
    }

    fn apply_group_change(&mut self, from: &str, changed: Group, action: Node) -> Result<String> {
        let notice = self.group_notice(&changed, from, action)?;
        let jid = changed.jid().to_string();
        self.groups.insert(changed.id.clone(), changed);
        self.deliver_to_all(&notice, None)?;
        Ok(jid)
    }

    /// `<notification type="w:gp2">`: a change of a group.
    fn group_notice(&self, group: &Group, from: &str, action: Node) -> Result<Node> {
        let person = self.person(from)?;
        let is_lid = self.addressing == Addressing::Lid;
        let notice = NodeBuilder::new("notification")
            .attr("from", group.jid())
            .attr("id", random::message_id())
            .attr("t", time::now())
            .attr("type", "w:gp2")
            .attr("notify", person.name.as_str())
            .attr("participant", self.jid_of(person))
            .attr("addressing_mode", if is_lid { "lid" } else { "pn" });
        let notice = if is_lid {
            notice.attr("participant_pn", person.pn_jid())
        } else {
            notice.attr("participant_lid", person.lid_jid())
        };
        Ok(notice.children([action]).build())
    }

    /// `<group>`: the server's description of a group.
    pub(super) fn describe_group(&self, group: &Group) -> Result<Node> {
        let mut participants = vec![self.participant(&self.owner.number, Some("superadmin"))?];
        for member in &group.members {
            let role = group.admins.contains(member).then_some("admin");
            participants.push(self.participant(member, role)?);
        }
        let is_lid = self.addressing == Addressing::Lid;
        Ok(NodeBuilder::new("group")
            .attr("id", group.id.as_str())
            .attr("subject", group.name.as_str())
            .attr("creation", group.created_at)
            .attr("creator", self.jid_of(&self.owner))
            .attr("s_t", group.created_at)
            .attr("s_o", self.jid_of(&self.owner))
            .attr("size", participants.len())
            .attr("addressing_mode", if is_lid { "lid" } else { "pn" })
            .children(participants)
            .build())
    }

    fn participant(&self, number: &str, role: Option<&'static str>) -> Result<Node> {
        let person = self.person(number)?;
        let mut participant = NodeBuilder::new("participant").attr("jid", self.jid_of(person));
        if let Some(role) = role {
            participant = participant.attr("type", role);
        }
        Ok(match self.addressing {
            Addressing::Lid => participant.attr("phone_number", person.pn_jid()),
            Addressing::Pn => participant.attr("lid", person.lid_jid()),
        }
        .build())
    }
}
