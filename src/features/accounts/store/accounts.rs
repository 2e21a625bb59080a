use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::account::{AccountNames, AccountRef, LABEL, PHONE_NUMBER, PUSH_NAME, SealedAccountNames, seal};
use crate::crypto::{CryptoError, DataKey, belongs_to};
use crate::db::KeepPrepared as _;
use crate::db::schema::accounts;
use crate::db::without_account_limits;
use crate::event::Person;
use crate::features::accounts::model::{
    AccountState, AccountStateReason, Label, LinkKind, NewAccount, number_of,
};
use crate::graphql::{Page, count_rows, oldest_first};
use crate::id::{AccountId, UserId};
use crate::work::{Work, unreadable};

/// An account's row.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = accounts)]
pub struct AccountRow {
    /// Its id.
    pub id: AccountId,
    /// User who owns it.
    pub user_id: UserId,
    /// Method of the link.
    pub link_method: LinkKind,
    /// The user part of the LID.
    pub lid: Option<String>,
    /// The names and the number, sealed.
    #[diesel(embed)]
    pub names: SealedAccountNames,
    /// The text that the database stores.
    pub state: String,
    /// Time at which the state last changed.
    pub state_changed_at: DateTime<Utc>,
    /// Reason for the state, as the database stores it.
    pub state_reason: Option<String>,
    /// Details of the reason, in English.
    pub state_message: Option<String>,
    /// Time at which the state ends by itself, or of the next try.
    pub state_until: Option<DateTime<Utc>>,
    /// Number of the code or try.
    pub attempt: Option<i32>,
    /// Total number of codes.
    pub attempts: Option<i32>,
    /// The code on show, sealed.
    pub code: Option<Vec<u8>>,
    /// Time at which WhatsApp stops accepting it.
    pub code_expires_at: Option<DateTime<Utc>>,
    /// Time at which the row was created.
    pub created_at: DateTime<Utc>,
    /// Time at which the phone agreed to the link.
    pub linked_at: Option<DateTime<Utc>>,
    /// Time of the last data from WhatsApp, to the minute.
    pub last_traffic_at: Option<DateTime<Utc>>,
    /// Time before which nothing automatic is sent.
    pub sends_paused_until: Option<DateTime<Utc>>,
    /// Reason of the pause: WhatsApp's code.
    pub sends_paused_reason: Option<String>,
    /// Time at which view-once content was first delivered to this link.
    pub view_once_delivered_at: Option<DateTime<Utc>>,
    /// The account that is linked to the same phone; set when the link was refused for that.
    pub duplicate_of: Option<AccountId>,
}

impl AccountRow {
    /// The state.
    pub fn state(&self) -> AccountState {
        // The column's only writer is `set_state`.
        AccountState::parse(&self.state).unwrap_or(AccountState::Stopped)
    }

    /// Reason for the state; none when its name says everything.
    pub fn state_reason(&self) -> Option<AccountStateReason> {
        self.state_reason.as_deref().map(AccountStateReason::read)
    }

    /// True when the phone has the account among its linked devices, as far as is known.
    pub fn is_linked(&self) -> bool {
        let is_gone = matches!(self.state(), AccountState::LoggedOut | AccountState::Unlinked);
        self.linked_at.is_some() && !is_gone
    }

    /// Pause of automatic sends at `now`, if any: its end, and WhatsApp's code of the reason.
    pub fn pause(&self, now: DateTime<Utc>) -> Option<(DateTime<Utc>, &str)> {
        let until = self.sends_paused_until.filter(|until| *until > now)?;
        Some((until, self.sends_paused_reason.as_deref().unwrap_or_default()))
    }

    /// Reference to the account for the pipeline.
    pub const fn reference(&self) -> AccountRef {
        AccountRef {
            id: self.id,
            user: self.user_id,
        }
    }
}

/// An account as its owner sees it.
#[derive(Debug, Clone)]
pub struct OpenAccount {
    /// The row.
    pub row: Box<AccountRow>,
    /// The names and the number.
    pub names: AccountNames,
    /// The code on show, readable.
    pub code: Option<String>,
}

impl OpenAccount {
    /// Opens a row with its owner's key. A code that does not open is not shown.
    ///
    /// # Errors
    /// [`CryptoError`] when the names do not open.
    pub fn open(row: AccountRow, key: &DataKey) -> Result<Self, CryptoError> {
        let place = belongs_to("accounts", "code", row.id);
        let plain = row.code.as_ref().and_then(|sealed| key.open(&place, sealed).ok());
        Ok(Self {
            names: row.names.open(key)?,
            code: plain.and_then(|bytes| String::from_utf8(bytes).ok()),
            row: Box::new(row),
        })
    }
}

pub(in crate::features::accounts) async fn insert(
    work: &mut Work,
    account: AccountRef,
    new: &NewAccount,
) -> QueryResult<()> {
    let seal = |column, text: Option<&str>| text.map(|text| seal(&work.key, column, account.id, text));
    let label = seal(LABEL, new.label.as_ref().map(Label::as_str));
    let phone_number = seal(PHONE_NUMBER, number_of(&new.method));
    diesel::insert_into(accounts::table)
        .values((
            accounts::id.eq(account.id),
            accounts::user_id.eq(account.user),
            accounts::sealed_label.eq(label),
            accounts::link_method.eq(LinkKind::from(&new.method)),
            accounts::sealed_phone_number.eq(phone_number),
            accounts::state.eq(AccountState::Created),
            accounts::state_changed_at.eq(work.now),
            accounts::created_at.eq(work.now),
        ))
        .execute(work)
        .await
        .map(drop)
}

pub(in crate::features::accounts) async fn find(
    conn: &mut AsyncPgConnection,
    id: AccountId,
) -> QueryResult<Option<AccountRow>> {
    accounts::table
        .find(id)
        .select(AccountRow::as_select())
        .first(conn)
        .await
        .optional()
}

pub(in crate::features::accounts) async fn load_many(
    conn: &mut AsyncPgConnection,
    ids: &[AccountId],
) -> QueryResult<Vec<AccountRow>> {
    accounts::table
        .filter(accounts::id.eq_any(ids))
        .select(AccountRow::as_select())
        .load(conn)
        .await
}

pub(in crate::features::accounts) async fn list(
    conn: &mut AsyncPgConnection,
    user: UserId,
    page: Page,
) -> QueryResult<Vec<AccountRow>> {
    let query = oldest_first!(
        accounts::table
            .filter(accounts::user_id.eq(user))
            .select(AccountRow::as_select()),
        page,
        accounts::created_at,
        accounts::id
    );
    query.load(conn).await
}

/// Number of the user's accounts.
pub(in crate::features::accounts) async fn count(
    conn: &mut AsyncPgConnection,
    user: UserId,
) -> QueryResult<i64> {
    count_rows!(conn, accounts::table.filter(accounts::user_id.eq(user)))
}

/// Every account of the user's, the oldest first.
pub(in crate::features::accounts) async fn list_all(
    conn: &mut AsyncPgConnection,
    user: UserId,
) -> QueryResult<Vec<AccountRow>> {
    accounts::table
        .filter(accounts::user_id.eq(user))
        .order((accounts::created_at, accounts::id))
        .select(AccountRow::as_select())
        .load(conn)
        .await
}

/// Number of accounts that take a place of the plan's, whichever the operation is limited to: the plan's limit is for all.
pub(in crate::features::accounts) async fn count_for_plan(
    conn: &mut AsyncPgConnection,
    user: UserId,
) -> QueryResult<i64> {
    let takes_place = |state: &AccountState| state.takes_place();
    let states: Vec<AccountState> = AccountState::ALL.into_iter().filter(takes_place).collect();
    without_account_limits(conn, async |conn| {
        accounts::table
            .filter(accounts::user_id.eq(user).and(accounts::state.eq_any(states)))
            .count()
            .get_result(conn)
            .await
    })
    .await
}

/// Writes the user's name for an account.
pub(in crate::features::accounts) async fn set_label(
    work: &mut Work,
    id: AccountId,
    label: &Label,
) -> QueryResult<()> {
    let sealed = seal(&work.key, LABEL, id, label.as_str());
    diesel::update(accounts::table.find(id))
        .set(accounts::sealed_label.eq(sealed))
        .keep_prepared()
        .execute(work)
        .await
        .map(drop)
}

/// Deletes an account's row and, by their references, all rows of what it received.
pub(in crate::features::accounts) async fn delete(work: &mut Work, id: AccountId) -> QueryResult<()> {
    diesel::delete(accounts::table.find(id))
        .execute(work)
        .await
        .map(drop)
}

pub(in crate::features::accounts) async fn set_linked(
    work: &mut Work,
    id: AccountId,
    owner: &Person,
    push_name: Option<&str>,
) -> QueryResult<()> {
    let row = || accounts::table.find(id);
    diesel::update(row())
        .set((
            accounts::linked_at.eq(Some(work.now)),
            accounts::lid.eq(&owner.lid),
        ))
        .keep_prepared()
        .execute(work)
        .await?;
    set_phone_number(work, id, owner.phone_number.as_deref()).await?;
    if let Some(name) = push_name {
        set_push_name(work, id, name).await?;
    }
    Ok(())
}

pub(in crate::features::accounts) async fn set_push_name(
    work: &mut Work,
    id: AccountId,
    name: &str,
) -> QueryResult<bool> {
    let before: Option<SealedAccountNames> = accounts::table
        .find(id)
        .select(SealedAccountNames::as_select())
        .for_no_key_update()
        .first(work)
        .await
        .optional()?;
    let Some(before) = before else {
        return Ok(false);
    };
    let before = before.open(&work.key).map_err(unreadable)?;
    if before.push_name.as_deref() == Some(name) {
        return Ok(false);
    }
    let sealed = seal(&work.key, PUSH_NAME, id, name);
    diesel::update(accounts::table.find(id))
        .set(accounts::sealed_push_name.eq(sealed))
        .keep_prepared()
        .execute(work)
        .await
        .map(|rows| rows > 0)
}

/// Prepares an account for being linked once more: how, and no longer linked.
pub(in crate::features::accounts) async fn set_relinking(
    work: &mut Work,
    id: AccountId,
    link_method: LinkKind,
    phone_number: Option<&str>,
) -> QueryResult<()> {
    diesel::update(accounts::table.find(id))
        .set((
            accounts::link_method.eq(link_method),
            accounts::linked_at.eq(None::<DateTime<Utc>>),
            accounts::sends_paused_until.eq(None::<DateTime<Utc>>),
            accounts::sends_paused_reason.eq(None::<String>),
        ))
        .keep_prepared()
        .execute(work)
        .await?;
    set_phone_number(work, id, phone_number).await
}

/// Writes the phone number of an account; `None` leaves it as it is.
async fn set_phone_number(work: &mut Work, id: AccountId, digits: Option<&str>) -> QueryResult<()> {
    let Some(digits) = digits else {
        return Ok(());
    };
    let sealed = seal(&work.key, PHONE_NUMBER, id, digits);
    diesel::update(accounts::table.find(id))
        .set(accounts::sealed_phone_number.eq(sealed))
        .keep_prepared()
        .execute(work)
        .await
        .map(drop)
}

/// Seals the names and numbers of the user's accounts that an earlier release stored in clear, and empties their
/// columns.
///
/// # Errors
/// The database's.
pub async fn seal_plain(work: &mut Work) -> QueryResult<()> {
    type PlainAccount = (AccountId, Option<String>, Option<String>, Option<String>);
    let plain: Vec<PlainAccount> = accounts::table
        .filter(
            accounts::label
                .is_not_null()
                .or(accounts::phone_number.is_not_null())
                .or(accounts::push_name.is_not_null()),
        )
        .select((
            accounts::id,
            accounts::label,
            accounts::phone_number,
            accounts::push_name,
        ))
        .load(work)
        .await?;
    for (id, label, phone_number, push_name) in plain {
        let key = &work.key;
        let seal = |column, text: Option<String>| text.map(|text| seal(key, column, id, &text));
        let change = (
            accounts::sealed_label.eq(seal(LABEL, label)),
            accounts::sealed_phone_number.eq(seal(PHONE_NUMBER, phone_number)),
            accounts::sealed_push_name.eq(seal(PUSH_NAME, push_name)),
            accounts::label.eq(None::<String>),
            accounts::phone_number.eq(None::<String>),
            accounts::push_name.eq(None::<String>),
        );
        diesel::update(accounts::table.find(id))
            .set(change)
            .keep_prepared()
            .execute(work)
            .await?;
    }
    Ok(())
}
