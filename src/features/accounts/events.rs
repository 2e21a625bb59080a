use diesel::QueryResult;

use super::model::{AccountState, AccountStateReason};
use super::notices;
use super::store::{self, NewState, StateCause};
use crate::contacts::{self, Names};
use crate::event::{Content, Event, LinkEvent, LogoutCause, PairingFailure, Person, StopCause};
use crate::features::{EventContext, FeatureError, Received};
use crate::hub::EventKind;

/// Message of the gap while the server was down.
const SERVER_DOWNTIME: &str = "AMDA was not running";

/// Message of a link that was refused; the name of the other account follows it.
const ALREADY_LINKED: &str = "this phone is linked already, so remove its newest linked device on the phone and use the \
    account that you have";

/// Writes the account's state as its session reports it, and the time of the last data from WhatsApp.
pub(super) async fn on_event(cx: &mut EventContext<'_>, event: &Event) -> Result<(), FeatureError> {
    let account = cx.account;
    match event {
        Event::Link(link) => return on_link(cx, link).await,
        Event::Message(_) => {}
        Event::Contact(_) | Event::NumberChange(_) | Event::Mute(_) | Event::Group(_) => {
            store::record_traffic(cx, account.id).await?;
            // The account's contacts and groups are a part of it; a batch of them is one change.
            cx.emit(EventKind::AccountChanged, Some(account.id), account.id);
        }
        Event::Pause(pause) => {
            // The account's health shows it.
            cx.emit(EventKind::AccountChanged, Some(account.id), account.id);
            notices::tell_of_pause(cx, account.id, pause).await?;
        }
        Event::Receipt(_) | Event::Send(_) | Event::Timer(_) => store::record_traffic(cx, account.id).await?,
    }
    Ok(())
}

/// Writes the time of the last data from WhatsApp, and whether WhatsApp gives this device view-once media.
pub(super) async fn note_messages(cx: &mut EventContext<'_>, received: &[Received<'_>]) -> QueryResult<()> {
    let account = cx.account;
    store::record_traffic(cx, account.id).await?;
    let is_delivered = |one: &Received<'_>| matches!(one.message.content, Content::ViewOnce(Some(_)));
    if received.iter().any(is_delivered) {
        store::record_view_once_delivery(cx, account.id).await?;
    }
    Ok(())
}

async fn on_link(cx: &mut EventContext<'_>, link: &LinkEvent) -> Result<(), FeatureError> {
    let account = cx.account;
    let changed = match link {
        LinkEvent::Paired { owner, push_name } => paired(cx, owner, push_name.as_deref()).await?,
        LinkEvent::PushName(name) => store::set_push_name(cx, account.id, name).await?,
        LinkEvent::Online => online(cx).await?,
        LinkEvent::Resuming => resuming(cx).await?,
        other => {
            let (state, new) = state_of(other);
            enter(cx, state, new).await?
        }
    };
    if changed {
        cx.emit(EventKind::AccountChanged, Some(account.id), account.id);
    }
    Ok(())
}

/// The state that a change of the link leads to.
fn state_of(link: &LinkEvent) -> (AccountState, NewState) {
    match link {
        LinkEvent::Qr {
            code,
            expires_at,
            attempt,
            attempts,
        } => (
            AccountState::AwaitingQr,
            NewState {
                attempt: Some(*attempt),
                attempts: Some(*attempts),
                code: Some((code.clone(), *expires_at)),
                ..NewState::default()
            },
        ),
        LinkEvent::PairingCode { code, expires_at } => (
            AccountState::AwaitingPairingCode,
            NewState {
                code: Some((code.clone(), *expires_at)),
                ..NewState::default()
            },
        ),
        LinkEvent::PasskeyRequired => (AccountState::PasskeyRequired, NewState::default()),
        LinkEvent::Pairing | LinkEvent::Paired { .. } => (AccountState::Pairing, NewState::default()),
        LinkEvent::AlreadyLinked { other } => (
            AccountState::Stopped,
            NewState {
                duplicate_of: Some(*other),
                ..because(AccountStateReason::AlreadyLinked, ALREADY_LINKED)
            },
        ),
        LinkEvent::PushName(_) | LinkEvent::Syncing => (AccountState::Syncing, NewState::default()),
        LinkEvent::Online => (AccountState::Online, NewState::default()),
        LinkEvent::Resuming => (
            AccountState::Reconnecting,
            because(AccountStateReason::ServerDown, SERVER_DOWNTIME),
        ),
        LinkEvent::Reconnecting {
            message,
            attempt,
            next_try_at,
        } => (
            AccountState::Reconnecting,
            NewState {
                attempt: Some(*attempt),
                until: Some(*next_try_at),
                ..because(AccountStateReason::ConnectionLost, message)
            },
        ),
        LinkEvent::Deaf => (
            AccountState::Deaf,
            because(
                AccountStateReason::NothingReceived,
                "the connection is open but nothing arrives",
            ),
        ),
        LinkEvent::QrExhausted => (
            AccountState::Stopped,
            because(
                AccountStateReason::QrCodesExpired,
                "all QR codes expired before one was scanned; restart the account for new ones",
            ),
        ),
        LinkEvent::PairingFailed { cause, message } => {
            (AccountState::Stopped, because((*cause).into(), message))
        }
        LinkEvent::Stopped { cause, message } => (AccountState::Stopped, because((*cause).into(), message)),
        LinkEvent::LoggedOut { cause, message } => {
            (AccountState::LoggedOut, because((*cause).into(), message))
        }
        LinkEvent::Replaced => (
            AccountState::Replaced,
            because(
                AccountStateReason::UsedElsewhere,
                "another program uses this link; restart to take it back",
            ),
        ),
        LinkEvent::Banned { message, until } => (
            AccountState::Banned,
            NewState {
                until: *until,
                ..because(AccountStateReason::Banned, message)
            },
        ),
        LinkEvent::Outdated => (
            AccountState::OutdatedClient,
            because(
                AccountStateReason::ClientOutdated,
                "WhatsApp refuses this version; set AMDA_WHATSAPP_VERSION to a newer one or update AMDA",
            ),
        ),
    }
}

impl From<PairingFailure> for AccountStateReason {
    fn from(cause: PairingFailure) -> Self {
        match cause {
            PairingFailure::PhoneOutdated => Self::PhoneOutdated,
            PairingFailure::CodeExpired => Self::PairingCodeExpired,
            PairingFailure::Failed => Self::PairingFailed,
        }
    }
}

impl From<StopCause> for AccountStateReason {
    fn from(cause: StopCause) -> Self {
        match cause {
            StopCause::LoginRefused => Self::LoginRefused,
            StopCause::LinkingInterrupted => Self::LinkingInterrupted,
            StopCause::NotLinked => Self::NotLinked,
        }
    }
}

impl From<LogoutCause> for AccountStateReason {
    fn from(cause: LogoutCause) -> Self {
        match cause {
            LogoutCause::DeviceRemoved => Self::DeviceRemoved,
            LogoutCause::AccountLocked => Self::AccountLocked,
            LogoutCause::OtherOwner => Self::OtherOwner,
        }
    }
}

fn because(reason: AccountStateReason, message: &str) -> NewState {
    NewState {
        why: Some(StateCause::new(reason, message)),
        ..NewState::default()
    }
}

/// Enters a state, and opens a gap if a linked account stops hearing.
async fn enter(cx: &mut EventContext<'_>, state: AccountState, new: NewState) -> Result<bool, FeatureError> {
    let (account, now) = (cx.account, cx.now);
    let Some(row) = store::find(cx, account.id).await? else {
        return Ok(false);
    };
    // What a session still has to say after it was ended is not news.
    if row.state().is_kept_from_sessions() {
        return Ok(false);
    }
    if state.is_gap() && row.linked_at.is_some() {
        let lost = || StateCause::new(AccountStateReason::ConnectionLost, "the connection was lost");
        let why = new.why.clone().unwrap_or_else(lost);
        store::open_gap(cx, account, now, &why).await?;
    }
    store::set_state(cx, account.id, state, new).await?;
    Ok(true)
}

async fn paired(
    cx: &mut EventContext<'_>,
    owner: &Person,
    push_name: Option<&str>,
) -> Result<bool, FeatureError> {
    let account = cx.account;
    store::set_linked(cx, account.id, owner, push_name).await?;
    let names = Names {
        push_name,
        is_self: true,
        ..Names::default()
    };
    contacts::resolve(cx, account, owner, names).await?;
    enter(cx, AccountState::Pairing, NewState::default()).await
}

/// Opens the gap of this server's downtime, which began with the last data, unless a gap is open already.
async fn resuming(cx: &mut EventContext<'_>) -> Result<bool, FeatureError> {
    let account = cx.account;
    let Some(row) = store::find(cx, account.id).await? else {
        return Ok(false);
    };
    if row.state().is_gap() {
        return Ok(false);
    }
    let since = row.last_traffic_at.unwrap_or(row.state_changed_at);
    let why = StateCause::new(AccountStateReason::ServerDown, SERVER_DOWNTIME);
    store::open_gap(cx, account, since, &why).await?;
    let (state, new) = state_of(&LinkEvent::Resuming);
    enter(cx, state, new).await
}

async fn online(cx: &mut EventContext<'_>) -> Result<bool, FeatureError> {
    let account = cx.account;
    if !enter(cx, AccountState::Online, NewState::default()).await? {
        return Ok(false);
    }
    store::close_gap(cx, account.id).await?;
    store::record_traffic(cx, account.id).await?;
    Ok(true)
}
