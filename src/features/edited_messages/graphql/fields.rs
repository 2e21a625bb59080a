use async_graphql::{Context, ID, InputObject, Object, Result};
use chrono::{DateTime, Utc};

use super::super::error::EditedMessagesError;
use super::super::service::EditedMessagesService;
use super::object::EditedMessage;
use crate::features::MessageQuery;
use crate::features::schema::KeptMessageKind;
use crate::graphql::{Connection, Cursor, PageArguments, bad_argument, internal, parse_ids, wants_total};
use crate::id::{AccountId, ChatId, ContactId, UserId};

/// Filter of edited messages. A field that is absent or null leaves nothing out; an empty list matches nothing.
#[derive(Debug, InputObject)]
pub struct EditedMessageFilter {
    /// Ids of the accounts that received the messages.
    account_ids: Option<Vec<ID>>,
    /// Ids of the chats of the messages.
    chat_ids: Option<Vec<ID>>,
    /// Ids of the contacts who sent the messages.
    sender_ids: Option<Vec<ID>>,
    /// Kinds of the messages to list.
    kinds: Option<Vec<KeptMessageKind>>,
    /// Earliest time of the last edit, inclusive.
    from: Option<DateTime<Utc>>,
    /// Latest time of the last edit, exclusive.
    to: Option<DateTime<Utc>>,
    /// Words that a message must contain, all of them, in any of its versions; at most 200 characters. A word is found
    /// inside of longer ones too, an emoji beside anything; of a script with spaces between words, one or two letters
    /// are found at the beginning of a word only. Case, accents, width, skin tones of emoji and punctuation make no
    /// difference. Messages in which each word of the search is a word or begins one come first, then the others;
    /// within both the usual order of the list. A page looks at no more than 10,000 messages that may match, or 4 MiB
    /// of their texts. A search is paged forwards only.
    search: Option<String>,
}

impl EditedMessageFilter {
    fn parse(self) -> Result<MessageQuery> {
        Ok(MessageQuery {
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
        })
    }
}

/// Fields that edited messages add to the viewer.
#[derive(Debug, Clone, Copy)]
pub struct ViewerFields(pub UserId);

#[Object(name = "EditedMessagesViewerFields")]
impl ViewerFields {
    /// Messages that their authors edited, with all versions; the latest edit first.
    /// `totalCount` is counted, except with a search. Null only when an argument is wrong.
    async fn edited_messages(
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
        #[graphql(desc = "Filter; all messages when absent.")] filter: Option<EditedMessageFilter>,
    ) -> Result<Option<Connection<EditedMessage>>> {
        let page = PageArguments {
            first,
            after,
            last,
            before,
        }
        .ranked_page("editedMessages")?;
        let query = filter
            .map(EditedMessageFilter::parse)
            .transpose()?
            .unwrap_or_default();
        let service = ctx.data_unchecked::<EditedMessagesService>();
        let found = service.list(self.0, page, query, wants_total(ctx)).await;
        let (items, total) = found.map_err(|e| match e {
            EditedMessagesError::LongSearch(_) => bad_argument(&["filter", "search"], e.to_string()),
            EditedMessagesError::SearchBackwards(_) => bad_argument(&["last"], e.to_string()),
            EditedMessagesError::Work(_) => internal(ctx, e),
        })?;
        let items = items.into_iter().map(EditedMessage);
        let connection = Connection::of(&page.page, items.collect(), EditedMessage::page_cursor);
        Ok(Some(connection.counted(total)))
    }
}
