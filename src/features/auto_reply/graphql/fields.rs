//! Fields and subscription of automatic replies.

use async_graphql::{Context, ID, InputObject, Object, Result};
use chrono::{DateTime, Utc};

use super::errors::failed;
use super::input::AutoReplySettingsInput;
use super::objects::AutoReply;
use super::preview::AutoReplyPreview;
use super::settings::AutoReplySettings;
use super::statistics::AutoReplyStatistics;
use crate::account::AccountRef;
use crate::features::auto_reply::change::AutoReplyChange;
use crate::features::auto_reply::model::ReplyState;
use crate::features::auto_reply::service::AutoReplyService;
use crate::features::auto_reply::store::replies::ReplyQuery;
use crate::graphql::{Connection, Cursor, PageArguments, parse_ids, total_if_wanted};
use crate::id::{AccountId, ContactId, UserId};

/// Filter of automatic replies. A reply must match every field; a field that is absent or null leaves nothing out, and an
/// empty list matches nothing.
#[derive(Debug, InputObject)]
pub struct AutoReplyFilter {
    /// Only replies of these accounts.
    account_ids: Option<Vec<ID>>,
    /// Only replies to these contacts.
    contact_ids: Option<Vec<ID>>,
    /// Only replies in one of these states.
    states: Option<Vec<ReplyState>>,
    /// Only replies created at or after this time.
    from: Option<DateTime<Utc>>,
    /// Only replies created before this time.
    to: Option<DateTime<Utc>>,
}

impl AutoReplyFilter {
    fn parse(self) -> Result<ReplyQuery> {
        Ok(ReplyQuery {
            accounts: parse_ids(
                &["filter", "accountIds"],
                self.account_ids,
                AccountId::from_global,
            )?,
            contacts: parse_ids(
                &["filter", "contactIds"],
                self.contact_ids,
                ContactId::from_global,
            )?,
            states: self.states,
            from: self.from,
            to: self.to,
        })
    }
}

/// The fields that automatic replies add to a user.
#[derive(Debug, Clone, Copy)]
pub struct ViewerFields(pub UserId);

#[Object(name = "AutoReplyViewerFields")]
impl ViewerFields {
    /// Automatic replies, and the records of messages without one; newest first. A message that an earlier reply covers
    /// has no entry, and the same reason for not replying to a contact is listed at most once an hour.
    /// Null only when an argument is wrong.
    async fn auto_replies(
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
        #[graphql(desc = "Filter; all replies when absent.")] filter: Option<AutoReplyFilter>,
    ) -> Result<Option<Connection<AutoReply>>> {
        let page = PageArguments {
            first,
            after,
            last,
            before,
        }
        .page("autoReplies")?;
        let query = filter
            .map(AutoReplyFilter::parse)
            .transpose()?
            .unwrap_or_default();
        let service = ctx.data_unchecked::<AutoReplyService>();
        let total = total_if_wanted(ctx, service.count_replies(self.0, query.clone())).await;
        let total = total.map_err(|e| failed(ctx, e))?;
        let found = service.replies(self.0, page, query).await;
        let items = found.map_err(|e| failed(ctx, e))?.into_iter().map(AutoReply);
        Ok(Some(
            Connection::of(&page, items.collect(), AutoReply::page_cursor).counted(total),
        ))
    }
}

/// The fields that automatic replies add to an account.
#[derive(Debug, Clone, Copy)]
pub struct AccountFields(pub AccountRef);

#[Object(name = "AutoReplyAccountFields")]
impl AccountFields {
    /// Auto-reply settings of the account.
    async fn auto_reply_settings(&self, ctx: &Context<'_>) -> Result<AutoReplySettings> {
        AutoReplySettings::of_account(ctx, self.0.id).await
    }

    /// Preview of auto-reply settings: the replies that they would have sent to the messages of the last 24 hours, and
    /// the reason for each other message, as if the settings had been on (in the mode `OFFLINE` when the mode is `OFF`).
    /// Changes nothing. Null only when `settings` is wrong.
    async fn auto_reply_preview(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Values to preview, as `updateAutoReplySettings` takes them; the present settings when absent or null."
        )]
        settings: Option<AutoReplySettingsInput>,
    ) -> Result<Option<AutoReplyPreview>> {
        let service = ctx.data_unchecked::<AutoReplyService>();
        let change = settings.map(AutoReplyChange::from).unwrap_or_default();
        let previewed = service.preview(self.0, change).await;
        let previewed = previewed.map_err(|e| failed(ctx, e))?;
        Ok(Some(AutoReplyPreview(previewed)))
    }

    /// Numbers of automatic replies of the account, by day and by contact. Null only when an argument is wrong.
    async fn auto_reply_statistics(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only replies created at or after this time.")] from: DateTime<Utc>,
        #[graphql(desc = "Only replies created before this time; at most 366 days after `from`.")]
        to: DateTime<Utc>,
    ) -> Result<Option<AutoReplyStatistics>> {
        let service = ctx.data_unchecked::<AutoReplyService>();
        let counted = service.statistics(self.0, from, to).await;
        let counted = counted.map_err(|e| failed(ctx, e))?;
        Ok(Some(AutoReplyStatistics(counted)))
    }
}
