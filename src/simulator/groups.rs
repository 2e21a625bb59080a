//! Groups: their members and admins, and the stanzas that describe them.

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
    /// Numbers of those members who are admins, and the owner's in a group that somebody else made. Who made it always is
    /// one.
    #[serde(default)]
    pub(super) admins: BTreeSet<String>,
    /// The number of the person who made it; none for the owner.
    #[serde(default)]
    pub(super) creator: Option<String>,
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
        if self.creator.as_deref() == Some(former) {
            self.creator = Some(number.to_owned());
        }
    }

    pub(super) fn has(&self, number: &str) -> bool {
        self.members.iter().any(|member| member == number)
    }

    fn admins_among_members(&self) -> Vec<String> {
        let is_admin = |member: &&String| self.role(Some(member)).is_some();
        let admins: BTreeSet<String> = self.members.iter().filter(is_admin).cloned().collect();
        admins.into_iter().collect()
    }

    /// The role of the member with this number, or of the owner; none for plain members.
    fn role(&self, member: Option<&str>) -> Option<&'static str> {
        if self.creator.as_deref() == member {
            return Some("superadmin");
        }
        member
            .is_some_and(|member| self.admins.contains(member))
            .then_some("admin")
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
    /// Numbers of those among them who are admins; the owner is one too in a group that they made.
    pub admins: Vec<String>,
}

impl Simulator {
    /// Creates a group of the owner and these contacts, which is on the phones of those of them who own one too. Returns its
    /// id.
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
            creator: None,
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
        let owner = world.owner.number.clone();
        let notice = world.creation_notice(&group, &owner)?;
        world.post_group(&group, &owner, None)?;
        world.groups.insert(group.id.clone(), group);
        world.deliver_to_all(&notice, None)?;
        world.commit()?;
        let letters = std::mem::take(&mut world.letters);
        drop(world);
        self.registry().deliver_letters(letters).await?;
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
                admins: group.admins_among_members(),
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
        Ok(self.role(self.group(group)?, number).is_some())
    }

    pub(super) fn role(&self, group: &Group, number: &str) -> Option<&'static str> {
        if number != self.owner.number {
            return group.role(Some(number));
        }
        let as_admin = group.admins.contains(number).then_some("admin");
        group.role(None).or(as_admin)
    }

    /// The notification of a group that is new to the devices.
    pub(super) fn creation_notice(&self, group: &Group, from: &str) -> Result<Node> {
        let described = self.describe_group(group)?;
        let create = NodeBuilder::new("create").children([described]).build();
        self.group_notice(group, from, create)
    }

    /// `<notification type="w:gp2">`: a change of a group.
    pub(super) fn group_notice(&self, group: &Group, from: &str, action: Node) -> Result<Node> {
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
        let mut participants = Vec::new();
        for member in [&self.owner.number].into_iter().chain(&group.members) {
            participants.push(self.participant(member, self.role(group, member))?);
        }
        let creator = group.creator.as_ref().unwrap_or(&self.owner.number);
        let creator = self.jid_of(self.person(creator)?);
        let is_lid = self.addressing == Addressing::Lid;
        Ok(NodeBuilder::new("group")
            .attr("id", group.id.as_str())
            .attr("subject", group.name.as_str())
            .attr("creation", group.created_at)
            .attr("creator", creator.clone())
            .attr("s_t", group.created_at)
            .attr("s_o", creator)
            .attr("size", participants.len())
            .attr("addressing_mode", if is_lid { "lid" } else { "pn" })
            .children(participants)
            .build())
    }

    pub(super) fn participant(&self, number: &str, role: Option<&'static str>) -> Result<Node> {
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
