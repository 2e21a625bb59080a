use async_graphql::{Context, ID, InputObject, Object, Result};
use chrono::{DateTime, Utc};

use super::super::list::DeletedQuery;
use super::super::model::DeletionOutcome;
use super::super::service::DeletedMessagesService;
use super::errors::failed;
use super::objects::DeletedMessage;
use super::settings::{DeletedMessageSettings, settings_of};
use crate::account::AccountRef;
use crate::features::MessageQuery;
use crate::features::schema::KeptMessageKind;
use crate::graphql::{Connection, Cursor, Entity as _, PageArguments, parse_ids, wants_total};
use crate::id::{AccountId, ChatId, ContactId, UserId};

/// Filter of deleted messages. A field that is absent or null leaves nothing out; an empty list matches nothing.
#[derive(Debug, InputObject)]
pub struct DeletedMessageFilter {
    /// Ids of the accounts that received the messages.
    account_ids: Option<Vec<ID>>,
    /// Ids of the chats of the messages.
    chat_ids: Option<Vec<ID>>,
    /// Ids of the contacts who sent the messages.
    sender_ids: Option<Vec<ID>>,
    /// Kinds of the messages to list.
    kinds: Option<Vec<KeptMessageKind>>,
    /// Outcomes of the deletions to list.
    outcomes: Option<Vec<DeletionOutcome>>,
    /// Earliest time of the deletion, inclusive.
    from: Option<DateTime<Utc>>,
    /// Latest time of the deletion, exclusive.
    to: Option<DateTime<Utc>>,
    /// Words that a message must contain, all of them, in any of its versions; at most 200 characters. A word is found
    /// inside of longer ones too, an emoji beside anything; of a script with spaces between words, one or two letters
    /// are found at the beginning of a word only. Case, accents, width, skin tones of emoji and punctuation make no
    /// difference. Messages in which each word of the search is a word or begins one come first, then the others;
    /// within both the usual order of the list. A page looks at no more than 10,000 messages that may match, or 4 MiB
    /// of their texts. A search is paged forwards only.
    search: Option<String>,
}

impl DeletedMessageFilter {
    fn parse(self) -> Result<DeletedQuery> {
        let messages = MessageQuery {
            accounts: parse_ids(
                &["filter", "accountIds"],
                self.account_ids,
                AccountId::from_global,
            )?,
            chats: parse_ids(&["filter", "chatIds"], self.chat_ids, ChatId::from_global)?,
            senders: parse_ids(&["filter", "senderIds"], self.sender_ids, ContactId::from_global)?,
            kinds: self.kinds.as_deref().map(KeptMessageKind::stored),
            from: self.from,
            to: self.to,
            search: self.search,
        };
        Ok(DeletedQuery {
            messages,
            outcomes: self.outcomes,
        })
    }
}

/// Fields that deleted messages add to the viewer.
#[derive(Debug, Clone, Copy)]
pub struct ViewerFields(pub UserId);

#[Object(name = "DeletedMessagesViewerFields")]
impl ViewerFields {
    /// Messages and statuses that were deleted for everyone, and forged deletions; the latest deletion first.
    /// `totalCount` is counted, except with a search. Null only when an argument is wrong.
    async fn deleted_messages(
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
        #[graphql(desc = "Filter; all messages when absent.")] filter: Option<DeletedMessageFilter>,
    ) -> Result<Option<Connection<DeletedMessage>>> {
        let page = PageArguments {
            first,
            after,
            last,
            before,
        }
        .ranked_page("deletedMessages")?;
        let query = filter
            .map(DeletedMessageFilter::parse)
            .transpose()?
            .unwrap_or_default();
        let service = ctx.data_unchecked::<DeletedMessagesService>();
        let found = service.list(self.0, page, query, wants_total(ctx)).await;
        let (items, total) = found.map_err(|e| failed(ctx, e))?;
        let items = items.into_iter().map(DeletedMessage);
        let connection = Connection::of(&page.page, items.collect(), DeletedMessage::page_cursor);
        Ok(Some(connection.counted(total)))
    }
}

/// Fields that deleted messages add to an account.
#[derive(Debug, Clone, Copy)]
pub struct AccountFields(pub AccountRef);

#[Object(name = "DeletedMessagesAccountFields")]
impl AccountFields {
    /// Settings of the account for holding messages in case they are deleted or edited.
    async fn deleted_message_settings(&self, ctx: &Context<'_>) -> Result<DeletedMessageSettings> {
        DeletedMessageSettings::load(ctx, settings_of(self.0.id)).await
    }
}
