use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};
use futures::future::try_join_all;

use super::service;
use crate::features::schema::{Account, event_object};
use crate::features::users::store::{self, AccessTokenRow};
use crate::graphql::{
    AccessTokenScope, Connection, Cursor, Entity, PageArguments, PageCursor, ReadError, Reader, read,
    total_if_wanted,
};
use crate::id::{AccessTokenId, UserId};

/// Personal access token: a credential that the viewer made for a program. Send it as `Authorization: Bearer amda_…`, and as
/// `token` when a WebSocket opens, in place of the access token of a session. The description of each root field says
/// which scope it requires.
#[derive(Debug, Clone)]
pub struct AccessToken(pub AccessTokenRow);

/// Personal access token: a credential that the viewer made for a program. Send it as `Authorization: Bearer amda_…`, and as
/// `token` when a WebSocket opens, in place of the access token of a session. The description of each root field says
/// which scope it requires.
#[Object]
impl AccessToken {
    /// Globally unique, stable id. Pass it to `node(id:)`; do not parse it.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_global())
    }

    /// Name that the viewer gave it.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Last four characters of the token, by which it is told from others. The token itself is shown once, by
    /// `createAccessToken`.
    async fn last_four(&self) -> &str {
        &self.0.last_four
    }

    /// Classes of operations that it may be used for.
    async fn scopes(&self) -> &[AccessTokenScope] {
        &self.0.scopes
    }

    /// Accounts that it is limited to: it sees nothing of the others. Accounts that were removed since are left out, so the
    /// list may be empty. Null when it is for all accounts of the viewer, those of the future too.
    async fn accounts(&self, ctx: &Context<'_>) -> Result<Option<Vec<Account>>> {
        let Some(ids) = &self.0.account_ids else {
            return Ok(None);
        };
        let found = try_join_all(ids.iter().map(|id| Account::find(ctx, *id))).await?;
        Ok(Some(found.into_iter().flatten().collect()))
    }

    /// Time of its creation.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// Time at which it expires. A notification is created 7 days before.
    async fn expires_at(&self) -> DateTime<Utc> {
        self.0.expires_at
    }

    /// Time of its last use, noted once a minute and without an event; null before the first use.
    async fn last_used_at(&self) -> Option<DateTime<Utc>> {
        self.0.last_used_at
    }

    /// Network address from which it was used at `lastUsedAt`, such as `203.0.113.7`; null before the first use, and when
    /// unknown.
    async fn last_used_from(&self) -> Option<&str> {
        self.0.last_used_from.as_deref()
    }
}

impl Entity for AccessToken {
    type Id = AccessTokenId;
    type Row = AccessTokenRow;
    const NAME: &'static str = "access token";

    fn of(_: &Context<'_>, row: AccessTokenRow) -> Self {
        Self(row)
    }
}

impl Loader<AccessTokenId> for Reader {
    type Value = AccessTokenRow;
    type Error = ReadError;

    async fn load(
        &self,
        keys: &[AccessTokenId],
    ) -> Result<HashMap<AccessTokenId, AccessTokenRow>, ReadError> {
        self.read(async |work| {
            let now = work.now;
            let found = store::load_access_tokens(work, keys).await?.into_iter();
            let living = found.filter(|row| row.expires_at > now);
            Ok(living.map(|row| (row.id, row)).collect())
        })
        .await
    }
}

event_object! {
    /// A personal access token of the viewer was created, revoked or expired.
    AccessTokenEvent {
        /// The personal access token; null when it was revoked or expired since.
        access_token: AccessToken(AccessTokenId)
    }
}

/// Personal access tokens of the viewer.
#[derive(Debug, Clone, Copy)]
pub struct AccessTokenViewerFields(pub UserId);

#[Object]
impl AccessTokenViewerFields {
    /// Personal access tokens of the viewer that have not expired, newest first, 50 at most. Null only when an argument is
    /// wrong.
    async fn access_tokens(
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
    ) -> Result<Option<Connection<AccessToken>>> {
        let page = PageArguments {
            first,
            after,
            last,
            before,
        }
        .page("accessTokens")?;
        let (user, now) = (self.0, service(ctx).core.clock.now());
        let (rows, total) = read(ctx, user, async |conn| {
            let rows = store::list_access_tokens(conn, user, now, page).await?;
            let total = total_if_wanted(ctx, store::count_access_tokens(conn, user, now)).await?;
            Ok((rows, total))
        })
        .await?;
        let place = |row: &AccessTokenRow| PageCursor {
            at: row.created_at,
            id: row.id.into(),
        };
        let connection = Connection::of(&page, rows, place).counted(total);
        Ok(Some(connection.map(AccessToken)))
    }
}
