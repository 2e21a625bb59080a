use anyhow::Context as _;
use chrono::{DateTime, Utc};

use super::qr;
use super::screen::Screen;
use crate::features::accounts::{AccountState, OpenAccount};

/// The progress of a linking, as the terminal tells it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// There is nothing to show yet.
    Waiting,
    /// This is to be shown.
    Shown(String),
    /// The link works.
    Linked(String),
    /// The linking failed, for this reason.
    Failed(String),
}

/// The progress of the linking of `account`.
///
/// # Errors
/// When the code makes no QR code.
pub(super) fn of(account: &OpenAccount, screen: &Screen) -> anyhow::Result<Progress> {
    let row = &account.row;
    let reason = row.state_message.as_deref();
    let code = account.code.as_deref();
    Ok(match row.state() {
        AccountState::Created => Progress::Waiting,
        AccountState::AwaitingQr => match code {
            Some(code) => Progress::Shown(scan(account, code, screen)?),
            None => Progress::Waiting,
        },
        AccountState::AwaitingPairingCode => match code {
            Some(code) => Progress::Shown(type_in(code, row.code_expires_at)),
            None => Progress::Waiting,
        },
        AccountState::PasskeyRequired => {
            Progress::Shown("WhatsApp asks for a passkey; confirm it on the phone".to_owned())
        }
        AccountState::Pairing => Progress::Shown("the phone agreed; keys are being exchanged".to_owned()),
        AccountState::Syncing => {
            Progress::Shown("linked; contacts and settings are being fetched".to_owned())
        }
        AccountState::Online => Progress::Linked(match &account.names.phone_number {
            Some(number) => format!("linked as +{number}"),
            None => "linked".to_owned(),
        }),
        AccountState::Reconnecting | AccountState::Deaf => {
            let reason = reason.unwrap_or("the connection was lost");
            Progress::Shown(format!(
                "WhatsApp cannot be reached, and is tried again ({reason})"
            ))
        }
        state @ (AccountState::Replaced
        | AccountState::LoggedOut
        | AccountState::Banned
        | AccountState::OutdatedClient
        | AccountState::Stopped
        | AccountState::Paused
        | AccountState::Unlinked) => {
            let reason = reason.map_or_else(|| format!("the account is {}", state.as_str()), str::to_owned);
            Progress::Failed(match row.state_until {
                Some(until) => format!("{reason} (until {})", until.format("%Y-%m-%d %H:%M UTC")),
                None => reason,
            })
        }
    })
}

fn scan(account: &OpenAccount, code: &str, screen: &Screen) -> anyhow::Result<String> {
    let picture = qr::render(code, screen.is_terminal()).context("WhatsApp's code makes no QR code")?;
    let number = match (account.row.attempt, account.row.attempts) {
        (Some(attempt), Some(attempts)) => format!("code {attempt} of {attempts}"),
        _ => "the code".to_owned(),
    };
    let caption = format!(
        "scan it with the phone: WhatsApp, Linked devices, Link a device\n{number}, good {}; Ctrl-C gives up",
        until(account.row.code_expires_at)
    );
    Ok(match screen.lack_of_room(&picture) {
        Some(lack) => format!("{lack}; make it larger, or give the phone's number with --phone"),
        None => format!("{picture}\n{caption}"),
    })
}

fn type_in(code: &str, expires_at: Option<DateTime<Utc>>) -> String {
    format!(
        "{code}\ntype it on the phone: WhatsApp, Linked devices, Link a device, Link with phone number instead\ngood {}; \
         Ctrl-C gives up",
        until(expires_at)
    )
}

fn until(expires_at: Option<DateTime<Utc>>) -> String {
    expires_at.map_or_else(
        || "for a short time".to_owned(),
        |at| format!("until {}", at.format("%H:%M:%S UTC")),
    )
}
