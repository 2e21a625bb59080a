//! Actions that contacts take on their own, and their frequencies.

use rand::RngExt as _;
use rand::seq::IndexedRandom as _;

use super::run::DemoRun;
use super::texts::{CAPTIONS, FORGED, MESSAGES, QUOTES, REGRETTED, SPAM, STATUSES, TYPOS};
use crate::simulator::error::Result;
use crate::simulator::{Event, Media, ViewOnceForm};

/// A next action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    TextStatus,
    ImageStatus,
    Write,
    WriteInGroup,
    /// Alternates between the content and the bare placeholder.
    ViewOnce,
    WriteAndDelete,
    SendPictureAndDelete,
    WriteAndEdit,
    WriteAndEditSealed,
    PostAndDelete,
    QuoteViewOnce,
    AdminDeletes,
    ForgeDelete,
}

/// Actions of the first minutes, which show everything at least once.
pub(super) const OPENING: [Action; 16] = [
    Action::TextStatus,
    Action::Write,
    Action::ViewOnce,
    Action::WriteAndDelete,
    Action::ImageStatus,
    Action::ViewOnce,
    Action::WriteAndEdit,
    Action::WriteInGroup,
    Action::AdminDeletes,
    Action::QuoteViewOnce,
    Action::PostAndDelete,
    Action::WriteAndEditSealed,
    Action::ForgeDelete,
    Action::SendPictureAndDelete,
    Action::TextStatus,
    Action::Write,
];

/// First actions of the second phone: more view-once messages than a month's free captures.
pub(super) const SMALL_OPENING: [Action; 10] = [
    Action::TextStatus,
    Action::ViewOnce,
    Action::ViewOnce,
    Action::ViewOnce,
    Action::WriteAndDelete,
    Action::ViewOnce,
    Action::ViewOnce,
    Action::ViewOnce,
    Action::ViewOnce,
    Action::Write,
];

/// Relative frequencies after the opening.
const WEIGHTS: [(Action, u32); 13] = [
    (Action::TextStatus, 20),
    (Action::ImageStatus, 12),
    (Action::Write, 20),
    (Action::WriteInGroup, 9),
    (Action::ViewOnce, 9),
    (Action::WriteAndDelete, 7),
    (Action::SendPictureAndDelete, 4),
    (Action::WriteAndEdit, 4),
    (Action::WriteAndEditSealed, 3),
    (Action::PostAndDelete, 4),
    (Action::QuoteViewOnce, 4),
    (Action::AdminDeletes, 2),
    (Action::ForgeDelete, 2),
];

impl DemoRun<'_> {
    /// Performs the next action.
    pub(super) async fn perform_next(&mut self) -> Result<()> {
        let act = match self.opening.pop_front() {
            Some(act) => act,
            None => WEIGHTS
                .choose_weighted(&mut self.rng, |(_, weight)| *weight)
                .map_or(Action::TextStatus, |(act, _)| *act),
        };
        let from = self.pick(&self.contacts.clone()).unwrap_or_default();
        match act {
            Action::TextStatus => self.post(from, None).await.map(drop),
            Action::ImageStatus => self.post(from, Some(Media::Image)).await.map(drop),
            Action::Write => self.write(from, None, &MESSAGES).await.map(drop),
            Action::WriteInGroup => self.write_in_group().await,
            Action::ViewOnce => self.send_view_once(from).await,
            Action::WriteAndDelete => {
                let message_id = self.write(from.clone(), None, &REGRETTED).await?;
                self.plan(6, Event::Delete { from, message_id });
                Ok(())
            }
            Action::SendPictureAndDelete => self.send_picture_and_delete(from).await,
            Action::WriteAndEdit => self.write_and_edit(from, false).await,
            Action::WriteAndEditSealed => self.write_and_edit(from, true).await,
            Action::PostAndDelete => {
                let message_id = self.post(from.clone(), None).await?;
                self.plan(12, Event::Delete { from, message_id });
                Ok(())
            }
            Action::QuoteViewOnce => self.quote().await,
            Action::AdminDeletes => self.let_admin_delete().await,
            Action::ForgeDelete => self.forge_delete().await,
        }
    }

    async fn post(&mut self, from: String, media: Option<Media>) -> Result<String> {
        let texts: &[&str] = if media.is_some() { &CAPTIONS } else { &STATUSES };
        let text = texts.choose(&mut self.rng).map(ToString::to_string);
        self.perform(Event::Status { from, text, media }).await
    }

    async fn write(&mut self, from: String, chat: Option<String>, texts: &[&str]) -> Result<String> {
        let text = texts.choose(&mut self.rng).map(ToString::to_string);
        let media = None;
        self.perform(Event::Message {
            from,
            chat,
            text,
            media,
        })
        .await
    }

    async fn write_in_group(&mut self) -> Result<()> {
        let Some((group, members)) = self.pick_group().await? else {
            return Ok(());
        };
        let Some(from) = self.pick(&members) else {
            return Ok(());
        };
        self.write(from, Some(group), &MESSAGES).await.map(drop)
    }

    async fn send_view_once(&mut self, from: String) -> Result<()> {
        let delivered = self.is_delivered_next;
        self.is_delivered_next = !delivered;
        let event = Event::ViewOnce {
            from,
            chat: None,
            text: CAPTIONS.choose(&mut self.rng).map(ToString::to_string),
            media: Some(Media::Image),
            delivered,
            form: ViewOnceForm::ViewOnceMessageV2,
        };
        let id = self.perform(event).await?;
        if !delivered {
            self.view_once.push_back(id);
        }
        Ok(())
    }

    async fn send_picture_and_delete(&mut self, from: String) -> Result<()> {
        let picture = Event::Message {
            from: from.clone(),
            chat: None,
            text: CAPTIONS.choose(&mut self.rng).map(ToString::to_string),
            media: Some(Media::Image),
        };
        let message_id = self.perform(picture).await?;
        self.plan(8, Event::Delete { from, message_id });
        Ok(())
    }

    async fn write_and_edit(&mut self, from: String, encrypted: bool) -> Result<()> {
        let (wrong, right) = TYPOS[self.rng.random_range(0..TYPOS.len())];
        let message_id = self.write(from.clone(), None, &[wrong]).await?;
        let edit = Event::Edit {
            from,
            message_id,
            text: right.to_owned(),
            encrypted,
            wrapped: !encrypted,
        };
        self.plan(5, edit);
        Ok(())
    }

    async fn quote(&mut self) -> Result<()> {
        let Some(message_id) = self.view_once.pop_front() else {
            return Ok(());
        };
        let event = Event::QuoteViewOnce {
            from: self.phone.clone(),
            message_id,
            text: QUOTES.choose(&mut self.rng).map(ToString::to_string),
        };
        self.perform(event).await.map(drop)
    }

    /// Has a member advertise in a group, and an admin delete it.
    async fn let_admin_delete(&mut self) -> Result<()> {
        let Some((group, plain, admins)) = self.pick_led_group().await? else {
            return Ok(());
        };
        let (Some(spammer), Some(from)) = (self.pick(&plain), self.pick(&admins)) else {
            return Ok(());
        };
        let message_id = self.write(spammer, Some(group), &SPAM).await?;
        self.plan(7, Event::AdminDelete { from, message_id });
        Ok(())
    }

    /// Has a member forge the deletion of an admin's message; phones ignore it.
    async fn forge_delete(&mut self) -> Result<()> {
        let Some((group, plain, admins)) = self.pick_led_group().await? else {
            return Ok(());
        };
        let (Some(from), Some(author)) = (self.pick(&plain), self.pick(&admins)) else {
            return Ok(());
        };
        let message_id = self.write(author, Some(group), &FORGED).await?;
        self.plan(7, Event::ForgedDelete { from, message_id });
        Ok(())
    }

    async fn pick_group(&mut self) -> Result<Option<(String, Vec<String>)>> {
        let Some(group) = self.pick(&self.groups.clone()) else {
            return Ok(None);
        };
        let members = self.simulator.members(&self.phone, &group).await?;
        Ok(Some((group, members)))
    }

    /// A group, its plain members and its admins.
    async fn pick_led_group(&mut self) -> Result<Option<(String, Vec<String>, Vec<String>)>> {
        let Some(id) = self.pick(&self.groups.clone()) else {
            return Ok(None);
        };
        let groups = self.simulator.group_infos(&self.phone).await?;
        let group = groups.into_iter().find(|group| group.id == id);
        Ok(group.map(|group| {
            let is_plain = |member: &String| !group.admins.contains(member);
            let plain = group.members.into_iter().filter(is_plain).collect();
            (group.id, plain, group.admins)
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::super::run::OPENING_PAUSE;
    use super::{Action, OPENING, WEIGHTS};

    #[test]
    fn the_opening_shows_everything_within_three_minutes() {
        for (act, _) in WEIGHTS {
            assert!(OPENING.contains(&act), "{act:?}");
        }
        let hidden = OPENING.iter().filter(|act| **act == Action::ViewOnce);
        assert_eq!(hidden.count(), 2, "with content, and without");
        // What is planned follows within another quarter of a minute.
        let (_, longest) = OPENING_PAUSE;
        assert!(OPENING.len() as u64 * longest + 15 <= 180);
    }
}
