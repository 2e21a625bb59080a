//! Events without the notifications that the app does not show.

use async_graphql::Result;
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use futures::{Stream, StreamExt as _};

use super::super::channel::Channel;
use super::super::service::NotificationsService;
use super::super::store::settings;
use crate::hub::{EventKind, EventRow};
use crate::id::UserId;
use crate::notices::NoticeKind;

/// The kinds of notifications of `user` that the app shows, in a transaction of theirs.
///
/// # Errors
/// The database's.
pub async fn shown_kinds(conn: &mut AsyncPgConnection, user: UserId) -> QueryResult<Vec<NoticeKind>> {
    Ok(settings::load(conn, user).await?.kinds(Channel::InApp))
}

/// Leaves out of the user's events the new notifications of kinds that the user turned off for the app.
pub fn only_shown<S: Stream<Item = Result<EventRow>>>(
    service: &NotificationsService,
    user: UserId,
    events: S,
) -> impl Stream<Item = Result<EventRow>> + use<S> {
    let service = service.clone();
    events.filter_map(move |next| {
        let service = service.clone();
        async move {
            let received = next
                .as_ref()
                .ok()
                .filter(|row| row.event.kind == EventKind::NotificationReceived)
                .map(|row| row.event.subject.into());
            let is_shown = match received {
                // An event whose switches cannot be read is shown: the event's own fields say what failed.
                Some(id) => service.is_shown(user, id).await.unwrap_or(true),
                None => true,
            };
            is_shown.then_some(next)
        }
    })
}
