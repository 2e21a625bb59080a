use async_graphql::{Context, ID, InputObject, Object, Result};
use chrono::{DateTime, Utc};

use super::super::change::AutoLikeChange;
use super::super::model::{StatusKind, StatusLikeState};
use super::super::service::StatusesService;
use super::super::store::likes::LikeQuery;
use super::super::store::statuses::StatusQuery;
use super::counters::AutoLikeCounters;
use super::errors::failed;
use super::input::AutoLikeSettingsInput;
use super::loaders::CountersOf;
use super::objects::{Status, StatusLike};
use super::preview::AutoLikePreview;
use super::settings::AutoLikeSettings;
use crate::account::AccountRef;
use crate::graphql::{Connection, Cursor, PageArguments, find, parse_ids, total_if_wanted};
use crate::id::{AccountId, ContactId, UserId};

/// Filter of statuses. A status must match every field; a field that is absent or null leaves nothing out, and an empty
/// list matches nothing.
#[derive(Debug, InputObject)]
pub struct StatusFilter {
    /// Received or posted by one of these accounts.
    account_ids: Option<Vec<ID>>,
    /// Posted by one of these contacts.
    author_ids: Option<Vec<ID>>,
    /// Of one of these kinds.
    kinds: Option<Vec<StatusKind>>,
    /// True: only statuses of the account's owner. False: only statuses of contacts.
    is_own: Option<bool>,
    /// True: only deleted statuses. False: only statuses that are not deleted.
    is_deleted: Option<bool>,
    /// Posted at this time or later.
    from: Option<DateTime<Utc>>,
    /// Posted before this time.
    to: Option<DateTime<Utc>>,
}

impl StatusFilter {
    fn parse(self) -> Result<StatusQuery> {
        Ok(StatusQuery {
            accounts: parse_ids(
                &["filter", "accountIds"],
                self.account_ids,
                AccountId::from_global,
            )?,
            authors: parse_ids(&["filter", "authorIds"], self.author_ids, ContactId::from_global)?,
            kinds: self.kinds,
            is_own: self.is_own,
            is_deleted: self.is_deleted,
            from: self.from,
            to: self.to,
        })
    }
}

/// Filter of likes. A like must match every field; a field that is absent or null leaves nothing out, and an empty list
/// matches nothing.
#[derive(Debug, InputObject)]
pub struct StatusLikeFilter {
    /// By one of these accounts.
    account_ids: Option<Vec<ID>>,
    /// Of a status of one of these contacts.
    author_ids: Option<Vec<ID>>,
    /// In one of these states.
    states: Option<Vec<StatusLikeState>>,
    /// Decided at this time or later.
    from: Option<DateTime<Utc>>,
    /// Decided before this time.
    to: Option<DateTime<Utc>>,
}

impl StatusLikeFilter {
    fn parse(self) -> Result<LikeQuery> {
        Ok(LikeQuery {
            accounts: parse_ids(
                &["filter", "accountIds"],
                self.account_ids,
                AccountId::from_global,
            )?,
            authors: parse_ids(&["filter", "authorIds"], self.author_ids, ContactId::from_global)?,
            states: self.states,
            from: self.from,
            to: self.to,
        })
    }
}

/// Fields that statuses add to a user.
#[derive(Debug, Clone, Copy)]
pub struct ViewerFields(pub UserId);

#[Object(name = "StatusesViewerFields")]
impl ViewerFields {
    /// Statuses that the user's accounts received or posted, newest first. The owner's own are those of every device, and
    /// those that were scheduled here.
    /// Null only when an argument is wrong.
    async fn statuses(
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
        #[graphql(desc = "Filter; all statuses when absent.")] filter: Option<StatusFilter>,
    ) -> Result<Option<Connection<Status>>> {
        let page = PageArguments {
            first,
            after,
            last,
            before,
        }
        .page("statuses")?;
        let query = filter.map(StatusFilter::parse).transpose()?.unwrap_or_default();
        let service = ctx.data_unchecked::<StatusesService>();
        let total = total_if_wanted(ctx, service.count_statuses(self.0, query.clone())).await;
        let total = total.map_err(|e| failed(ctx, e))?;
        let found = service.statuses(self.0, page, query).await;
        let items = found.map_err(|e| failed(ctx, e))?.into_iter().map(Status);
        Ok(Some(
            Connection::of(&page, items.collect(), Status::page_cursor).counted(total),
        ))
    }

    /// Likes of statuses by auto-like, and the records of statuses that it skipped; newest first.
    /// Null only when an argument is wrong.
    async fn status_likes(
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
        #[graphql(desc = "Filter; all likes when absent.")] filter: Option<StatusLikeFilter>,
    ) -> Result<Option<Connection<StatusLike>>> {
        let page = PageArguments {
            first,
            after,
            last,
            before,
        }
        .page("statusLikes")?;
        let query = filter
            .map(StatusLikeFilter::parse)
            .transpose()?
            .unwrap_or_default();
        let service = ctx.data_unchecked::<StatusesService>();
        let total = total_if_wanted(ctx, service.count_likes(self.0, query.clone())).await;
        let total = total.map_err(|e| failed(ctx, e))?;
        let found = service.likes(self.0, page, query).await;
        let items = found.map_err(|e| failed(ctx, e))?.into_iter().map(StatusLike);
        Ok(Some(
            Connection::of(&page, items.collect(), StatusLike::page_cursor).counted(total),
        ))
    }
}

/// Fields that statuses add to an account.
#[derive(Debug, Clone, Copy)]
pub struct AccountFields(pub AccountRef);

#[Object(name = "StatusesAccountFields")]
impl AccountFields {
    /// Auto-like settings of the account.
    async fn auto_like_settings(&self, ctx: &Context<'_>) -> Result<AutoLikeSettings> {
        AutoLikeSettings::of_account(ctx, self.0.id).await
    }

    /// Preview of auto-like settings: the result that they would have had for the statuses of the last 24 hours, as if
    /// auto-like had been on. Changes nothing. Null only when `settings` is wrong.
    async fn auto_like_preview(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Values to preview, as `updateAutoLikeSettings` takes them; the present settings when absent or null."
        )]
        settings: Option<AutoLikeSettingsInput>,
    ) -> Result<Option<AutoLikePreview>> {
        let service = ctx.data_unchecked::<StatusesService>();
        let change = settings.map(AutoLikeChange::from).unwrap_or_default();
        let previewed = service.preview(self.0, change).await;
        let previewed = previewed.map_err(|e| failed(ctx, e))?;
        Ok(Some(AutoLikePreview(previewed)))
    }

    /// Numbers of the account's likes in the last days.
    async fn auto_like_counters(&self, ctx: &Context<'_>) -> Result<AutoLikeCounters> {
        let counted = find(ctx, CountersOf(self.0.id)).await?;
        Ok(AutoLikeCounters::from(counted.unwrap_or_default()))
    }
}
