use async_graphql::{Context, ID, Object};
use chrono::{DateTime, Utc};

use crate::features::users::AdminSessionId;
use crate::features::users::administration::AdminSessionRow;
use crate::graphql::Entity;

/// Session of a user on one client, as admins see it.
#[derive(Debug, Clone)]
pub struct AdminSession(pub AdminSessionRow);

/// Session of a user on one client, as admins see it.
#[Object]
impl AdminSession {
    /// Globally unique, stable id. Pass it to `node(id:)`; do not parse it.
    pub async fn id(&self) -> ID {
        ID(AdminSessionId::from(self.0.id.as_uuid()).to_global())
    }

    /// `User-Agent` of the client; null when the client gave none.
    async fn user_agent(&self) -> Option<&str> {
        self.0.user_agent.as_deref()
    }

    /// Network address from which the client logged in, such as `203.0.113.7`; null when unknown.
    async fn ip_address(&self) -> Option<&str> {
        self.0.ip_address.as_deref()
    }

    /// Time at which the user gave their password.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// Time at which the session was begun or last refreshed.
    async fn last_used_at(&self) -> DateTime<Utc> {
        self.0.last_used_at
    }

    /// Time at which the session expires unless its client refreshes it before.
    async fn expires_at(&self) -> DateTime<Utc> {
        self.0.expires_at
    }
}

impl Entity for AdminSession {
    type Id = AdminSessionId;
    type Row = AdminSessionRow;
    const NAME: &'static str = "session";

    fn of(_: &Context<'_>, row: AdminSessionRow) -> Self {
        Self(row)
    }
}
