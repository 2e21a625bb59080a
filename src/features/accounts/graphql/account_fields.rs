use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};

use super::health::{AccountHealth, ConnectionGap};
use super::link_codes::{LinkQr, PairingCode};
use crate::contacts::ChatKind;
use crate::features::accounts::model::{AccountState, AccountStateReason};
use crate::features::accounts::service::AccountsService;
use crate::features::accounts::store::{self, ChatFilter, ContactFilter, ContactOrder, OpenAccount};
use crate::features::schema::{Account, Chat, Contact};
use crate::graphql::{
    Connection, Cursor, Entity as _, List, PageArguments, PageCursor, internal, read, total_if_wanted,
    wants_total,
};

/// Fields of every account.
pub struct AccountFields(pub OpenAccount);

/// One linked WhatsApp number of a user.
#[Object(name = "AccountFields")]
impl AccountFields {
    /// Globally unique, stable id. Pass it to `node(id:)`; do not parse it.
    async fn id(&self) -> ID {
        ID(self.0.row.id.to_global())
    }

    /// Label that the viewer gave to the account; null when it has none.
    async fn label(&self) -> Option<&str> {
        self.0.names.label.as_deref()
    }

    /// Phone number of the account's owner with a plus and country code, such as `+5511999990000`; null until known.
    async fn phone_number(&self) -> Option<String> {
        let digits = self.0.names.phone_number.as_ref();
        digits.map(|digits| format!("+{digits}"))
    }

    /// WhatsApp's id of the account's owner (LID), independent of the phone number; null until the account was linked.
    async fn lid(&self) -> Option<&str> {
        self.0.row.lid.as_deref()
    }

    /// Name that the account's owner chose on WhatsApp; null until it is known.
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

    /// Reason for the state; null when the state says everything.
    async fn state_reason(&self) -> Option<AccountStateReason> {
        self.0.row.state_reason()
    }

    /// Reason for the state in English, with the details that are known, such as WhatsApp's code; null when
    /// `stateReason` is null.
    async fn state_message(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let message = self.0.row.state_message.clone();
        let other = self.duplicate_of(ctx).await?;
        // The name of the other account is added here, because the message itself is not stored sealed.
        Ok(match (message, other) {
            (Some(message), Some(other)) => Some(format!("{message}: {}", other.0.0.names.display_name())),
            (message, _) => message,
        })
    }

    /// Account that is linked to the same phone already; null unless `stateReason` is `ALREADY_LINKED`, or when that
    /// account was removed since.
    async fn duplicate_of(&self, ctx: &Context<'_>) -> Result<Option<Account>> {
        match self.0.row.duplicate_of {
            Some(other) => Account::find(ctx, other).await,
            None => Ok(None),
        }
    }

    /// Time at which the state ends by itself: that of the next try while `RECONNECTING`, that of the ban's end while
    /// `BANNED`. Null in other states, and when WhatsApp names no end.
    async fn state_until(&self) -> Option<DateTime<Utc>> {
        self.0.row.state_until
    }

    /// True when the account is linked to a phone, whether or not it is connected just now.
    async fn is_linked(&self) -> bool {
        self.0.row.is_linked()
    }

    /// True when the account stays as it is until its owner, or the server's operator, does something; `state` says what.
    async fn needs_attention(&self) -> bool {
        self.0.row.state().needs_owner()
    }

    /// Number of the next try to reconnect, from 1; null unless the state is `RECONNECTING`.
    async fn reconnect_attempt(&self) -> Option<i32> {
        self.0
            .row
            .attempt
            .filter(|_| self.0.row.state() == AccountState::Reconnecting)
    }

    /// QR code to be scanned by the phone; null unless the state is `AWAITING_QR`.
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
            max_attempts: row.attempts?,
        })
    }

    /// Code to be typed on the phone; null unless the state is `AWAITING_PAIRING_CODE`.
    async fn pairing_code(&self) -> Option<PairingCode> {
        let row = &self.0.row;
        let is_shown = row.state() == AccountState::AwaitingPairingCode;
        Some(PairingCode {
            code: self.0.code.clone().filter(|_| is_shown)?,
            expires_at: row.code_expires_at?,
        })
    }

    /// Time at which the phone agreed to the link; null while there is no link.
    async fn linked_at(&self) -> Option<DateTime<Utc>> {
        self.0.row.linked_at
    }

    /// Time at which the account was created.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.row.created_at
    }

    /// Health of the link.
    async fn health(&self, ctx: &Context<'_>) -> AccountHealth {
        AccountHealth::of(ctx, &self.0.row)
    }

    /// Spans of time during which the account received nothing, newest first. Null only when an argument is wrong.
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
        .page(List::of("gaps", self.0.row.id))?;
        let (rows, total) = read(ctx, self.0.row.user_id, async |conn| {
            let rows = store::list_gaps(conn, self.0.row.id, page).await?;
            let total = total_if_wanted(ctx, store::count_gaps(conn, self.0.row.id)).await?;
            Ok((rows, total))
        })
        .await?;
        let gaps = rows.into_iter().map(ConnectionGap).collect();
        let place = |gap: &ConnectionGap| PageCursor {
            at: gap.0.started_at,
            id: gap.0.id.into(),
        };
        Ok(Some(Connection::of(&page, gaps, place).counted(total)))
    }

    /// People that the account knows. Not counted in a search. Null only when an argument is wrong.
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
        #[graphql(
            desc = "Part of a name, or of a phone number's digits, without regard to case; all contacts when absent or \
                    blank."
        )]
        search: Option<String>,
        #[graphql(
            desc = "Order of the list. A cursor is good for the order in which it was given.",
            default_with = "ContactOrder::FirstMet"
        )]
        order_by: ContactOrder,
    ) -> Result<Option<Connection<Contact>>> {
        let page = PageArguments {
            first,
            after,
            last,
            before,
        }
        .page(List::of(order_by.list(), self.0.row.id))?;
        let filter = ContactFilter::new(search.as_deref(), order_by, wants_total(ctx));
        let service = ctx.data_unchecked::<AccountsService>();
        let found = service.contacts(self.0.row.reference(), page, &filter).await;
        let (rows, total) = found.map_err(|e| internal(ctx, e))?;
        let contacts = rows.into_iter().map(Contact).collect();
        let place = |contact: &Contact| contact.0.place();
        Ok(Some(Connection::of(&page, contacts, place).counted(total)))
    }

    /// Conversations of the account, in the order in which they were first seen. Not counted in a search. Null only when
    /// an argument is wrong.
    async fn chats(
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
        #[graphql(
            desc = "Part of a group's subject, or of the name or phone number of the person of a direct chat, without \
                    regard to case; all chats when absent or blank."
        )]
        search: Option<String>,
        #[graphql(desc = "Only chats of these kinds, none when empty; all when absent.")] kinds: Option<
            Vec<ChatKind>,
        >,
    ) -> Result<Option<Connection<Chat>>> {
        let page = PageArguments {
            first,
            after,
            last,
            before,
        }
        .page(List::of("chats", self.0.row.id))?;
        let filter = ChatFilter::new(search.as_deref(), kinds, wants_total(ctx));
        let service = ctx.data_unchecked::<AccountsService>();
        let found = service.chats(self.0.row.reference(), page, &filter).await;
        let (rows, total) = found.map_err(|e| internal(ctx, e))?;
        let chats = rows.into_iter().map(Chat).collect();
        let place = |chat: &Chat| chat.0.place();
        Ok(Some(Connection::of(&page, chats, place).counted(total)))
    }
}
