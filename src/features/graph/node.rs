use async_graphql::{Context, ID, Interface, Object, Result};

use super::{Account, Chat, Contact, User};
use crate::features::deleted_messages::DeletedMessage;
use crate::features::scheduled_statuses::ScheduledStatus;
use crate::features::statuses::{Status, StatusLike};
use crate::features::uploads::Upload;
use crate::features::view_once::ViewOnceMessage;
use crate::graphql::{bad_input, viewer};
use crate::id::{
    AccountId, ChatId, ContactId, DeletedMessageId, ScheduledStatusId, StatusId, StatusLikeId, UploadId,
    UserId, ViewOnceId, parse_global,
};

/// Anything with an opaque global id.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "Opaque and global."))]
pub enum Node {
    /// A linked number.
    Account(Account),
    /// A conversation.
    Chat(Chat),
    /// Somebody on WhatsApp.
    Contact(Contact),
    /// A deleted message.
    DeletedMessage(DeletedMessage),
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
        let found = match kind.as_str() {
            AccountId::KIND => Account::load(ctx, ulid.into()).await.map(Node::Account),
            ChatId::KIND => Chat::load(ctx, ulid.into()).await.map(Node::Chat),
            ContactId::KIND => Contact::load(ctx, ulid.into()).await.map(Node::Contact),
            DeletedMessageId::KIND => DeletedMessage::load(ctx, ulid.into())
                .await
                .map(Node::DeletedMessage),
            ScheduledStatusId::KIND => ScheduledStatus::load(ctx, ulid.into())
                .await
                .map(Node::ScheduledStatus),
            StatusId::KIND => Status::load(ctx, ulid.into()).await.map(Node::Status),
            StatusLikeId::KIND => StatusLike::load(ctx, ulid.into()).await.map(Node::StatusLike),
            UploadId::KIND => Upload::load(ctx, ulid.into()).await.map(Node::Upload),
            UserId::KIND => User::load(ctx, ulid.into()).await.map(Node::User),
            ViewOnceId::KIND => ViewOnceMessage::load(ctx, ulid.into())
                .await
                .map(Node::ViewOnceMessage),
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
