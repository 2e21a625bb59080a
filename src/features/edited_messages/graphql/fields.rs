use async_graphql::{Context, ID, InputObject, Object, Result};
use chrono::{DateTime, Utc};

use super::super::error::EditedMessagesError;
use super::super::service::EditedMessagesService;
use super::object::EditedMessage;
use crate::features::MessageQuery;
use crate::graphql::{Connection, Cursor, PageArguments, bad_input, internal, parse_ids, wants_total};
use crate::id::{AccountId, ChatId, ContactId, UserId};
use crate::messages::MessageKind;

/// Filter of edited messages. A field that is absent or null leaves nothing out; an empty list matches nothing.
#[derive(Debug, InputObject)]
pub struct EditedMessageFilter {
    /// Received by one of these accounts.
    account_ids: Option<Vec<ID>>,
    /// In one of these chats.
    chat_ids: Option<Vec<ID>>,
    /// Written by one of these contacts.
    sender_ids: Option<Vec<ID>>,
    /// Of one of these kinds.
    kinds: Option<Vec<MessageKind>>,
    /// Last edited at this time or later.
    from: Option<DateTime<Utc>>,
    /// Last edited before this time.
    to: Option<DateTime<Utc>>,
    /// Contains all these words in any of its versions. A word is found inside of longer ones too, an emoji beside
    /// anything; of a script with spaces between words, one or two letters are found at the beginning of a word only.
    /// Case, accents, width, skin tones of emoji and punctuation make no difference. Messages in which each word of the
    /// search is a word or begins one come first, then the others; within both the usual order of the list. A page looks
    /// at no more than 10,000 messages that may match, or 4 MiB of their texts. At most 200 characters.
    search: Option<String>,
}

impl EditedMessageFilter {
    fn parse(self) -> Result<MessageQuery> {
        Ok(MessageQuery {
            accounts: parse_ids(self.account_ids, AccountId::from_global)?,
            chats: parse_ids(self.chat_ids, ChatId::from_global)?,
            senders: parse_ids(self.sender_ids, ContactId::from_global)?,
            kinds: self.kinds,
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
            EditedMessagesError::LongSearch(_) | EditedMessagesError::SearchBackwards(_) => {
                bad_input(e.to_string())
            }
            EditedMessagesError::Work(_) => internal(ctx, e),
        })?;
        let items = items.into_iter().map(EditedMessage);
        let connection = Connection::of(page.page, items.collect(), EditedMessage::page_cursor);
        Ok(Some(connection.counted(total)))
    }
}
