use async_graphql::connection::{Connection, EmptyFields};
use async_graphql::{Context, ID, InputObject, Object, Result, Subscription as GraphQlSubscription};
use chrono::{DateTime, Utc};
use futures::{Stream, StreamExt};

use super::super::error::EditedMessagesError;
use super::super::service::EditedMessagesService;
use super::super::store::EditedQuery;
use super::event::EditedMessageEvent;
use super::object::EditedMessage;
use crate::features::schema::listen;
use crate::graphql::{Cursor, Page, PageCursor, bad_input, connect, internal, parse_ids};
use crate::hub::EventKind;
use crate::id::{AccountId, ChatId, ContactId, UserId};
use crate::messages::MessageKind;

/// Which edited messages to list. What is absent, null or an empty list leaves nothing out.
#[derive(Debug, InputObject)]
pub struct EditedMessageFilter {
    /// Seen by one of these accounts.
    account_ids: Option<Vec<ID>>,
    /// Written in one of these chats.
    chat_ids: Option<Vec<ID>>,
    /// Written by one of these contacts.
    sender_ids: Option<Vec<ID>>,
    /// Of one of these sorts.
    kinds: Option<Vec<MessageKind>>,
    /// Last edited then or later.
    from: Option<DateTime<Utc>>,
    /// Last edited before.
    to: Option<DateTime<Utc>>,
    /// With all these words, in any wording. Case and accents make no difference; three letters or more also find the
    /// words that begin with them. At most 200 characters, of which the first 16 words count.
    search: Option<String>,
}

impl EditedMessageFilter {
    fn parse(self) -> Result<EditedQuery> {
        Ok(EditedQuery {
            accounts: parse_ids(self.account_ids, AccountId::from_global)?,
            chats: parse_ids(self.chat_ids, ChatId::from_global)?,
            senders: parse_ids(self.sender_ids, ContactId::from_global)?,
            kinds: self.kinds.filter(|kinds| !kinds.is_empty()),
            from: self.from,
            to: self.to,
            search: self.search,
        })
    }
}

/// What edited messages add to a user.
#[derive(Debug, Clone, Copy)]
pub struct UserFields(pub UserId);

#[Object(name = "EditedMessagesUserFields")]
impl UserFields {
    /// Messages that their authors edited, with every wording; the latest edit first.
    async fn edited_messages(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 20 when absent.")] first: Option<i32>,
        #[graphql(desc = "The cursor after which the page begins.")] after: Option<String>,
        #[graphql(desc = "Which messages; all when absent.")] filter: Option<EditedMessageFilter>,
    ) -> Result<Connection<PageCursor, EditedMessage, EmptyFields, EmptyFields>> {
        let page = Page::parse(first, after.as_deref())?;
        let query = filter
            .map(EditedMessageFilter::parse)
            .transpose()?
            .unwrap_or_default();
        let service = ctx.data_unchecked::<EditedMessagesService>();
        let found = service.list(self.0, page, query).await.map_err(|e| match e {
            EditedMessagesError::LongSearch(_) => bad_input(e.to_string()),
            EditedMessagesError::Work(_) => internal(ctx, e),
        })?;
        let items = found.into_iter().map(EditedMessage);
        Ok(connect(page, items.collect(), EditedMessage::page_cursor))
    }
}

/// What edited messages tell as it happens.
#[derive(Debug, Clone, Copy, Default)]
pub struct Subscription;

#[GraphQlSubscription(name = "EditedMessagesSubscription")]
impl Subscription {
    /// Each edit of a message by its author: first those after the cursor, then as they happen, each once and in order.
    async fn message_edited(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Where to resume: the `cursor` of the last event; only what follows when absent.")]
        after: Option<Cursor>,
        #[graphql(desc = "Only of these accounts; of all when absent.")] account_ids: Option<Vec<ID>>,
    ) -> Result<impl Stream<Item = Result<EditedMessageEvent>> + use<>> {
        let events = listen(ctx, after, account_ids, &[EventKind::MessageEdited]).await?;
        Ok(events.map(|event| event.map(EditedMessageEvent::from)))
    }
}
