//! Audiences of statuses in the GraphQL schema.

use async_graphql::{Context, Object, Result};
use futures::future::try_join_all;

use crate::features::scheduled_statuses::audience::{Audience, ReachableAudience};
use crate::features::schema::{Contact, ContactScope};
use crate::graphql::Entity as _;
use crate::id::ContactId;

/// The people who see a status. Exactly one field is not null, as exactly one field of the input is given.
#[derive(Debug, Clone)]
pub struct StatusAudience(pub(super) Audience);

/// The people who see a status. Exactly one field is not null, as exactly one field of the input is given.
#[Object]
impl StatusAudience {
    /// True for the whole address book as it is at the time of publication; otherwise null.
    async fn all(&self) -> Option<bool> {
        (self.0.scope == ContactScope::All).then_some(true)
    }

    /// The contacts who alone see the status; null unless the audience is such a list.
    async fn only(&self, ctx: &Context<'_>) -> Result<Option<Vec<Contact>>> {
        self.listed(ctx, ContactScope::Only).await
    }

    /// The contacts who do not see the status, which the rest of the address book sees; null unless the audience is
    /// such a list.
    async fn except(&self, ctx: &Context<'_>) -> Result<Option<Vec<Contact>>> {
        self.listed(ctx, ContactScope::Except).await
    }
}

impl StatusAudience {
    async fn listed(&self, ctx: &Context<'_>, scope: ContactScope) -> Result<Option<Vec<Contact>>> {
        if self.0.scope == scope {
            load_contacts(ctx, &self.0.contacts).await.map(Some)
        } else {
            Ok(None)
        }
    }
}

/// The people who would see a status if it were published now.
#[derive(Debug, Clone)]
pub struct AudiencePreview(pub(super) ReachableAudience);

/// The people who would see a status if it were published now. The audience is determined again when a status is
/// published.
#[Object]
impl AudiencePreview {
    /// Number of people, without the account's owner, who always sees the status.
    async fn count(&self) -> i32 {
        number(self.0.count)
    }

    /// The first 50 of the people, by name.
    async fn contacts(&self, ctx: &Context<'_>) -> Result<Vec<Contact>> {
        load_contacts(ctx, &self.0.contacts).await
    }

    /// Number of people known by phone number only. Their presence on WhatsApp is checked when the status is
    /// published; those who are not on WhatsApp are left out then.
    async fn unconfirmed_count(&self) -> i32 {
        number(self.0.unconfirmed_count)
    }

    /// The first 50 of the people known by phone number only, by name.
    async fn unconfirmed(&self, ctx: &Context<'_>) -> Result<Vec<Contact>> {
        load_contacts(ctx, &self.0.unconfirmed).await
    }
}

/// Loads these contacts together.
async fn load_contacts(ctx: &Context<'_>, ids: &[ContactId]) -> Result<Vec<Contact>> {
    try_join_all(ids.iter().map(|id| Contact::load(ctx, *id))).await
}

fn number(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}
