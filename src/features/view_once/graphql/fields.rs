use async_graphql::connection::{Connection, EmptyFields};
use async_graphql::{Context, ID, InputObject, Object, Result, Subscription as GraphQlSubscription};
use chrono::{DateTime, Utc};
use futures::{Stream, StreamExt};

use super::super::model::{CaptureOutcome, ViewOnceSettings};
use super::super::service::ViewOnceService;
use super::super::store::ViewOnceQuery;
use super::errors::failed;
use super::event::ViewOnceEvent;
use super::object::ViewOnceMessage;
use crate::account::AccountRef;
use crate::event::MediaKind;
use crate::features::schema::listen;
use crate::graphql::{Cursor, Page, PageCursor, connect, parse_ids};
use crate::hub::EventKind;
use crate::id::{AccountId, ContactId, UserId};

/// Which view-once messages to list. What is absent, null or an empty list leaves nothing out.
#[derive(Debug, InputObject)]
pub struct ViewOnceFilter {
    /// That came to one of these accounts.
    account_ids: Option<Vec<ID>>,
    /// With one of these outcomes.
    outcomes: Option<Vec<CaptureOutcome>>,
    /// Of one of these kinds.
    kinds: Option<Vec<MediaKind>>,
    /// Written by one of these contacts.
    sender_ids: Option<Vec<ID>>,
    /// Received then or later.
    from: Option<DateTime<Utc>>,
    /// Received before.
    to: Option<DateTime<Utc>>,
}

impl ViewOnceFilter {
    fn parse(self) -> Result<ViewOnceQuery> {
        Ok(ViewOnceQuery {
            accounts: parse_ids(self.account_ids, AccountId::from_global)?,
            outcomes: self.outcomes.filter(|outcomes| !outcomes.is_empty()),
            kinds: self.kinds.filter(|kinds| !kinds.is_empty()),
            senders: parse_ids(self.sender_ids, ContactId::from_global)?,
            from: self.from,
            to: self.to,
        })
    }
}

/// What view-once messages add to a user.
#[derive(Debug, Clone, Copy)]
pub struct UserFields(pub UserId);

#[Object(name = "ViewOnceUserFields")]
impl UserFields {
    /// The view-once messages that came while capturing was on, newest first. One whose content is being fetched for
    /// the first time is listed when that is over.
    async fn view_once_messages(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 20 when absent.")] first: Option<i32>,
        #[graphql(desc = "The cursor of the message before the first.")] after: Option<String>,
        #[graphql(desc = "Which messages; all when absent.")] filter: Option<ViewOnceFilter>,
    ) -> Result<Connection<PageCursor, ViewOnceMessage, EmptyFields, EmptyFields>> {
        let page = Page::parse(first, after.as_deref())?;
        let query = filter.map(ViewOnceFilter::parse).transpose()?.unwrap_or_default();
        let service = ctx.data_unchecked::<ViewOnceService>();
        let found = service.list(self.0, page, query).await;
        let items = found
            .map_err(|e| failed(ctx, e))?
            .into_iter()
            .map(ViewOnceMessage);
        Ok(connect(page, items.collect(), ViewOnceMessage::page_cursor))
    }
}

/// What view-once messages add to an account.
#[derive(Debug, Clone, Copy)]
pub struct AccountFields(pub AccountRef);

#[Object(name = "ViewOnceAccountFields")]
impl AccountFields {
    /// What the account does with view-once messages.
    async fn view_once(&self, ctx: &Context<'_>) -> Result<ViewOnceSettings> {
        let service = ctx.data_unchecked::<ViewOnceService>();
        service.settings(self.0).await.map_err(|e| failed(ctx, e))
    }
}

/// What is told of view-once messages as it happens.
#[derive(Debug, Clone, Copy, Default)]
pub struct Subscription;

#[GraphQlSubscription(name = "ViewOnceSubscription")]
impl Subscription {
    /// Each view-once message that comes, and each change of what became of it: first those after the cursor, then as
    /// they happen, each once and in order.
    async fn view_once_captured(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Where to resume: the `cursor` of the last event; only what follows when absent.")]
        after: Option<Cursor>,
        #[graphql(desc = "Only of these accounts; of all when absent.")] account_ids: Option<Vec<ID>>,
    ) -> Result<impl Stream<Item = Result<ViewOnceEvent>> + use<>> {
        let events = listen(ctx, after, account_ids, &[EventKind::ViewOnceCaptured]).await?;
        Ok(events.map(|event| event.map(ViewOnceEvent::from)))
    }
}
