//! What a deletion is, and whose it may be. No I/O.

use async_graphql::Enum;
use chrono::{DateTime, Utc};

use crate::contacts::ChatKind;
use crate::features::deleted_messages::DeletedMessageId;
use crate::id::{AccountId, ChatId, ContactId, MediaId, MessageId};
use crate::messages::{Held, MessageKind};
use crate::text_enum::text_enum;

text_enum! {
    /// The authenticity of a deletion.
    #[derive(Enum)]
    #[graphql(name = "DeletionOutcome")]
    pub enum DeletionOutcome {
        /// The author or an admin of the group deleted the message: it is gone from the chat.
        Deleted = "DELETED",
        /// Another contact claimed to delete the message. WhatsApp's apps ignore such a claim, so the message is still in
        /// the chat. When WhatsApp did not say who the admins of a group are, a deletion by anyone but the author counts
        /// as forged: the message stays held, and its author's own deletion still counts.
        Forged = "FORGED",
    }
}

text_enum! {
    /// The cause for which the content of a deleted message is not available.
    #[derive(Enum)]
    #[graphql(name = "MessageLoss")]
    pub enum Loss {
        /// The deletion arrived and the message has not arrived yet.
        NeverArrived = "NEVER_ARRIVED",
        /// The message arrived and could not be decrypted.
        NeverDecrypted = "NEVER_DECRYPTED",
        /// The message was not held: it is older than the plan's window, or holding was off when it arrived.
        NotHeld = "NOT_HELD",
        /// The message was a view-once message; see `viewOnceMessages`.
        ViewOnce = "VIEW_ONCE",
        /// The message is of a kind that AMDA does not store, such as a poll or a location.
        Unsupported = "UNSUPPORTED",
        /// The deletion was forged, so the message is still in the chat and nothing was stored.
        Forged = "FORGED",
    }
}

impl Loss {
    /// What keeps a message of `kind` from being shown, however it is held.
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
            MessageKind::Reaction | MessageKind::Revoke | MessageKind::Edit | MessageKind::Other => {
                Some(Self::Unsupported)
            }
        }
    }
}

/// A deletion, as WhatsApp delivered it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deletion {
    /// Where.
    pub chat: ChatKind,
    /// The owner made it, on another device.
    pub is_from_me: bool,
    /// Whoever made it wrote the message.
    pub is_by_author: bool,
    /// Whoever made it is known to be an admin of the group.
    pub is_by_admin: bool,
}

/// What a deletion is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The author deleted it.
    ByAuthor,
    /// An admin of the group deleted what a member wrote. The apps offer it to the owner, too, as an admin alone.
    ByAdmin,
    /// Nobody who may.
    Forged,
    /// The owner's own message is the owner's to delete, and nothing is kept of it.
    Own,
}

impl Deletion {
    /// What it is worth.
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

/// Which of the messages with the deleted message's id is meant: the claimed author's, else the one there is.
pub(super) fn target<'a>(named: &'a [Held], claimed: &[ContactId]) -> Option<&'a Held> {
    let mut messages = named.iter().filter(|held| !held.kind.is_about_another());
    let claims = |held: &&Held| claimed.contains(&held.sender);
    messages.clone().find(claims).or_else(|| messages.next())
}

/// A deleted message, readable.
#[derive(Debug, Clone)]
pub struct DeletedRecord {
    /// Its id.
    pub id: DeletedMessageId,
    /// Which account saw it.
    pub account: AccountId,
    /// Where it was written.
    pub chat: ChatId,
    /// Who wrote it.
    pub sender: ContactId,
    /// Who deleted it, or claimed to.
    pub deleted_by: ContactId,
    /// The message, once it has come.
    pub message: Option<MessageId>,
    /// Whether the deletion counts.
    pub outcome: DeletionOutcome,
    /// An admin deleted somebody else's message.
    pub is_by_admin: bool,
    /// What sort of message it was.
    pub kind: MessageKind,
    /// Why there is nothing to show.
    pub loss: Option<Loss>,
    /// Its words, or those under its picture.
    pub text: Option<String>,
    /// Its picture, video, sound or file.
    pub media: Option<MediaId>,
    /// When it was sent.
    pub sent_at: DateTime<Utc>,
    /// When it was deleted.
    pub deleted_at: DateTime<Utc>,
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
        let named = [
            held(&ids, mallory, MessageKind::Text),
            held(&ids, alice, MessageKind::Text),
        ];

        assert_eq!(target(&named, &[alice]).map(|held| held.sender), Some(alice));
        assert_eq!(
            target(&named[..1], &[alice]).map(|held| held.sender),
            Some(mallory)
        );
        assert!(target(&[held(&ids, alice, MessageKind::Reaction)], &[alice]).is_none());
    }
}
