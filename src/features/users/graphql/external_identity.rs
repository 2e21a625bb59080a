use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, ID, Object};
use chrono::{DateTime, Utc};

use crate::features::users::ids::ExternalIdentityId;
use crate::features::users::store::{self, IdentityRow};
use crate::graphql::{Entity, ReadError, Reader};

/// Identity at the issuer of external tokens by which a user signs in.
#[derive(Debug, Clone)]
pub struct ExternalIdentity(pub IdentityRow);

/// Identity at the issuer of external tokens by which a user signs in.
#[Object]
impl ExternalIdentity {
    /// Globally unique, stable id. Pass it to `node(id:)`; do not parse it.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_global())
    }

    /// Name of the issuer, as its tokens write it, such as `https://project.supabase.co/auth/v1`.
    async fn issuer(&self) -> &str {
        &self.0.issuer
    }

    /// Name of the user at the issuer.
    async fn subject(&self) -> &str {
        &self.0.subject
    }

    /// E-mail address in the newest token, which may be another than that of the user; null when the token names none.
    async fn email(&self) -> Option<&str> {
        self.0.email.as_deref()
    }

    /// Time at which the identity was linked to the user, or made the user.
    async fn linked_at(&self) -> DateTime<Utc> {
        self.0.linked_at
    }

    /// Time at which a token of the identity last came, to the minute.
    async fn last_seen_at(&self) -> DateTime<Utc> {
        self.0.last_seen_at
    }
}

impl Entity for ExternalIdentity {
    type Id = ExternalIdentityId;
    type Row = IdentityRow;
    const NAME: &'static str = "external identity";

    fn of(_: &Context<'_>, row: IdentityRow) -> Self {
        Self(row)
    }
}

impl Loader<ExternalIdentityId> for Reader {
    type Value = IdentityRow;
    type Error = ReadError;

    async fn load(
        &self,
        keys: &[ExternalIdentityId],
    ) -> Result<HashMap<ExternalIdentityId, IdentityRow>, ReadError> {
        self.read(async |work| {
            let found = store::load_identities(work, keys).await?;
            Ok(found.into_iter().map(|row| (row.id, row)).collect())
        })
        .await
    }
}
