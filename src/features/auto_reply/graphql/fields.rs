use async_graphql::connection::{Connection, EmptyFields};
use async_graphql::{Context, ID, InputObject, Object, Result, Subscription as GraphQlSubscription};
use chrono::{DateTime, Utc};
use futures::{Stream, StreamExt};

use super::super::model::ReplyOutcome;
use super::super::rule::Settings;
use super::super::service::AutoReplyService;
use super::super::store::replies::ReplyQuery;
use super::AutoReplyEvent;
use super::failed;
use super::loaders::SettingsOf;
use super::objects::AutoReply;
use super::settings::AutoReplySettings;
use super::statistics::AutoReplyStatistics;
use crate::account::AccountRef;
use crate::features::schema::listen;
use crate::graphql::{Cursor, Page, PageCursor, connect, find, parse_ids};
use crate::hub::EventKind;
use crate::id::{AccountId, ContactId, UserId};

/// Which automatic answers to list. What is absent, null or an empty list leaves nothing out.
#[derive(Debug, InputObject)]
pub struct AutoReplyFilter {
    /// By one of these accounts.
    account_ids: Option<Vec<ID>>,
    /// To one of these contacts.
    contact_ids: Option<Vec<ID>>,
    /// That came this far.
    outcomes: Option<Vec<ReplyOutcome>>,
    /// Decided on then or later.
    from: Option<DateTime<Utc>>,
    /// Decided on before.
    to: Option<DateTime<Utc>>,
}

impl AutoReplyFilter {
    fn parse(self) -> Result<ReplyQuery> {
        Ok(ReplyQuery {
            accounts: parse_ids(self.account_ids, AccountId::from_global)?,
            contacts: parse_ids(self.contact_ids, ContactId::from_global)?,
            outcomes: self.outcomes.filter(|outcomes| !outcomes.is_empty()),
            from: self.from,
            to: self.to,
        })
    }
}

/// What automatic answers add to a user.
#[derive(Debug, Clone, Copy)]
pub struct UserFields(pub UserId);

#[Object(name = "AutoReplyUserFields")]
impl UserFields {
    /// What became of the automatic answers, newest first. A message that an earlier answer covers has none, and the
    /// same reason not to answer a contact is listed once an hour.
    async fn auto_replies(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 20 when absent.")] first: Option<i32>,
        #[graphql(desc = "The cursor after which the page begins.")] after: Option<String>,
        #[graphql(desc = "Which answers; all when absent.")] filter: Option<AutoReplyFilter>,
    ) -> Result<Connection<PageCursor, AutoReply, EmptyFields, EmptyFields>> {
        let page = Page::parse(first, after.as_deref())?;
        let query = filter
            .map(AutoReplyFilter::parse)
            .transpose()?
            .unwrap_or_default();
        let service = ctx.data_unchecked::<AutoReplyService>();
        let found = service.replies(self.0, page, query).await;
        let items = found.map_err(|e| failed(ctx, e))?.into_iter().map(AutoReply);
        Ok(connect(page, items.collect(), AutoReply::page_cursor))
    }
}

/// What automatic answers add to an account.
#[derive(Debug, Clone, Copy)]
pub struct AccountFields(pub AccountRef);

#[Object(name = "AutoReplyAccountFields")]
impl AccountFields {
    /// What the account answers by itself.
    async fn auto_reply(&self, ctx: &Context<'_>) -> Result<AutoReplySettings> {
        let settings = find(ctx, SettingsOf(self.0.id)).await?;
        Ok(AutoReplySettings(settings.unwrap_or_else(Settings::untouched)))
    }

    /// How many messages the account answered by itself, by day and by contact.
    async fn auto_reply_statistics(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Decided on then or later.")] from: DateTime<Utc>,
        #[graphql(desc = "Decided on before; at most 366 days after `from`.")] to: DateTime<Utc>,
    ) -> Result<AutoReplyStatistics> {
        let service = ctx.data_unchecked::<AutoReplyService>();
        let counted = service.statistics(self.0, from, to).await;
        counted.map(AutoReplyStatistics).map_err(|e| failed(ctx, e))
    }
}

/// What automatic answers tell as it happens.
#[derive(Debug, Clone, Copy, Default)]
pub struct Subscription;

#[GraphQlSubscription(name = "AutoReplySubscription")]
impl Subscription {
    /// Each step of an automatic answer: first those after the cursor, then as they happen, each once and in order.
    async fn auto_reply_sent(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Where to resume: the `cursor` of the last event; only what follows when absent.")]
        after: Option<Cursor>,
        #[graphql(desc = "Only of these accounts; of all when absent.")] account_ids: Option<Vec<ID>>,
    ) -> Result<impl Stream<Item = Result<AutoReplyEvent>> + use<>> {
        let events = listen(ctx, after, account_ids, &[EventKind::AutoReplySent]).await?;
        Ok(events.map(|event| event.map(AutoReplyEvent::from)))
    }
}
