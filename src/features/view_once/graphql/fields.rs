use async_graphql::{Context, ID, InputObject, Object, Result};
use chrono::{DateTime, Utc};

use super::super::model::CaptureOutcome;
use super::super::service::ViewOnceService;
use super::super::store::ViewOnceQuery;
use super::object::ViewOnceMessage;
use super::settings::{ViewOnceSettings, settings_of};
use crate::account::AccountRef;
use crate::features::schema::KeptMessageKind;
use crate::graphql::{Connection, Cursor, Entity as _, PageArguments, internal, parse_ids, wants_total};
use crate::id::{AccountId, ContactId, UserId};

/// Filter of view-once messages. A field that is absent or null leaves nothing out; an empty list matches nothing.
#[derive(Debug, InputObject)]
pub struct ViewOnceMessageFilter {
    /// Ids of the accounts that received the messages.
    account_ids: Option<Vec<ID>>,
    /// Outcomes of the messages to list.
    outcomes: Option<Vec<CaptureOutcome>>,
    /// Kinds of the messages to list. `VIEW_ONCE` stands for messages of which WhatsApp delivered only a placeholder; kinds
    /// that view-once messages do not have match nothing.
    kinds: Option<Vec<KeptMessageKind>>,
    /// Ids of the contacts who sent the messages.
    sender_ids: Option<Vec<ID>>,
    /// Earliest time of arrival, inclusive.
    from: Option<DateTime<Utc>>,
    /// Latest time of arrival, exclusive.
    to: Option<DateTime<Utc>>,
}

impl ViewOnceMessageFilter {
    fn parse(self) -> Result<ViewOnceQuery> {
        Ok(ViewOnceQuery {
            accounts: parse_ids(
                &["filter", "accountIds"],
                self.account_ids,
                AccountId::from_global,
            )?,
            outcomes: self.outcomes,
            kinds: self.kinds.as_deref().map(KeptMessageKind::stored),
            senders: parse_ids(&["filter", "senderIds"], self.sender_ids, ContactId::from_global)?,
            from: self.from,
            to: self.to,
        })
    }
}

/// Fields that view-once messages add to the viewer.
#[derive(Debug, Clone, Copy)]
pub struct ViewerFields(pub UserId);

#[Object(name = "ViewOnceViewerFields")]
impl ViewerFields {
    /// View-once messages that arrived while capturing was on, newest first. A message whose content is being fetched
    /// for the first time is listed when the fetch ends. `totalCount` is counted. Null only when an argument is wrong.
    async fn view_once_messages(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Number of items from the beginning of the list, or after `after`: 1 to 100; 20 when neither `first` \
                    nor `last` is given."
        )]
        first: Option<i32>,
        #[graphql(desc = "Cursor of the item before the page.")] after: Option<Cursor>,
        #[graphql(
            desc = "Number of items from the end of the list, or before `before`: 1 to 100. Not together with `first` or \
                    `after`."
        )]
        last: Option<i32>,
        #[graphql(desc = "Cursor of the item after the page.")] before: Option<Cursor>,
        #[graphql(desc = "Filter; all messages when absent.")] filter: Option<ViewOnceMessageFilter>,
    ) -> Result<Option<Connection<ViewOnceMessage>>> {
        let page = PageArguments {
            first,
            after,
            last,
            before,
        }
        .page("viewOnceMessages")?;
        let query = filter
            .map(ViewOnceMessageFilter::parse)
            .transpose()?
            .unwrap_or_default();
        let service = ctx.data_unchecked::<ViewOnceService>();
        let found = service.list(self.0, page, query, wants_total(ctx)).await;
        let (items, total) = found.map_err(|e| internal(ctx, e))?;
        let items = items.into_iter().map(ViewOnceMessage);
        let connection = Connection::of(&page, items.collect(), ViewOnceMessage::page_cursor);
        Ok(Some(connection.counted(total)))
    }
}

/// Fields that view-once messages add to an account.
#[derive(Debug, Clone, Copy)]
pub struct AccountFields(pub AccountRef);

#[Object(name = "ViewOnceAccountFields")]
impl AccountFields {
    /// View-once settings of the account.
    async fn view_once_settings(&self, ctx: &Context<'_>) -> Result<ViewOnceSettings> {
        ViewOnceSettings::load(ctx, settings_of(self.0.id)).await
    }
}
