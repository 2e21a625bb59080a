//! Deleted messages, and the rule that judges a deletion. No I/O.

use async_graphql::Enum;
use chrono::{DateTime, Utc};

use crate::contacts::ChatKind;
use crate::features::deleted_messages::DeletedMessageId;
use crate::graphql::PageCursor;
use crate::id::{AccountId, ChatId, ContactId, MediaId, MessageId};
use crate::messages::search::Rank;
use crate::messages::{Held, MessageKind};
use crate::text_enum::text_enum;

text_enum! {
    /// Authenticity of a deletion.
    #[derive(Enum)]
    #[graphql(name = "DeletionOutcome")]
    pub enum DeletionOutcome {
        /// The author or an admin of the group deleted the message: it is gone from the chat.
        Deleted = "DELETED",
        /// Another contact claimed to delete the message. WhatsApp's apps ignore such a claim, so the message is
        /// still in the chat. When WhatsApp did not say who the admins of a group are, a deletion by anyone but the
        /// author counts as forged: the message stays held, and its author's own deletion still counts.
        Forged = "FORGED",
    }
}

text_enum! {
    /// Cause for which the content of a deleted message is not available.
    #[derive(Enum)]
    #[graphql(name = "MessageLossReason")]
    pub enum Loss {
        /// The deletion arrived and the message has not arrived yet.
        NeverArrived = "NEVER_ARRIVED",
        /// The message arrived and could not be decrypted.
        NeverDecrypted = "NEVER_DECRYPTED",
        /// The message was not held: it is older than the plan's window, or holding was off when it arrived.
        NotHeld = "NOT_HELD",
        /// The message was a view-once message; see `viewOnceMessage`.
        ViewOnce = "VIEW_ONCE",
        /// The message is of a kind that AMDA does not store, such as a poll or a location.
        Unsupported = "UNSUPPORTED",
        /// The deletion was forged, so the message is still in the chat and nothing was stored.
        Forged = "FORGED",
    }
}

impl Loss {
    /// Returns the loss that every message of `kind` has; `None` for kinds that can be held.
    pub fn of(kind: MessageKind) -> Option<Self> {
        match kind {
            MessageKind::Text
            | MessageKind::Image
            | MessageKind::Video
            | MessageKind::Audio
            | MessageKind::Sticker
            | MessageKind::Document => None,
            MessageKind::Undecrypted => Some(Self::NeverDecrypted),
            MessageKind::ViewOnce => Some(Self::ViewOnce),
            MessageKind::Reaction
            | MessageKind::Revoke
            | MessageKind::Edit
            | MessageKind::Part
            | MessageKind::Other => Some(Self::Unsupported),
        }
    }
}

/// Facts about a deletion, by which it is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deletion {
    /// Kind of the chat.
    pub chat: ChatKind,
    /// True when the owner made the deletion on another device.
    pub is_from_me: bool,
    /// True when the revoker wrote the message.
    pub is_by_author: bool,
    /// True when the revoker is known to be an admin of the group, and the message is in it.
    pub is_by_admin: bool,
}

/// Result of judging a deletion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The author deleted the message.
    ByAuthor,
    /// An admin of the group deleted the message of a member. WhatsApp's apps offer this to the owner only as an admin.
    ByAdmin,
    /// The revoker may not delete the message.
    Forged,
    /// The owner deleted an own message; nothing is kept.
    Own,
}

impl Deletion {
    /// Judges the deletion.
    pub fn judge(self) -> Verdict {
        let may_delete_others = self.chat == ChatKind::Group && (self.is_from_me || self.is_by_admin);
        match (self.is_from_me, self.is_by_author) {
            (true, true) => Verdict::Own,
            (false, true) => Verdict::ByAuthor,
            (true | false, false) if may_delete_others => Verdict::ByAdmin,
            (true | false, false) => Verdict::Forged,
        }
    }
}

/// Finds the target among the messages with the id that the deletion names: the claimed author's message, else the
/// first.
pub(super) fn target<'a>(named: &[&'a Held], claimed: &[ContactId]) -> Option<&'a Held> {
    let mut messages = named.iter().copied().filter(|held| !held.kind.is_about_another());
    let claims = |held: &&Held| claimed.contains(&held.sender);
    messages.clone().find(claims).or_else(|| messages.next())
}

/// Returns true when the deletion names a further file of another message. Phones delete both, and the deletion of that
/// message says it.
pub(super) fn names_part(named: &[&Held], claimed: &[ContactId]) -> bool {
    let mut own = named.iter().filter(|held| claimed.contains(&held.sender));
    own.any(|held| held.kind == MessageKind::Part)
}

/// Finds the target of a deletion whose chat has no message with the id that it names: a message of another chat that
/// somebody else than the revoker wrote. Senders choose the ids of their messages, so an id may be copied: the deletion
/// that this finds is always judged as forged, and changes nothing of that message.
pub(super) fn foreign_target<'a>(elsewhere: &[&'a Held], revoker: &[ContactId]) -> Option<&'a Held> {
    elsewhere
        .iter()
        .copied()
        .find(|held| !held.kind.is_about_another() && !held.is_from_me && !revoker.contains(&held.sender))
}

/// A deleted message with its text decrypted.
#[derive(Debug, Clone)]
pub struct DeletedRecord {
    /// Id of the row.
    pub id: DeletedMessageId,
    /// The account that received the message.
    pub account: AccountId,
    /// Chat of the message.
    pub chat: ChatId,
    /// Sender of the message.
    pub sender: ContactId,
    /// Contact who deleted the message, or claimed to.
    pub deleted_by: ContactId,
    /// The message; `None` until it arrives.
    pub message: Option<MessageId>,
    /// Authenticity of the deletion.
    pub outcome: DeletionOutcome,
    /// True when an admin deleted the message of another member.
    pub is_by_admin: bool,
    /// Kind of the message.
    pub kind: MessageKind,
    /// Cause for which the content is not available; `None` when it is.
    pub loss: Option<Loss>,
    /// Text, or caption of the media.
    pub text: Option<String>,
    /// Picture, video, sound or file of the message.
    pub media: Option<MediaId>,
    /// Time of sending.
    pub sent_at: DateTime<Utc>,
    /// Time of the deletion.
    pub deleted_at: DateTime<Utc>,
    /// Rank in a search; the best one elsewhere.
    pub rank: Rank,
}

impl DeletedRecord {
    /// Returns the place in the list, apart from the rank.
    pub(super) fn place(&self) -> PageCursor {
        PageCursor {
            at: self.deleted_at,
            id: self.id.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::clock::SystemClock;
    use crate::id::Ids;

    fn held(ids: &Ids, sender: ContactId, kind: MessageKind) -> Held {
        Held {
            id: ids.next(),
            chat: ids.next(),
            sender,
            kind,
            content: None,
            media: None,
            sent_at: DateTime::UNIX_EPOCH,
            is_from_me: false,
            held_until: None,
        }
    }

    #[test]
    fn only_the_author_and_admins_of_the_group_may_delete() {
        let judge = |chat, is_from_me, is_by_author| {
            let deletion = Deletion {
                chat,
                is_from_me,
                is_by_author,
                is_by_admin: false,
            };
            deletion.judge()
        };
        let by_admin = |chat, is_by_author| {
            let deletion = Deletion {
                chat,
                is_from_me: false,
                is_by_author,
                is_by_admin: true,
            };
            deletion.judge()
        };

        assert_eq!(judge(ChatKind::Direct, false, true), Verdict::ByAuthor);
        assert_eq!(judge(ChatKind::Group, false, false), Verdict::Forged);
        assert_eq!(judge(ChatKind::Direct, false, false), Verdict::Forged);
        assert_eq!(judge(ChatKind::Group, true, false), Verdict::ByAdmin);
        assert_eq!(judge(ChatKind::Direct, true, false), Verdict::Forged);
        assert_eq!(judge(ChatKind::Status, true, true), Verdict::Own);
        assert_eq!(by_admin(ChatKind::Group, false), Verdict::ByAdmin);
        assert_eq!(by_admin(ChatKind::Group, true), Verdict::ByAuthor);
        assert_eq!(by_admin(ChatKind::Direct, false), Verdict::Forged);
    }

    #[test]
    fn the_claimed_authors_message_is_meant_before_another_with_its_id() {
        let ids = Ids::new(Arc::new(SystemClock));
        let (alice, mallory): (ContactId, ContactId) = (ids.next(), ids.next());
        let copied = held(&ids, mallory, MessageKind::Text);
        let own = held(&ids, alice, MessageKind::Text);
        let reaction = held(&ids, alice, MessageKind::Reaction);

        assert_eq!(target(&[&copied, &own], &[alice]), Some(&own));
        assert_eq!(target(&[&copied], &[alice]), Some(&copied));
        assert_eq!(target(&[&reaction], &[alice]), None);
    }
}
