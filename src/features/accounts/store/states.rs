use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::crypto::belongs_to;
use crate::db::KeepPrepared as _;
use crate::db::schema::accounts;
use crate::features::accounts::model::{AccountState, AccountStateReason};
use crate::id::AccountId;
use crate::work::Work;

/// The reason for a state, and its details in English.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::features::accounts) struct StateCause {
    /// The reason.
    pub reason: AccountStateReason,
    /// The details.
    pub message: String,
}

impl StateCause {
    pub(in crate::features::accounts) fn new(reason: AccountStateReason, message: impl Into<String>) -> Self {
        Self {
            reason,
            message: message.into(),
        }
    }
}

/// A state and everything that goes with it. What is absent is emptied.
#[derive(Debug, Clone, Default)]
pub(in crate::features::accounts) struct NewState {
    /// Reason for the state.
    pub why: Option<StateCause>,
    /// Time at which it ends by itself.
    pub until: Option<DateTime<Utc>>,
    /// Number of the code or try.
    pub attempt: Option<u32>,
    /// Total number of codes.
    pub attempts: Option<u32>,
    /// The code on show, and when it expires.
    pub code: Option<(String, DateTime<Utc>)>,
    /// The account that is linked to the same phone.
    pub duplicate_of: Option<AccountId>,
}

pub(in crate::features::accounts) async fn set_state(
    work: &mut Work,
    id: AccountId,
    state: AccountState,
    new: NewState,
) -> QueryResult<()> {
    let (code, code_expires_at) = new.code.unzip();
    let sealed = code.map(|code| {
        work.key
            .seal(&belongs_to("accounts", "code", id), code.as_bytes())
    });
    let (reason, message) = new.why.map(|why| (why.reason, why.message)).unzip();
    let number = |n: Option<u32>| n.and_then(|n| i32::try_from(n).ok());
    diesel::update(accounts::table.find(id))
        .set((
            accounts::state.eq(state),
            accounts::state_changed_at.eq(work.now),
            accounts::state_reason.eq(reason),
            accounts::state_message.eq(message),
            accounts::state_until.eq(new.until),
            accounts::attempt.eq(number(new.attempt)),
            accounts::attempts.eq(number(new.attempts)),
            accounts::code.eq(sealed),
            accounts::code_expires_at.eq(code_expires_at),
            accounts::duplicate_of.eq(new.duplicate_of),
        ))
        .keep_prepared()
        .execute(work)
        .await
        .map(drop)
}
