//! Loads what admins see of users. For others the views are empty, and nothing is loaded.

use std::collections::HashMap;

use async_graphql::dataloader::Loader;

use crate::audit::{self, AuditAction};
use crate::features::users::administration::{
    AdminSessionRow, AdminUserRow, list_sessions, load_sessions, load_users,
};
use crate::features::users::{AdminSessionId, AdminUserId};
use crate::graphql::{ReadError, Reader};
use crate::id::UserId;

/// Key of the living sessions of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct SessionsOf(pub(super) UserId);

impl Loader<AdminUserId> for Reader {
    type Value = AdminUserRow;
    type Error = ReadError;

    async fn load(&self, keys: &[AdminUserId]) -> Result<HashMap<AdminUserId, AdminUserRow>, ReadError> {
        self.read_on_record(async |work| {
            let ids: Vec<UserId> = keys.iter().map(|key| key.as_uuid().into()).collect();
            let rows = load_users(work, &ids).await?;
            audit::note_looks(work, AuditAction::UserViewed, rows.iter().map(|row| row.id)).await?;
            Ok(rows
                .into_iter()
                .map(|row| (row.id.as_uuid().into(), row))
                .collect())
        })
        .await
    }
}

impl Loader<SessionsOf> for Reader {
    type Value = Vec<AdminSessionRow>;
    type Error = ReadError;

    async fn load(
        &self,
        keys: &[SessionsOf],
    ) -> Result<HashMap<SessionsOf, Vec<AdminSessionRow>>, ReadError> {
        self.read_on_record(async |work| {
            let users: Vec<UserId> = keys.iter().map(|key| key.0).collect();
            let now = work.now;
            let mut found: HashMap<SessionsOf, Vec<AdminSessionRow>> = HashMap::new();
            for row in list_sessions(work, &users, now).await? {
                found.entry(SessionsOf(row.user_id)).or_default().push(row);
            }
            // That somebody has no session is seen as well.
            audit::note_looks(work, AuditAction::SessionsViewed, users).await?;
            Ok(found)
        })
        .await
    }
}

impl Loader<AdminSessionId> for Reader {
    type Value = AdminSessionRow;
    type Error = ReadError;

    async fn load(
        &self,
        keys: &[AdminSessionId],
    ) -> Result<HashMap<AdminSessionId, AdminSessionRow>, ReadError> {
        self.read_on_record(async |work| {
            let ids: Vec<_> = keys.iter().map(|key| key.as_uuid().into()).collect();
            let now = work.now;
            let rows = load_sessions(work, &ids, now).await?;
            audit::note_looks(
                work,
                AuditAction::SessionsViewed,
                rows.iter().map(|row| row.user_id),
            )
            .await?;
            Ok(rows
                .into_iter()
                .map(|row| (row.id.as_uuid().into(), row))
                .collect())
        })
        .await
    }
}
