use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};

use super::chat::DirectChatWith;
use super::store::{self, ContactRow};
use super::{Account, Chat};
use crate::features::statuses::{Status, statuses_of_contact};
use crate::graphql::{Connection, Cursor, Entity, PageArguments, ReadError, Reader, find};
use crate::id::ContactId;

/// Person on WhatsApp, as one account knows them.
#[derive(Debug, Clone)]
pub struct Contact(pub ContactRow);

/// Person on WhatsApp, as one account knows them.
#[Object]
impl Contact {
    /// Globally unique, stable id. Pass it to `node(id:)`; do not parse it.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_global())
    }

    /// Account that knows the person.
    async fn account(&self, ctx: &Context<'_>) -> Result<Account> {
        Account::load(ctx, self.0.account_id).await
    }

    /// Direct chat with the person; null while there was no message of either side.
    async fn chat(&self, ctx: &Context<'_>) -> Result<Option<Chat>> {
        Ok(find(ctx, DirectChatWith(self.0.id)).await?.map(Chat))
    }

    /// Best name that is known: the address book's, else what the person calls themselves, else the verified name of a
    /// business, else the phone number, else the LID.
    async fn display_name(&self) -> String {
        self.0.display_name()
    }

    /// Name in the owner's address book; null when the person is not in it.
    async fn name(&self) -> Option<&str> {
        self.0.names.name.as_deref()
    }

    /// Name that the person chose; null until they wrote something.
    async fn push_name(&self) -> Option<&str> {
        self.0.names.push_name.as_deref()
    }

    /// Name of a business, which WhatsApp verified; null for people and for businesses that it did not verify.
    async fn verified_name(&self) -> Option<&str> {
        self.0.names.verified_name.as_deref()
    }

    /// Phone number with a plus and country code, such as `+5511999990000`; null while only the LID is known.
    async fn phone_number(&self) -> Option<String> {
        let digits = self.0.names.phone_number.as_ref();
        digits.map(|digits| format!("+{digits}"))
    }

    /// WhatsApp's id of the person (LID), independent of the phone number; null while only the number is known.
    async fn lid(&self) -> Option<&str> {
        self.0.lid.as_deref()
    }

    /// True when the person is the account's owner.
    async fn is_self(&self) -> bool {
        self.0.is_self
    }

    /// True when the owner muted the chat with the person.
    async fn is_muted(&self) -> bool {
        self.0.is_muted
    }

    /// True when the owner muted the person's statuses.
    async fn is_status_muted(&self) -> bool {
        self.0.is_status_muted
    }

    /// Time at which the person was first seen.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// Statuses that the person posted, newest first. Null only when an argument is wrong.
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
    ) -> Result<Option<Connection<Status>>> {
        let arguments = PageArguments {
            first,
            after,
            last,
            before,
        };
        statuses_of_contact(ctx, self.0.id, arguments).await.map(Some)
    }
}

impl Entity for Contact {
    type Id = ContactId;
    type Row = ContactRow;
    const NAME: &'static str = "contact";

    fn of(_: &Context<'_>, row: ContactRow) -> Self {
        Self(row)
    }
}

/// A contact that was found to be another one is loaded as that one.
impl Loader<ContactId> for Reader {
    type Value = ContactRow;
    type Error = ReadError;

    async fn load(&self, keys: &[ContactId]) -> Result<HashMap<ContactId, ContactRow>, ReadError> {
        self.read(async |work| {
            let rows = store::load_contacts(work, keys).await?;
            let moved: Vec<ContactId> = rows.iter().filter_map(|row| row.same_as).collect();
            let people = store::load_contacts(work, &moved).await?;
            let person = |row: ContactRow| {
                let target = row
                    .same_as
                    .and_then(|id| people.iter().find(|person| person.id == id).cloned());
                (row.id, target.unwrap_or(row))
            };
            Ok(rows.into_iter().map(person).collect())
        })
        .await
    }
}
