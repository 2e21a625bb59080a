use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};

use super::external_identity::ExternalIdentity;
use crate::features::users::store::{self, SessionRow};
use crate::graphql::{Entity, ReadError, Reader, Viewer};
use crate::id::SessionId;

/// Session of the viewer on one client, from the password to the logout.
#[derive(Debug, Clone)]
pub struct Session(pub SessionRow);

/// Session of the viewer on one client, from the password to the logout.
#[Object]
impl Session {
    /// Globally unique, stable id. Pass it to `node(id:)`; do not parse it.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_global())
    }

    /// `User-Agent` of the client; null when the client gave none.
    async fn user_agent(&self) -> Option<&str> {
        self.0.user_agent.as_deref()
    }

    /// Network address from which the client logged in, such as `203.0.113.7`; null when unknown.
    async fn ip_address(&self) -> Option<&str> {
        self.0.ip_address.as_deref()
    }

    /// Time at which the user gave their password, or the first external token of the session came.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// Time at which the session was begun or last refreshed, or, to the minute, the last external token of it came.
    async fn last_used_at(&self) -> DateTime<Utc> {
        self.0.last_used_at
    }

    /// Time at which the session expires unless `refreshSession` is called before, or another external token of it comes.
    async fn expires_at(&self) -> DateTime<Utc> {
        self.0.expires_at
    }

    /// Identity whose external tokens the session is of; null for a session that `logIn` or `register` began.
    async fn external_identity(&self, ctx: &Context<'_>) -> Result<Option<ExternalIdentity>> {
        match self.0.external_identity_id {
            Some(id) => ExternalIdentity::find(ctx, id).await,
            None => Ok(None),
        }
    }

    /// True when this is the session of the request.
    async fn is_current(&self, ctx: &Context<'_>) -> bool {
        ctx.data_opt::<Viewer>()
            .is_some_and(|viewer| viewer.session() == Some(self.0.id))
    }
}

impl Entity for Session {
    type Id = SessionId;
    type Row = SessionRow;
    const NAME: &'static str = "session";

    fn of(_: &Context<'_>, row: SessionRow) -> Self {
        Self(row)
    }
}

impl Loader<SessionId> for Reader {
    type Value = SessionRow;
    type Error = ReadError;

    async fn load(&self, keys: &[SessionId]) -> Result<HashMap<SessionId, SessionRow>, ReadError> {
        self.read(async |work| {
            let now = work.now;
            let found = store::load_sessions(work, keys, now).await?;
            Ok(found.into_iter().map(|row| (row.id, row)).collect())
        })
        .await
    }
}
