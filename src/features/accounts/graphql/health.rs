use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};

use crate::features::accounts::GapId;
use crate::features::accounts::ids::AccountHealthId;
use crate::features::accounts::model::GapReason;
use crate::features::accounts::service::AccountsService;
use crate::features::accounts::store::{AccountRow, GapRow};
use crate::features::schema::Account;
use crate::graphql::{Entity, find, not_found};
use crate::id::AccountId;
use crate::whatsapp::outbox::{PauseReason, describe_pause};

/// Health of an account's link.
pub struct AccountHealth {
    id: AccountHealthId,
    last_traffic_at: Option<DateTime<Utc>>,
    is_lid_known: bool,
    has_received_view_once_content: bool,
    pause: Option<(DateTime<Utc>, String)>,
}

impl AccountHealth {
    /// The health of the account of `row`.
    pub(super) fn of(ctx: &Context<'_>, row: &AccountRow) -> Self {
        let now = ctx.data_unchecked::<AccountsService>().now();
        Self {
            id: row.id.as_uuid().into(),
            last_traffic_at: row.last_traffic_at,
            is_lid_known: row.lid.is_some(),
            has_received_view_once_content: row.view_once_delivered_at.is_some(),
            pause: row.pause(now).map(|(until, code)| (until, code.to_owned())),
        }
    }

    /// The health with `id`, of an account of the viewer's.
    ///
    /// # Errors
    /// `NOT_FOUND` when the account is gone, or another user's; `INTERNAL` when the database fails.
    pub async fn load(ctx: &Context<'_>, id: AccountHealthId) -> Result<Self> {
        let account = find(ctx, AccountId::from(id.as_uuid())).await?;
        let account = account.ok_or_else(|| not_found("account"))?;
        Ok(Self::of(ctx, &account.row))
    }
}

/// Health of an account's link.
#[Object]
impl AccountHealth {
    /// Globally unique, stable id. Pass it to `node(id:)`; do not parse it.
    pub async fn id(&self) -> ID {
        ID(self.id.to_global())
    }

    /// Account of the link.
    async fn account(&self, ctx: &Context<'_>) -> Result<Account> {
        Account::load(ctx, AccountId::from(self.id.as_uuid())).await
    }

    /// Time of the last data from WhatsApp, to the minute; null before the first.
    async fn last_traffic_at(&self) -> Option<DateTime<Utc>> {
        self.last_traffic_at
    }

    /// True when WhatsApp's id of the account's owner (LID) is known.
    async fn is_lid_known(&self) -> bool {
        self.is_lid_known
    }

    /// True when view-once content was ever delivered to this link. WhatsApp usually keeps it from linked devices.
    async fn has_received_view_once_content(&self) -> bool {
        self.has_received_view_once_content
    }

    /// Time before which nothing automatic is sent, because WhatsApp asked to wait; null when sends are not paused.
    async fn sends_paused_until(&self) -> Option<DateTime<Utc>> {
        self.pause.as_ref().map(|(until, _)| *until)
    }

    /// Reason for which WhatsApp asked to wait; null when sends are not paused.
    async fn sends_paused_reason(&self) -> Option<PauseReason> {
        self.pause.as_ref().map(|(_, code)| PauseReason::of(code))
    }

    /// Code with which WhatsApp asked to wait: 429 for too many messages, 463 for messages to people who never wrote. Null
    /// when sends are not paused, and when WhatsApp gave no number.
    async fn sends_paused_whatsapp_code(&self) -> Option<i32> {
        self.pause.as_ref().and_then(|(_, code)| code.parse().ok())
    }

    /// Reason of the pause in English, with WhatsApp's code; null when sends are not paused.
    async fn sends_paused_message(&self) -> Option<String> {
        self.pause.as_ref().map(|(_, code)| describe_pause(code))
    }
}

/// Span of time during which an account received nothing.
#[derive(Debug, Clone)]
pub struct ConnectionGap(pub(in crate::features::accounts) GapRow);

/// Span of time during which an account received nothing.
#[Object]
impl ConnectionGap {
    /// Globally unique, stable id. Pass it to `node(id:)`; do not parse it.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_global())
    }

    /// Account that received nothing.
    async fn account(&self, ctx: &Context<'_>) -> Result<Account> {
        Account::load(ctx, self.0.account_id).await
    }

    /// Time at which the gap began.
    async fn started_at(&self) -> DateTime<Utc> {
        self.0.started_at
    }

    /// Time at which the gap ended; null while it lasts.
    async fn ended_at(&self) -> Option<DateTime<Utc>> {
        self.0.ended_at
    }

    /// Reason for which nothing was received.
    async fn reason(&self) -> GapReason {
        self.0.reason()
    }

    /// Reason in English, with the details that are known; null when there are none.
    async fn reason_message(&self) -> Option<&str> {
        self.0.message.as_deref()
    }
}

impl Entity for ConnectionGap {
    type Id = GapId;
    type Row = GapRow;
    const NAME: &'static str = "connection gap";

    fn of(_: &Context<'_>, row: GapRow) -> Self {
        Self(row)
    }
}
