//! Changes of groups, and the notifications about them.

use serde::{Deserialize, Serialize};
use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;

use super::driver::digits;
use super::error::{Result, SimulatorError};
use super::groups::Group;
use super::time;
use super::world::World;

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

impl GroupChange {
    /// The member whom it is about; none for another name.
    fn member(&self) -> Option<&str> {
        match self {
            Self::Add(number) | Self::Remove(number) | Self::Promote(number) | Self::Demote(number) => {
                Some(number)
            }
            Self::Subject(_) => None,
        }
    }

    /// Names the member by digits alone.
    fn with_digits(self) -> Result<Self> {
        Ok(match self {
            Self::Add(number) => Self::Add(digits(&number)?),
            Self::Remove(number) => Self::Remove(digits(&number)?),
            Self::Promote(number) => Self::Promote(digits(&number)?),
            Self::Demote(number) => Self::Demote(digits(&number)?),
            Self::Subject(subject) => Self::Subject(subject),
        })
    }
}

impl Group {
    fn apply(&mut self, change: &GroupChange) {
        match change {
            GroupChange::Add(number) => self.members.push(number.clone()),
            GroupChange::Remove(number) => {
                self.members.retain(|member| member != number);
                self.admins.remove(number);
            }
            GroupChange::Promote(number) => drop(self.admins.insert(number.clone())),
            GroupChange::Demote(number) => drop(self.admins.remove(number)),
            GroupChange::Subject(subject) => self.name.clone_from(subject),
        }
    }
}

impl World {
    /// Applies an admin's change to a group and notifies the devices. Returns the group's id.
    pub(super) fn change_group(&mut self, from: &str, group: &str, change: GroupChange) -> Result<String> {
        let mut changed = self.group(group)?.clone();
        let is_member = |number: &str| changed.has(number) || number == self.owner.number;
        let leaves = change == GroupChange::Remove(from.to_owned()) && is_member(from);
        if !leaves && !self.is_admin(&changed.id, from)? {
            return Err(SimulatorError::Conflict(format!(
                "{from} is no admin of group {group}: only admins change it"
            )));
        }
        let change = change.with_digits()?;
        if let Some(number) = change.member() {
            self.person(number)?;
            let is_creator = self.role(&changed, number) == Some("superadmin");
            if is_creator || is_member(number) == matches!(change, GroupChange::Add(_)) {
                return Err(SimulatorError::Conflict(format!(
                    "{number} cannot be the one of {change:?}: who made group {group} stays its admin, members cannot be \
                     added again, and nobody else can be removed, promoted or demoted"
                )));
            }
        }
        changed.apply(&change);
        let notice = self.change_notice(&changed, from, &change)?;
        self.post_group(&changed, from, Some(&change))?;
        let jid = changed.jid().to_string();
        if change == GroupChange::Remove(self.owner.number.clone()) {
            self.groups.remove(&changed.id);
        } else {
            self.groups.insert(changed.id.clone(), changed);
        }
        self.deliver_to_all(&notice, None)?;
        Ok(jid)
    }

    /// The notification of a change, after it.
    pub(super) fn change_notice(&self, changed: &Group, from: &str, change: &GroupChange) -> Result<Node> {
        let action = match change {
            GroupChange::Subject(subject) => NodeBuilder::new("subject")
                .attr("subject", subject.as_str())
                .attr("s_t", time::now())
                .attr("s_o", self.jid_of(self.person(from)?))
                .build(),
            GroupChange::Add(number) => self.change_of_member("add", number)?,
            GroupChange::Remove(number) => self.change_of_member("remove", number)?,
            GroupChange::Promote(number) => self.change_of_member("promote", number)?,
            GroupChange::Demote(number) => self.change_of_member("demote", number)?,
        };
        self.group_notice(changed, from, action)
    }

    fn change_of_member(&self, tag: &'static str, number: &str) -> Result<Node> {
        let participant = self.participant(number, None)?;
        Ok(NodeBuilder::new(tag).children([participant]).build())
    }
}
