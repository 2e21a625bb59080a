use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};

use super::super::model::{DeletedRecord, DeletionOutcome, Loss};
use super::loaders::VersionsOf;
use crate::features::deleted_messages::DeletedMessageId;
use crate::features::schema::{
    Account, Chat, Contact, KeptMessageKind, Media, MessageVersion, find_of_message,
};
use crate::features::{EditedMessage, Status, ViewOnceMessage};
use crate::graphql::{Entity, RankedCursor, find};

/// A message that was deleted for everyone, or that another contact claimed to delete.
#[derive(Debug, Clone)]
pub struct DeletedMessage(pub DeletedRecord);

/// A message that was deleted for everyone, or that another contact claimed to delete.
#[Object]
impl DeletedMessage {
    /// Globally unique, stable id. Pass it to `node(id:)`; do not parse it.
    pub(in crate::features) async fn id(&self) -> ID {
        ID(self.0.id.to_global())
    }

    /// The account that received the message.
    pub(in crate::features) async fn account(&self, ctx: &Context<'_>) -> Result<Account> {
        Account::load(ctx, self.0.account).await
    }

    /// Chat of the message; of kind `STATUS` for a deleted status.
    pub(in crate::features) async fn chat(&self, ctx: &Context<'_>) -> Result<Chat> {
        Chat::load(ctx, self.0.chat).await
    }

    /// Sender of the message. While the message has not arrived, the sender that the deletion names.
    pub(in crate::features) async fn sender(&self, ctx: &Context<'_>) -> Result<Contact> {
        Contact::load(ctx, self.0.sender).await
    }

    /// Contact who deleted the message, or claimed to.
    async fn deleted_by(&self, ctx: &Context<'_>) -> Result<Contact> {
        Contact::load(ctx, self.0.deleted_by).await
    }

    /// True when an admin of the group deleted the message of another member.
    async fn is_by_admin(&self) -> bool {
        self.0.is_by_admin
    }

    /// Authenticity of the deletion.
    async fn outcome(&self) -> DeletionOutcome {
        self.0.outcome
    }

    /// True when the content is available; when false, `lossReason` has the cause.
    async fn is_recovered(&self) -> bool {
        self.0.loss.is_none()
    }

    /// Cause for which the content is not available; null when it is.
    async fn loss_reason(&self) -> Option<Loss> {
        self.0.loss
    }

    /// Kind of the message; `UNDECRYPTED` while the message has not arrived.
    pub(in crate::features) async fn kind(&self) -> KeptMessageKind {
        self.0.kind.into()
    }

    /// Last text, or last caption of the media; null when there was none or it is lost.
    async fn text(&self) -> Option<&str> {
        self.0.text.as_deref()
    }

    /// Picture, video, sound or file of the message; null when there was none, when it is lost, and when `mediaBackup` was
    /// `NEVER`. Fetched after the deletion: `deletedMessageChanged` announces the message again when the fetch ends.
    pub(in crate::features) async fn media(&self, ctx: &Context<'_>) -> Result<Option<Media>> {
        match self.0.media {
            Some(id) => Media::find(ctx, id).await,
            None => Ok(None),
        }
    }

    /// All versions of the text, the oldest first: one unless the message was edited, none when the text is lost.
    async fn versions(&self, ctx: &Context<'_>) -> Result<Vec<MessageVersion>> {
        let (Some(text), Some(message)) = (&self.0.text, self.0.message) else {
            return Ok(Vec::new());
        };
        let edits = find(ctx, VersionsOf(message)).await?;
        let only = || MessageVersion {
            text: text.clone(),
            written_at: self.0.sent_at,
        };
        Ok(edits.map_or_else(
            || vec![only()],
            |edits| edits.into_iter().map(MessageVersion::from).collect(),
        ))
    }

    /// The view-once message that was deleted; null when the message is of another kind, and when capturing was off at
    /// its arrival.
    async fn view_once_message(&self, ctx: &Context<'_>) -> Result<Option<ViewOnceMessage>> {
        find_of_message(ctx, self.0.message).await
    }

    /// The status that was deleted; null when the message is none.
    async fn status(&self, ctx: &Context<'_>) -> Result<Option<Status>> {
        find_of_message(ctx, self.0.message).await
    }

    /// The message with its edits before the deletion; null when its author never edited the message, and when the edits
    /// were deleted here.
    async fn edited_message(&self, ctx: &Context<'_>) -> Result<Option<EditedMessage>> {
        find_of_message(ctx, self.0.message).await
    }

    /// Time of sending, by WhatsApp's clock. For a message that never arrived, the time of the deletion.
    pub(in crate::features) async fn sent_at(&self) -> DateTime<Utc> {
        self.0.sent_at
    }

    /// Time of the deletion, by WhatsApp's clock.
    async fn deleted_at(&self) -> DateTime<Utc> {
        self.0.deleted_at
    }
}

impl Entity for DeletedMessage {
    type Id = DeletedMessageId;
    type Row = DeletedRecord;
    const NAME: &'static str = "deleted message";

    fn of(_: &Context<'_>, row: DeletedRecord) -> Self {
        Self(row)
    }
}

impl DeletedMessage {
    /// The text as `KeptMessage` has it.
    pub(in crate::features) async fn kept_text(&self, _: &Context<'_>) -> Result<Option<&str>> {
        Ok(self.0.text.as_deref())
    }

    /// Returns the position in a list.
    pub(super) fn page_cursor(&self) -> RankedCursor {
        RankedCursor {
            rank: self.0.rank.number(),
            place: self.0.place(),
        }
    }
}
