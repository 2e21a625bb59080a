//! Notification channels, and a user's choice of them.

use std::collections::HashMap;

use async_graphql::Enum;

use super::ids::NotificationSwitchId;
use crate::features;
use crate::id::{UserId, id_of_names};
use crate::notices::NoticeKind;
use crate::text_enum::text_enum;

text_enum! {
    /// Channel that delivers a notification to its user.
    #[derive(Enum)]
    #[graphql(name = "NotificationChannel")]
    pub enum Channel {
        /// List of notifications in the app, with their events. A notification of a kind that is turned off has no event,
        /// and is not listed while the kind is turned off.
        InApp = "IN_APP",
        /// Mail to the user's e-mail address, at most one an hour for each kind.
        Email = "EMAIL",
        /// Web push to the browsers in `viewer.pushSubscriptions`.
        Push = "PUSH",
    }
}

impl Channel {
    /// True when it sends notices of `kind` to users who chose nothing. The app shows every notice.
    pub fn is_default_for(self, kind: NoticeKind) -> bool {
        match self {
            Self::InApp => true,
            Self::Email => features::notice_type(kind).is_mailed_by_default(),
            Self::Push => features::notice_type(kind).is_pushed_by_default(),
        }
    }
}

/// Setting of one channel for one kind of notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Switch {
    /// Kind of notification.
    pub kind: NoticeKind,
    /// Channel that delivers it.
    pub channel: Channel,
    /// True when the channel delivers this kind.
    pub is_enabled: bool,
    /// True when the user never changed the default.
    pub is_default: bool,
}

impl Switch {
    /// The id of this switch of `user`. A switch that nobody touched has no row, so the id is made of its names.
    pub fn id_for(&self, user: UserId) -> NotificationSwitchId {
        id_of_names(&[&user.to_string(), self.kind.as_str(), self.channel.as_str()]).into()
    }
}

/// All switches of a user: what they chose, and what holds where they chose nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Switches {
    chosen: HashMap<(NoticeKind, Channel), bool>,
}

impl Switches {
    /// The switches of a user who chose this.
    pub fn new(chosen: impl IntoIterator<Item = ((NoticeKind, Channel), bool)>) -> Self {
        Self {
            chosen: chosen.into_iter().collect(),
        }
    }

    /// Returns true when `channel` delivers notices of `kind`.
    pub fn is_enabled(&self, kind: NoticeKind, channel: Channel) -> bool {
        let chosen = self.chosen.get(&(kind, channel)).copied();
        chosen.unwrap_or_else(|| channel.is_default_for(kind))
    }

    /// The kinds that `channel` tells of.
    pub fn kinds(&self, channel: Channel) -> Vec<NoticeKind> {
        NoticeKind::ALL
            .into_iter()
            .filter(|kind| self.is_enabled(*kind, channel))
            .collect()
    }

    /// All switches, ordered by kind.
    pub fn all(&self) -> Vec<Switch> {
        let pairs = NoticeKind::ALL
            .into_iter()
            .flat_map(|kind| Channel::ALL.map(|channel| (kind, channel)));
        pairs
            .map(|(kind, channel)| {
                let is_enabled = self.is_enabled(kind, channel);
                Switch {
                    kind,
                    channel,
                    is_enabled,
                    is_default: is_enabled == channel.is_default_for(kind),
                }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_switch_that_nobody_touched_is_as_the_channel_has_it() {
        let untouched = Switches::default();

        assert_eq!(untouched.kinds(Channel::InApp), NoticeKind::ALL);
        assert!(untouched.is_enabled(NoticeKind::AccountNeedsAttention, Channel::Email));
        assert!(!untouched.is_enabled(NoticeKind::MessageDeleted, Channel::Email));
        assert!(untouched.is_enabled(NoticeKind::MessageDeleted, Channel::Push));
        assert!(!untouched.is_enabled(NoticeKind::ScheduledStatusPublished, Channel::Push));
        assert_eq!(untouched.all().len(), NoticeKind::ALL.len() * Channel::ALL.len());
        assert!(untouched.all().iter().all(|switch| switch.is_default));
    }

    #[test]
    fn a_choice_holds_for_its_kind_and_channel_alone() {
        let chosen = Switches::new([((NoticeKind::MessageDeleted, Channel::Email), true)]);

        assert!(chosen.is_enabled(NoticeKind::MessageDeleted, Channel::Email));
        assert!(!chosen.is_enabled(NoticeKind::ViewOnceCaptured, Channel::Email));
        assert_eq!(chosen.all().iter().filter(|switch| !switch.is_default).count(), 1);
    }

    #[test]
    fn every_channel_reads_back() {
        for channel in Channel::ALL {
            assert_eq!(Channel::parse(channel.as_str()), Some(channel));
        }
    }
}
