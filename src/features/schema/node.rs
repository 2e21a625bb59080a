use async_graphql::{Context, ID, Interface, Object, Result};
use ulid::Ulid;

use super::{Account, Chat, Contact, User};
use crate::features::auto_reply::AutoReply;
use crate::features::deleted_messages::DeletedMessage;
use crate::features::edited_messages::EditedMessage;
use crate::features::notifications::Notification;
use crate::features::scheduled_statuses::ScheduledStatus;
use crate::features::statuses::{Status, StatusLike};
use crate::features::uploads::Upload;
use crate::features::view_once::ViewOnceMessage;
use crate::features::webhooks::{WebhookDelivery, WebhookEndpoint};
use crate::graphql::{Entity, bad_input, viewer};
use crate::id::{
    AccountId, AutoReplyId, ChatId, ContactId, DeletedMessageId, EditedMessageId, NotificationId,
    ScheduledStatusId, StatusId, StatusLikeId, UploadId, UserId, ViewOnceId, WebhookDeliveryId,
    WebhookEndpointId, parse_global,
};

/// Anything with an opaque global id.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "Opaque and global."))]
pub enum Node {
    /// A linked number.
    Account(Account),
    /// An automatic answer.
    AutoReply(AutoReply),
    /// A conversation.
    Chat(Chat),
    /// Somebody on WhatsApp.
    Contact(Contact),
    /// A deleted message.
    DeletedMessage(DeletedMessage),
    /// An edited message.
    EditedMessage(EditedMessage),
    /// Something that the user is told of.
    Notification(Notification),
    /// A status that is published at a planned time.
    ScheduledStatus(ScheduledStatus),
    /// A status.
    Status(Status),
    /// The like of a status.
    StatusLike(StatusLike),
    /// A file that the viewer sends to this server.
    Upload(Upload),
    /// The viewer.
    User(User),
    /// A view-once message.
    ViewOnceMessage(ViewOnceMessage),
    /// An event on its way to a webhook endpoint.
    WebhookDelivery(WebhookDelivery),
    /// A webhook endpoint.
    WebhookEndpoint(WebhookEndpoint),
}

/// Looks anything up by its id.
#[derive(Default)]
pub struct NodeQuery;

#[Object]
impl NodeQuery {
    /// The viewer's thing with this id; null when there is none, or when it is somebody else's.
    async fn node(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "As this API gave it.")] id: ID,
    ) -> Result<Option<Node>> {
        viewer(ctx)?;
        let (kind, ulid) = parse_global(&id).map_err(|e| bad_input(e.to_string()))?;
        Node::find(ctx, &kind, ulid).await
    }
}

impl Node {
    /// The viewer's thing of the type that is called `kind` in global ids; none when there is no such type, when it is
    /// gone, and when it is somebody else's.
    ///
    /// # Errors
    /// `INTERNAL` when the database fails.
    pub async fn find(ctx: &Context<'_>, kind: &str, ulid: Ulid) -> Result<Option<Self>> {
        let found = match kind {
            AccountId::KIND => Account::load(ctx, ulid.into()).await.map(Self::Account),
            AutoReplyId::KIND => AutoReply::load(ctx, ulid.into()).await.map(Self::AutoReply),
            ChatId::KIND => Chat::load(ctx, ulid.into()).await.map(Self::Chat),
            ContactId::KIND => Contact::load(ctx, ulid.into()).await.map(Self::Contact),
            DeletedMessageId::KIND => DeletedMessage::load(ctx, ulid.into())
                .await
                .map(Self::DeletedMessage),
            EditedMessageId::KIND => EditedMessage::load(ctx, ulid.into())
                .await
                .map(Self::EditedMessage),
            NotificationId::KIND => Notification::load(ctx, ulid.into()).await.map(Self::Notification),
            ScheduledStatusId::KIND => ScheduledStatus::load(ctx, ulid.into())
                .await
                .map(Self::ScheduledStatus),
            StatusId::KIND => Status::load(ctx, ulid.into()).await.map(Self::Status),
            StatusLikeId::KIND => StatusLike::load(ctx, ulid.into()).await.map(Self::StatusLike),
            UploadId::KIND => Upload::load(ctx, ulid.into()).await.map(Self::Upload),
            UserId::KIND => User::load(ctx, ulid.into()).await.map(Self::User),
            ViewOnceId::KIND => ViewOnceMessage::load(ctx, ulid.into())
                .await
                .map(Self::ViewOnceMessage),
            WebhookDeliveryId::KIND => WebhookDelivery::load(ctx, ulid.into())
                .await
                .map(Self::WebhookDelivery),
            WebhookEndpointId::KIND => WebhookEndpoint::load(ctx, ulid.into())
                .await
                .map(Self::WebhookEndpoint),
            _ => return Ok(None),
        };
        absent_as_null(found)
    }
}

/// Somebody else's thing is no error here, it is nothing.
fn absent_as_null(found: Result<Node>) -> Result<Option<Node>> {
    match found {
        Ok(node) => Ok(Some(node)),
        Err(error) if is_not_found(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

fn is_not_found(error: &async_graphql::Error) -> bool {
    let code = error
        .extensions
        .as_ref()
        .and_then(|extensions| extensions.get("code"));
    code == Some(&async_graphql::Value::from("NOT_FOUND"))
}
