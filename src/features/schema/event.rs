//! The user's events as the schema tells them: one numbered stream, and typed views of it.

use std::collections::HashSet;
use std::sync::Arc;

use async_graphql::{Context, Error, ErrorExtensions, ID, Result};
use futures::{Stream, StreamExt, stream};

use super::ShownEvent;
use crate::db::{AccountLimits, Db};
use crate::features::Event;
use crate::features::permissions::Requirement;
use crate::graphql::{Cursor, ErrorCode, Grant, bad_input, grant, internal, parse_ids, viewer};
use crate::hub::{EventKind, EventQuery, EventStream, NewEvent, SharedHub, StreamError};
use crate::id::{AccountId, UserId};
use crate::work::Core;

/// Number of events for which what they are about is loaded at once.
const MOST_TOGETHER: usize = 64;

/// Defines a type of event: the interface's fields, the node that the event is about, and one more field that is loaded
/// from the event's row.
macro_rules! event_object {
    (
        $(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $subject:ident($id:ty))? }
        $(and { $(#[$more_doc:meta])* $more:ident: $type:ty = $load:path })?
    ) => {
        $(#[$doc])*
        #[derive(::async_graphql::SimpleObject)]
        #[graphql(complex)]
        pub struct $name {
            /// Position of the event in the stream. Pass it as `after` to receive the events that follow.
            pub(in crate::features) cursor: $crate::graphql::Cursor,
            /// Number of the event in the user's stream: 1, 2, 3 and so on without a gap.
            pub(in crate::features) sequence: i64,
            /// Kind of the event: the change that happened.
            pub(in crate::features) kind: $crate::hub::EventKind,
            /// Time at which the change happened.
            pub(in crate::features) occurred_at: ::chrono::DateTime<::chrono::Utc>,
            #[graphql(skip)]
            event: $crate::features::schema::ShownEvent,
        }

        #[::async_graphql::ComplexObject]
        impl $name {
            /// The account that the change happened to, in its present state; null when it happened to none, or when the
            /// account was removed since.
            pub(in crate::features) async fn account(
                &self,
                ctx: &::async_graphql::Context<'_>,
            ) -> ::async_graphql::Result<Option<$crate::features::Account>> {
                self.event.find(ctx, |row| row.event.account).await
            }

            $(
                $(#[$field_doc])*
                async fn $field(
                    &self,
                    ctx: &::async_graphql::Context<'_>,
                ) -> ::async_graphql::Result<Option<$subject>> {
                    let subject_type = self.kind.subject_type();
                    let id_of = |row: &$crate::hub::EventRow| {
                        (row.event.kind.subject_type() == subject_type).then(|| <$id>::from(row.event.subject))
                    };
                    self.event.find(ctx, id_of).await
                }
            )?

            $(
                $(#[$more_doc])*
                async fn $more(&self, ctx: &::async_graphql::Context<'_>) -> ::async_graphql::Result<$type> {
                    $load(ctx, &self.event.row).await
                }
            )?
        }

        impl From<$crate::features::schema::ShownEvent> for $name {
            fn from(event: $crate::features::schema::ShownEvent) -> Self {
                let row = &event.row;
                Self {
                    cursor: $crate::graphql::Cursor::of_event(row.sequence),
                    sequence: row.sequence,
                    kind: row.event.kind,
                    occurred_at: row.event.occurred_at,
                    event,
                }
            }
        }
    };
}

pub(crate) use event_object;

/// Filter of events: what the client asks for, of what the request's access token may see.
#[derive(Debug)]
pub struct EventFilter {
    accounts: Option<HashSet<AccountId>>,
    kinds: Option<HashSet<EventKind>>,
    limits: AccountLimits,
}

impl EventFilter {
    /// The filter of these accounts and kinds. An empty list passes nothing, an absent one everything that the access token
    /// of the request may see.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` for malformed ids or too many accounts.
    pub fn parse(
        ctx: &Context<'_>,
        account_ids: Option<Vec<ID>>,
        kinds: Option<Vec<EventKind>>,
    ) -> Result<Self> {
        let kinds: Option<HashSet<EventKind>> = kinds.map(|kinds| kinds.into_iter().collect());
        let grant = grant(ctx);
        Ok(Self {
            accounts: parse_accounts(account_ids)?,
            kinds: match grant {
                None => kinds,
                Some(grant) => Some(allowed(grant, kinds)),
            },
            limits: grant.map_or(AccountLimits::NONE, |grant| grant.limits.clone()),
        })
    }

    /// The filter as a query, which is asked within the limits of the request.
    pub(super) fn query(self) -> EventQuery {
        EventQuery {
            kinds: self.kinds.map(Vec::from_iter),
            accounts: self.accounts.map(Vec::from_iter),
        }
    }

    fn passes(&self, event: &NewEvent) -> bool {
        let is_kind = self
            .kinds
            .as_ref()
            .is_none_or(|kinds| kinds.contains(&event.kind));
        let is_account = self
            .accounts
            .as_ref()
            .is_none_or(|own| event.account.is_some_and(|id| own.contains(&id)));
        let is_within = event.account.is_none_or(|id| self.limits.allow(id));
        is_kind && is_account && is_within
    }
}

/// The kinds of events that a token with this grant may see, of those that are asked for.
fn allowed(grant: &Grant, kinds: Option<HashSet<EventKind>>) -> HashSet<EventKind> {
    let kinds = kinds.unwrap_or_else(|| EventKind::ALL.into());
    let is_allowed = |kind: &EventKind| Requirement::of_event(*kind).is_met_by(grant);
    kinds.into_iter().filter(is_allowed).collect()
}

/// The viewer's events after `after`, of these accounts and kinds: first those in the table, then live.
///
/// # Errors
/// `UNAUTHENTICATED`; `BAD_USER_INPUT` for a wrong cursor, and as [`EventFilter::parse`].
pub async fn subscribe<E: From<ShownEvent>>(
    ctx: &Context<'_>,
    after: Option<Cursor>,
    account_ids: Option<Vec<ID>>,
    kinds: Option<Vec<EventKind>>,
) -> Result<impl Stream<Item = Result<E>> + use<E>> {
    let filter = EventFilter::parse(ctx, account_ids, kinds)?;
    let events = listen(ctx, after, filter).await?;
    Ok(events.map(|event| event.map(E::from)))
}

/// The viewer's events after `after` that pass `filter`: first those in the table, then live.
///
/// # Errors
/// `UNAUTHENTICATED`; `BAD_USER_INPUT` for a wrong cursor.
pub async fn listen(
    ctx: &Context<'_>,
    after: Option<Cursor>,
    filter: EventFilter,
) -> Result<impl Stream<Item = Result<ShownEvent>> + use<>> {
    let user = viewer(ctx)?.user;
    let (db, hub) = (
        ctx.data_unchecked::<Db>().clone(),
        ctx.data_unchecked::<SharedHub>(),
    );
    let after = after.map(|cursor| cursor.sequence("after")).transpose()?;
    // Boxed, because each subscription keeps this future, and opens its stream once.
    let opening = Box::pin(EventStream::open(db, hub, user, after));
    let events = opening.await.map_err(|e| refused(ctx, e))?;
    let clock = Arc::clone(&ctx.data_unchecked::<Core>().clock);
    let groups = events.into_groups(MOST_TOGETHER);
    Ok(groups.flat_map(move |group| {
        let shown = match group {
            Ok(mut streamed) => {
                streamed.retain(|streamed| filter.passes(&streamed.row.event));
                let rows = streamed.iter().map(|streamed| streamed.row.clone()).collect();
                let shown = ShownEvent::of_group(rows, clock.now()).into_iter().map(Ok);
                streamed.into_iter().map(Some).zip(shown).collect()
            }
            Err(error) => vec![(None, Err(ended(user, &error)))],
        };
        stream::iter(shown).map(|(streamed, event)| {
            if let Some(streamed) = streamed {
                streamed.note_shown();
            }
            event
        })
    }))
}

/// The error that ends a stream of `user`.
fn ended(user: UserId, error: &StreamError) -> Error {
    match error {
        StreamError::AheadOfTime | StreamError::TooOld => bad_input(error.to_string()),
        StreamError::Db(_) => {
            tracing::error!(user.id = %user, "a stream of events ended: {error}");
            let wrong = "the events cannot be read just now; subscribe again after the last cursor";
            Error::new(wrong).extend_with(|_, extensions| {
                extensions.set("code", ErrorCode::Internal.to_value());
            })
        }
    }
}

/// The error of a query for a wrong cursor, or of the database.
pub(super) fn refused(ctx: &Context<'_>, error: StreamError) -> Error {
    match error {
        StreamError::AheadOfTime | StreamError::TooOld => bad_input(error.to_string()),
        StreamError::Db(_) => internal(ctx, error),
    }
}

fn parse_accounts(ids: Option<Vec<ID>>) -> Result<Option<HashSet<AccountId>>> {
    let parsed = parse_ids(&["accountIds"], ids, AccountId::from_global)?;
    Ok(parsed.map(|ids| ids.into_iter().collect()))
}

/// The numbered stream itself.
#[derive(Default)]
pub struct EventsSubscription;

#[async_graphql::Subscription]
impl EventsSubscription {
    /// All events of the viewer's data: first those after the cursor `after`, then new ones as they happen, each exactly
    /// once and in order. Events that the filters leave out leave a gap in the numbers, and so do those that a
    /// personal access token may not see: of other accounts than it is limited to, and of kinds beyond its scopes. A notification of a kind that is
    /// turned off for `IN_APP` when it is created has no event, and so no number.
    async fn events(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "`cursor` of the last event received, to resume after it; only new events when absent."
        )]
        after: Option<Cursor>,
        #[graphql(
            desc = "Ids of accounts: only events of these, none for an empty list; of all accounts when absent. An event \
                    of no account passes only when the list is absent: changes of the viewer, of webhook \
                    endpoints and of personal access tokens, notifications of no account, and each `NOTIFICATION_READ`."
        )]
        account_ids: Option<Vec<ID>>,
        #[graphql(desc = "Only events of these kinds, none for an empty list; of all kinds when absent.")]
        kinds: Option<Vec<EventKind>>,
    ) -> Result<impl Stream<Item = Result<Event>>> {
        subscribe(ctx, after, account_ids, kinds).await
    }
}
