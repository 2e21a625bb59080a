use async_graphql::connection::Connection;
use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use futures::{Stream, StreamExt, TryStreamExt};

use super::model::AccountState;
use super::qr;
use super::service::{AccountError, AccountsService, LinkKind};
use super::store::{self, GapRow, OpenAccount};
use crate::features::schema::{self, Account, Contact};
use crate::graphql::{
    Entity, Page, PageCursor, UserError, UserErrorCode, bad_input, connect, internal, not_found,
    rate_limited, read, viewer,
};
use crate::hub::EventKind;
use crate::id::{AccountId, UserId};
use crate::whatsapp::outbox;

/// What every account has.
pub struct AccountFields(pub OpenAccount);

/// One linked WhatsApp number of a user.
#[Object(name = "AccountFields")]
impl AccountFields {
    /// Opaque and global.
    async fn id(&self) -> ID {
        ID(self.0.row.id.to_global())
    }

    /// The user's own name for it.
    async fn label(&self) -> Option<&str> {
        self.0.row.label.as_deref()
    }

    /// With a plus and country code; null until it is known.
    async fn phone_number(&self) -> Option<String> {
        self.0
            .row
            .phone_number
            .as_ref()
            .map(|digits| format!("+{digits}"))
    }

    /// WhatsApp's own name for the owner, independent of the phone number; null until linked.
    async fn lid(&self) -> Option<&str> {
        self.0.row.lid.as_deref()
    }

    /// What the owner calls themselves on WhatsApp; null until linked.
    async fn push_name(&self) -> Option<&str> {
        self.0.row.push_name.as_deref()
    }

    /// How far the link to WhatsApp is. Every change is pushed by `linkProgress` and as an `AccountEvent`.
    async fn state(&self) -> AccountState {
        self.0.row.state()
    }

    /// When the state last changed.
    async fn state_changed_at(&self) -> DateTime<Utc> {
        self.0.row.state_changed_at
    }

    /// What the state's name does not say, in English; null when there is nothing to add.
    async fn state_reason(&self) -> Option<&str> {
        self.0.row.state_reason.as_deref()
    }

    /// When the state ends by itself: the next try while `RECONNECTING`, the ban's end while `BANNED_UNTIL`.
    async fn state_until(&self) -> Option<DateTime<Utc>> {
        self.0.row.state_until
    }

    /// Which try to reconnect comes next, from 1; null unless `RECONNECTING`.
    async fn reconnect_attempt(&self) -> Option<i32> {
        self.0
            .row
            .attempt
            .filter(|_| self.0.row.state() == AccountState::Reconnecting)
    }

    /// The QR code to scan; null unless `AWAITING_QR`.
    async fn qr(&self) -> Option<LinkQr> {
        let row = &self.0.row;
        let code = self
            .0
            .code
            .clone()
            .filter(|_| row.state() == AccountState::AwaitingQr)?;
        Some(LinkQr {
            code,
            expires_at: row.code_expires_at?,
            attempt: row.attempt?,
            attempts: row.attempts?,
        })
    }

    /// The eight characters to type on the phone; null unless `AWAITING_PAIRING_CODE`.
    async fn pairing_code(&self) -> Option<&str> {
        self.0
            .code
            .as_deref()
            .filter(|_| self.0.row.state() == AccountState::AwaitingPairingCode)
    }

    /// When the pairing code expires; null unless there is one.
    async fn pairing_code_expires_at(&self) -> Option<DateTime<Utc>> {
        self.0
            .row
            .code_expires_at
            .filter(|_| self.0.row.state() == AccountState::AwaitingPairingCode)
    }

    /// When the phone agreed to the link; null while it is not linked.
    async fn linked_at(&self) -> Option<DateTime<Utc>> {
        self.0.row.linked_at
    }

    /// When the account was made.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.row.created_at
    }

    /// How well the link works.
    async fn health(&self, ctx: &Context<'_>) -> AccountHealth {
        let row = &self.0.row;
        let now = ctx.data_unchecked::<AccountsService>().now();
        let pause = row.pause(now);
        AccountHealth {
            last_traffic_at: row.last_traffic_at,
            is_lid_known: row.lid.is_some(),
            has_received_view_once_content: row.view_once_delivered_at.is_some(),
            sends_paused_until: pause.map(|(until, _)| until),
            sends_paused_reason: pause.map(|(_, code)| outbox::describe_pause(code)),
        }
    }

    /// Stretches during which the account heard nothing, newest first.
    async fn gaps(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 20 when absent.")] first: Option<i32>,
        #[graphql(desc = "The cursor of the gap before the first.")] after: Option<String>,
    ) -> Result<Connection<PageCursor, ConnectionGap>> {
        let page = Page::parse(first, after.as_deref())?;
        let rows = read(ctx, self.0.row.user_id, async |conn| {
            store::list_gaps(conn, self.0.row.id, page).await
        })
        .await?;
        let gaps = rows.into_iter().map(ConnectionGap::from).collect();
        Ok(connect(page, gaps, |gap: &ConnectionGap| PageCursor {
            at: gap.started_at,
            id: gap.row,
        }))
    }

    /// The people that the account knows, in the order they were met.
    async fn contacts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 20 when absent.")] first: Option<i32>,
        #[graphql(desc = "The cursor of the contact before the first.")] after: Option<String>,
        #[graphql(desc = "Part of a name, or of a phone number's digits.")] search: Option<String>,
    ) -> Result<Connection<PageCursor, Contact>> {
        let page = Page::parse(first, after.as_deref())?;
        let (id, search) = (self.0.row.id, search.as_deref());
        let rows = read(ctx, self.0.row.user_id, async |conn| {
            store::list_contacts(conn, id, page, search).await
        })
        .await?;
        let contacts = rows.into_iter().map(Contact).collect();
        Ok(connect(page, contacts, |contact: &Contact| PageCursor {
            at: contact.0.created_at,
            id: contact.0.id.into(),
        }))
    }
}

/// A QR code that links the account when the phone scans it (WhatsApp, Linked devices, Link a device).
pub struct LinkQr {
    code: String,
    expires_at: DateTime<Utc>,
    attempt: i32,
    attempts: i32,
}

/// A QR code that links the account when the phone scans it (WhatsApp, Linked devices, Link a device).
#[Object]
impl LinkQr {
    /// The text inside the code.
    async fn code(&self) -> &str {
        &self.code
    }

    /// The code as a PNG in a data URI, fit for an `<img src>`.
    async fn png(&self, ctx: &Context<'_>) -> Result<String> {
        qr::png_data_uri(&self.code).map_err(|e| internal(ctx, e))
    }

    /// The code as an SVG document.
    async fn svg(&self, ctx: &Context<'_>) -> Result<String> {
        qr::svg(&self.code).map_err(|e| internal(ctx, e))
    }

    /// When WhatsApp stops taking it; the next one is pushed by then.
    async fn expires_at(&self) -> DateTime<Utc> {
        self.expires_at
    }

    /// Which code this is, from 1.
    async fn attempt(&self) -> i32 {
        self.attempt
    }

    /// How many codes there will be before the account stops; `restartAccount` begins again.
    async fn attempts(&self) -> i32 {
        self.attempts
    }
}

/// How well an account's link works.
#[derive(SimpleObject)]
pub struct AccountHealth {
    /// When WhatsApp was last heard, to the minute; null before the first time.
    last_traffic_at: Option<DateTime<Utc>>,
    /// Whether WhatsApp told the owner's LID.
    is_lid_known: bool,
    /// Whether view-once content has ever been delivered to this link. WhatsApp usually keeps it from linked devices.
    has_received_view_once_content: bool,
    /// Nothing automatic is sent before then, for WhatsApp asked to wait; null when sends are free.
    sends_paused_until: Option<DateTime<Utc>>,
    /// Why sends are paused, in words, with WhatsApp's code; null when they are free.
    sends_paused_reason: Option<String>,
}

/// A stretch of time during which an account heard nothing.
#[derive(SimpleObject)]
pub struct ConnectionGap {
    /// Opaque and global.
    id: ID,
    #[graphql(skip)]
    row: uuid::Uuid,
    /// When it began.
    started_at: DateTime<Utc>,
    /// When it ended; null while it lasts.
    ended_at: Option<DateTime<Utc>>,
    /// What caused it, in English.
    reason: String,
}

impl From<GapRow> for ConnectionGap {
    fn from(gap: GapRow) -> Self {
        let GapRow {
            id,
            started_at,
            ended_at,
            reason,
        } = gap;
        Self {
            id: ID(id.to_global()),
            row: id.into(),
            started_at,
            ended_at,
            reason,
        }
    }
}

/// What accounts add to a user.
pub struct UserFields(pub UserId);

#[Object(name = "AccountsUserFields")]
impl UserFields {
    /// The user's linked numbers, oldest first; unlinked ones among them.
    async fn accounts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 20 when absent.")] first: Option<i32>,
        #[graphql(desc = "The cursor of the account before the first.")] after: Option<String>,
    ) -> Result<Connection<PageCursor, Account>> {
        let page = Page::parse(first, after.as_deref())?;
        let service = ctx.data_unchecked::<AccountsService>();
        let rows = service.list(self.0, page).await.map_err(|e| internal(ctx, e))?;
        let accounts = rows.into_iter().map(Account::new).collect();
        Ok(connect(page, accounts, Account::page_cursor))
    }
}

/// Which number to link, and how.
#[derive(InputObject)]
pub struct LinkAccountInput {
    /// Your own name for it, up to 100 characters.
    label: Option<String>,
    /// By a QR code that the phone scans, or a code that is typed on the phone.
    #[graphql(default_with = "LinkKind::Qr")]
    method: LinkKind,
    /// The phone's number with country code; needed for a pairing code.
    phone_number: Option<String>,
}

/// Which account to link again, and how.
#[derive(InputObject)]
pub struct RelinkAccountInput {
    /// The account.
    account_id: ID,
    /// As before when absent.
    method: Option<LinkKind>,
    /// As before when absent.
    phone_number: Option<String>,
}

/// Which account.
#[derive(InputObject)]
pub struct AccountIdInput {
    /// The account.
    account_id: ID,
}

/// An account after a mutation, or what was wrong.
#[derive(SimpleObject)]
pub struct AccountPayload {
    /// The account; null when nothing was done.
    account: Option<Account>,
    /// What was wrong with the input; empty when all was well.
    errors: Vec<UserError>,
}

/// Mutations of accounts.
#[derive(Default)]
pub struct Mutation;

#[Object(name = "AccountsMutation")]
impl Mutation {
    /// Makes an account and begins to link it; subscribe to `linkProgress` for its codes and states. At most 5 an hour,
    /// `relinkAccount` and `restartAccount` counted with it (`RATE_LIMITED`).
    async fn link_account(&self, ctx: &Context<'_>, input: LinkAccountInput) -> Result<AccountPayload> {
        let user = viewer(ctx)?.user;
        let service = ctx.data_unchecked::<AccountsService>();
        let linked = service
            .link(
                user,
                input.label.as_deref(),
                input.method,
                input.phone_number.as_deref(),
            )
            .await;
        payload(ctx, linked).await
    }

    /// Begins to link an account again that was logged out, unlinked, or never linked. It stays the account of whoever was
    /// linked first: another WhatsApp account is refused, with `LOGGED_OUT` and a reason.
    async fn relink_account(&self, ctx: &Context<'_>, input: RelinkAccountInput) -> Result<AccountPayload> {
        let user = viewer(ctx)?.user;
        let service = ctx.data_unchecked::<AccountsService>();
        let Ok(id) = AccountId::from_global(&input.account_id) else {
            return Ok(unknown());
        };
        let done = service
            .relink(user, id, input.method, input.phone_number.as_deref())
            .await;
        payload(ctx, done.map(|()| id)).await
    }

    /// Starts the account's session anew: with new codes while it is not linked, with the same link otherwise.
    async fn restart_account(&self, ctx: &Context<'_>, input: AccountIdInput) -> Result<AccountPayload> {
        let user = viewer(ctx)?.user;
        let Ok(id) = AccountId::from_global(&input.account_id) else {
            return Ok(unknown());
        };
        let done = ctx.data_unchecked::<AccountsService>().restart(user, id).await;
        payload(ctx, done.map(|()| id)).await
    }

    /// Deletable the link at WhatsApp and erases its keys. What was kept stays. WhatsApp can be told only while the account
    /// is connected: otherwise the phone goes on listing the device, and its owner removes it there.
    async fn unlink_account(&self, ctx: &Context<'_>, input: AccountIdInput) -> Result<AccountPayload> {
        let user = viewer(ctx)?.user;
        let Ok(id) = AccountId::from_global(&input.account_id) else {
            return Ok(unknown());
        };
        let done = ctx.data_unchecked::<AccountsService>().unlink(user, id).await;
        payload(ctx, done.map(|()| id)).await
    }
}

/// Subscriptions to accounts.
#[derive(Default)]
pub struct Subscription;

#[async_graphql::Subscription(name = "AccountsSubscription")]
impl Subscription {
    /// The account as it is now, then at each change: every state and every new QR code.
    async fn link_progress(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The account.")] account_id: ID,
    ) -> Result<impl Stream<Item = Result<Account>>> {
        let id = AccountId::from_global(&account_id).map_err(|e| bad_input(e.to_string()))?;
        // Listen first, then look: a change in between is heard twice rather than not at all.
        let changes = schema::listen(ctx, None, Some(vec![account_id]), &[EventKind::AccountChanged]).await?;
        let now = Account::find(ctx, id)
            .await?
            .ok_or_else(|| not_found("account"))?;
        let later = changes.and_then(move |_| Account::load(ctx, id));
        Ok(futures::stream::once(std::future::ready(Ok(now))).chain(later))
    }
}

fn unknown() -> AccountPayload {
    AccountPayload {
        account: None,
        errors: vec![UserError::unknown(&["accountId"], "account")],
    }
}

async fn payload(ctx: &Context<'_>, done: Result<AccountId, AccountError>) -> Result<AccountPayload> {
    let error = match done {
        Ok(id) => {
            return Ok(AccountPayload {
                account: Some(Account::load(ctx, id).await?),
                errors: Vec::new(),
            });
        }
        Err(AccountError::Unknown) => return Ok(unknown()),
        Err(e @ AccountError::Label(_)) => UserError::invalid(&["label"], e.to_string()),
        Err(e @ (AccountError::PhoneNumber(_) | AccountError::PhoneNumberMissing)) => {
            UserError::invalid(&["phoneNumber"], e.to_string())
        }
        Err(AccountError::PlanLimit { limit, used }) => {
            UserError::quota(&[], "linked accounts", limit, used, None)
        }
        Err(e @ AccountError::Conflict { .. }) => {
            UserError::coded(UserErrorCode::Conflict, &["accountId"], e.to_string())
        }
        Err(AccountError::TooOften(retry_after)) => return Err(rate_limited(retry_after)),
        Err(e @ (AccountError::Session(_) | AccountError::Work(_))) => return Err(internal(ctx, e)),
    };
    Ok(AccountPayload {
        account: None,
        errors: vec![error],
    })
}
