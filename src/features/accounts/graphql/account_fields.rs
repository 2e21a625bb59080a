use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};

use super::health::{AccountHealth, ConnectionGap};
use super::link_qr::LinkQr;
use crate::features::accounts::model::AccountState;
use crate::features::accounts::service::AccountsService;
use crate::features::accounts::store::{self, OpenAccount};
use crate::features::schema::{Account, Contact};
use crate::graphql::{Connection, Cursor, Entity as _, PageArguments, PageCursor, internal, read};
use crate::whatsapp::outbox;

/// Fields of every account.
pub struct AccountFields(pub OpenAccount);

/// One linked WhatsApp number of a user.
#[Object(name = "AccountFields")]
impl AccountFields {
    /// Opaque global id.
    async fn id(&self) -> ID {
        ID(self.0.row.id.to_global())
    }

    /// Label that the user gave it.
    async fn label(&self) -> Option<&str> {
        self.0.names.label.as_deref()
    }

    /// Phone number with a plus and country code; null until known.
    async fn phone_number(&self) -> Option<String> {
        let digits = self.0.names.phone_number.as_ref();
        digits.map(|digits| format!("+{digits}"))
    }

    /// WhatsApp's id of the owner (LID), independent of the phone number; null until linked.
    async fn lid(&self) -> Option<&str> {
        self.0.row.lid.as_deref()
    }

    /// Name that the owner chose on WhatsApp; null until linked.
    async fn push_name(&self) -> Option<&str> {
        self.0.names.push_name.as_deref()
    }

    /// State of the link to WhatsApp. Every change is pushed by `linkProgress` and as an `AccountEvent`.
    async fn state(&self) -> AccountState {
        self.0.row.state()
    }

    /// Time at which the state last changed.
    async fn state_changed_at(&self) -> DateTime<Utc> {
        self.0.row.state_changed_at
    }

    /// Details of the state, in English; null when there are none.
    async fn state_reason(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let reason = self.0.row.state_reason.clone();
        let other = self.duplicate_of(ctx).await?;
        // The name of the other account is added here, because the reason itself is not stored sealed.
        Ok(match (reason, other) {
            (Some(reason), Some(other)) => Some(format!("{reason}: {}", other.0.0.names.display_name())),
            (reason, _) => reason,
        })
    }

    /// The account that is linked to the same phone already; null unless the link was refused for that.
    async fn duplicate_of(&self, ctx: &Context<'_>) -> Result<Option<Account>> {
        match self.0.row.duplicate_of {
            Some(other) => Account::find(ctx, other).await,
            None => Ok(None),
        }
    }

    /// Time at which the state ends by itself: the next try while `RECONNECTING`, the ban's end while `BANNED_UNTIL`.
    async fn state_until(&self) -> Option<DateTime<Utc>> {
        self.0.row.state_until
    }

    /// Number of the next try to reconnect, from 1; null unless `RECONNECTING`.
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

    /// Time at which the pairing code expires; null unless there is one.
    async fn pairing_code_expires_at(&self) -> Option<DateTime<Utc>> {
        self.0
            .row
            .code_expires_at
            .filter(|_| self.0.row.state() == AccountState::AwaitingPairingCode)
    }

    /// Time at which the phone agreed to the link; null while it is not linked.
    async fn linked_at(&self) -> Option<DateTime<Utc>> {
        self.0.row.linked_at
    }

    /// Time at which the account was created.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.row.created_at
    }

    /// Health of the link.
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
    /// Null only when an argument is wrong.
    async fn gaps(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Number of items from the beginning of the list, or after `after`: 1 to 100; 20 when neither `first` \
                    nor `last` is given."
        )]
        first: Option<i32>,
        #[graphql(desc = "Cursor of the item before the page.")] after: Option<Cursor>,
        #[graphql(
            desc = "Number of items from the end of the list, or before `before`: 1 to 100. Not together with `first` or \
                    `after`."
        )]
        last: Option<i32>,
        #[graphql(desc = "Cursor of the item after the page.")] before: Option<Cursor>,
    ) -> Result<Option<Connection<ConnectionGap>>> {
        let page = PageArguments {
            first,
            after,
            last,
            before,
        }
        .page("gaps")?;
        let rows = read(ctx, self.0.row.user_id, async |conn| {
            store::list_gaps(conn, self.0.row.id, page).await
        })
        .await?;
        let gaps = rows.into_iter().map(ConnectionGap::from).collect();
        Ok(Some(Connection::of(page, gaps, |gap: &ConnectionGap| {
            PageCursor {
                at: gap.started_at,
                id: gap.row,
            }
        })))
    }

    /// The people that the account knows, in the order they were met.
    /// Null only when an argument is wrong.
    async fn contacts(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Number of items from the beginning of the list, or after `after`: 1 to 100; 20 when neither `first` \
                    nor `last` is given."
        )]
        first: Option<i32>,
        #[graphql(desc = "Cursor of the item before the page.")] after: Option<Cursor>,
        #[graphql(
            desc = "Number of items from the end of the list, or before `before`: 1 to 100. Not together with `first` or \
                    `after`."
        )]
        last: Option<i32>,
        #[graphql(desc = "Cursor of the item after the page.")] before: Option<Cursor>,
        #[graphql(desc = "Part of a name, or of a phone number's digits.")] search: Option<String>,
    ) -> Result<Option<Connection<Contact>>> {
        let page = PageArguments {
            first,
            after,
            last,
            before,
        }
        .page("contacts")?;
        let service = ctx.data_unchecked::<AccountsService>();
        let found = service
            .contacts(self.0.row.reference(), page, search.as_deref())
            .await;
        let rows = found.map_err(|e| internal(ctx, e))?;
        let contacts = rows.into_iter().map(Contact).collect();
        Ok(Some(Connection::of(page, contacts, |contact: &Contact| {
            PageCursor {
                at: contact.0.created_at,
                id: contact.0.id.into(),
            }
        })))
    }
}
