use diesel::QueryResult;
use serde_json::json;

use super::store::{self, Details, EntryRow};
use super::{Actor, AuditAction};
use crate::hub::EventKind;
use crate::notices::{self, NewNotice, NoticeKind};
use crate::work::Work;

/// Something that is done to a user.
#[derive(Debug, Clone, Copy)]
pub struct Act<'a> {
    /// The person who does it.
    pub actor: Actor,
    /// The action.
    pub action: AuditAction,
    /// Details that the action's name does not say.
    pub details: Details,
    /// The reason that is given.
    pub reason: Option<&'a str>,
}

impl Act<'_> {
    /// An act of which its name says everything.
    pub const fn new(actor: Actor, action: AuditAction) -> Self {
        Self {
            actor,
            action,
            details: Details {
                previous_plan: None,
                plan: None,
                ended_sessions: None,
            },
            reason: None,
        }
    }
}

/// Writes an act into the log of the user of `work`, in the unit of work that does it, and posts the notice of it.
///
/// # Errors
/// The database's.
pub async fn record(work: &mut Work, act: Act<'_>) -> QueryResult<()> {
    let entry = EntryRow {
        id: work.ids.next(),
        user_id: work.user,
        actor: act.actor.kind(),
        admin_id: act.actor.admin(),
        action: act.action,
        details: act.details,
        reason: act.reason.map(str::to_owned),
        at: work.now,
    };
    add(work, &entry).await?;
    let notice = NewNotice {
        kind: NoticeKind::AdminActed,
        account: None,
        subject: Some(entry.id.into()),
        details: json!({ "action": entry.action.as_str(), "plan": entry.details.plan.map(|plan| plan.to_string()) }),
        at: entry.at,
    };
    notices::post(work, &notice).await.map(drop)
}

/// Writes an entry, with its event.
pub(super) async fn add(work: &mut Work, entry: &EntryRow) -> QueryResult<()> {
    store::insert(work, entry).await?;
    work.emit(EventKind::AuditEntryAdded, None, entry.id);
    Ok(())
}
