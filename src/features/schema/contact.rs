use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::loader;
use crate::db::DbError;
use crate::db::schema::contacts;
use crate::graphql::{internal, not_found};
use crate::id::{ContactId, UserId};
use crate::work::Core;

/// A contact's row.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = contacts)]
pub struct ContactRow {
    /// Its id.
    pub id: ContactId,
    /// The user part of the LID.
    pub lid: Option<String>,
    /// Digits with country code.
    pub phone_number: Option<String>,
    /// In the owner's address book.
    pub name: Option<String>,
    /// As they call themselves.
    pub push_name: Option<String>,
    /// It is the owner.
    pub is_self: bool,
    /// The owner muted the chat.
    pub is_muted: bool,
    /// The owner muted the statuses.
    pub is_status_muted: bool,
    /// The row that this one's names went to.
    pub same_as: Option<ContactId>,
    /// When it was first seen.
    pub created_at: DateTime<Utc>,
}

impl ContactRow {
    /// The best name there is: the address book's, else what they call themselves, else the phone number, else the LID.
    pub fn display_name(&self) -> String {
        let number = || self.phone_number.as_ref().map(|digits| format!("+{digits}"));
        self.name
            .clone()
            .or_else(|| self.push_name.clone())
            .or_else(number)
            .or_else(|| self.lid.clone())
            .unwrap_or_default()
    }
}

/// Somebody on WhatsApp, as one account knows them.
#[derive(Debug, Clone)]
pub struct Contact(pub ContactRow);

/// Somebody on WhatsApp, as one account knows them.
#[Object]
impl Contact {
    /// Opaque and global.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_global())
    }

    /// The best name there is: the address book's, else what they call themselves, else the phone number, else the LID.
    async fn display_name(&self) -> String {
        self.0.display_name()
    }

    /// The name in the owner's address book; null when they are not in it.
    async fn name(&self) -> Option<&str> {
        self.0.name.as_deref()
    }

    /// What they call themselves; null until they wrote something.
    async fn push_name(&self) -> Option<&str> {
        self.0.push_name.as_deref()
    }

    /// With a plus and country code; null while only the LID is known.
    async fn phone_number(&self) -> Option<String> {
        self.0.phone_number.as_ref().map(|digits| format!("+{digits}"))
    }

    /// WhatsApp's own name for the person, independent of the phone number; null while only the number is known.
    async fn lid(&self) -> Option<&str> {
        self.0.lid.as_deref()
    }

    /// Whether this is the account's owner.
    async fn is_self(&self) -> bool {
        self.0.is_self
    }

    /// Whether the owner muted the chat with them.
    async fn is_muted(&self) -> bool {
        self.0.is_muted
    }

    /// Whether the owner muted their statuses.
    async fn is_status_muted(&self) -> bool {
        self.0.is_status_muted
    }
}

impl Contact {
    /// The contact with `id`, loaded together with the others that the request asks for.
    ///
    /// # Errors
    /// `INTERNAL` when the database fails.
    pub async fn load(ctx: &Context<'_>, id: ContactId) -> Result<Self> {
        let loader = loader::<ContactLoader>(ctx)?;
        let row = loader
            .load_one(id)
            .await
            .map_err(|e| internal(ctx, e))?
            .ok_or_else(|| not_found("contact"))?;
        Ok(Self(row))
    }
}

/// Loads contacts of one user by id; whoever was found to be somebody else is loaded as that person.
pub struct ContactLoader {
    /// The services.
    pub core: Core,
    /// Whose contacts.
    pub user: UserId,
}

impl Loader<ContactId> for ContactLoader {
    type Value = ContactRow;
    type Error = Arc<DbError>;

    async fn load(&self, keys: &[ContactId]) -> Result<HashMap<ContactId, ContactRow>, Self::Error> {
        let read = async {
            let mut tx = self.core.db.begin(self.user).await?;
            let rows: Vec<ContactRow> = contacts::table
                .filter(contacts::id.eq_any(keys))
                .select(ContactRow::as_select())
                .load(&mut *tx)
                .await?;
            let moved: Vec<ContactId> = rows.iter().filter_map(|row| row.same_as).collect();
            let people: Vec<ContactRow> = if moved.is_empty() {
                Vec::new()
            } else {
                contacts::table
                    .filter(contacts::id.eq_any(moved))
                    .select(ContactRow::as_select())
                    .load(&mut *tx)
                    .await?
            };
            tx.commit().await?;
            let person = |row: ContactRow| {
                let target = row
                    .same_as
                    .and_then(|id| people.iter().find(|person| person.id == id).cloned());
                (row.id, target.unwrap_or(row))
            };
            Ok::<_, DbError>(rows.into_iter().map(person).collect())
        };
        read.await.map_err(Arc::new)
    }
}
