//! States of an account and their reasons, labels, and the methods of linking.

use async_graphql::Enum;

use crate::text_enum::text_enum;
use crate::visible_text::{count_letters, visible_line};
use crate::whatsapp::LinkMethod;

/// Most letters of a label.
const LONGEST_LABEL: usize = 100;

text_enum! {
    /// State of the link between an account and WhatsApp.
    #[derive(Enum)]
    pub enum AccountState {
        /// The account was made, and its first code is being fetched.
        Created = "CREATED",
        /// A QR code is shown, to be scanned by the phone.
        AwaitingQr = "AWAITING_QR",
        /// A pairing code is shown, to be typed on the phone.
        AwaitingPairingCode = "AWAITING_PAIRING_CODE",
        /// WhatsApp wants a passkey on the phone for this link.
        PasskeyRequired = "PASSKEY_REQUIRED",
        /// The phone agreed; keys are being exchanged.
        Pairing = "PAIRING",
        /// The account is logged in; contacts and settings are being fetched.
        Syncing = "SYNCING",
        /// The account is linked and receives.
        Online = "ONLINE",
        /// The connection is lost and is being made again.
        Reconnecting = "RECONNECTING",
        /// The connection is open and nothing arrives; it is being made anew.
        Deaf = "DEAF",
        /// Another program uses the link. Restart the account to take it back.
        Replaced = "REPLACED",
        /// The link was removed on the phone or by WhatsApp. Link the account again.
        LoggedOut = "LOGGED_OUT",
        /// WhatsApp locked the account, until `stateUntil` where it says so.
        Banned = "BANNED",
        /// WhatsApp no longer accepts this version of AMDA; its operator must update it.
        OutdatedClient = "OUTDATED_CLIENT",
        /// The account stopped and does not start again by itself. Restart it.
        Stopped = "STOPPED",
        /// The account is linked, and not connected, because the plan allows fewer accounts: an upgrade resumes it, and so
        /// does `restartAccount` once another account was unlinked. Or because the user is suspended.
        Paused = "PAUSED",
        /// The account was unlinked by its user; the keys are erased.
        Unlinked = "UNLINKED",
    }
}

text_enum! {
    /// Reason for the state of an account. Clients must expect reasons that are added later.
    #[derive(Enum)]
    pub enum AccountStateReason {
        /// All QR codes expired before one was scanned. Restart the account for new ones.
        QrCodesExpired = "QR_CODES_EXPIRED",
        /// Nobody typed the pairing code on the phone in time. Restart the account for another.
        PairingCodeExpired = "PAIRING_CODE_EXPIRED",
        /// The phone's WhatsApp is too old for linked devices. Update it, and restart the account.
        PhoneOutdated = "PHONE_OUTDATED",
        /// The phone or WhatsApp refused the link, or it failed. Restart the account to try again.
        PairingFailed = "PAIRING_FAILED",
        /// The phone is linked already, as the account `duplicateOf`.
        AlreadyLinked = "ALREADY_LINKED",
        /// Another WhatsApp account was linked than before. Link that one as a new account.
        OtherOwner = "OTHER_OWNER",
        /// The server restarted while the account was being linked. Restart the account for a new code.
        LinkingInterrupted = "LINKING_INTERRUPTED",
        /// The account has no link any more. Link it again.
        NotLinked = "NOT_LINKED",
        /// The connection to WhatsApp was lost or could not be made.
        ConnectionLost = "CONNECTION_LOST",
        /// The connection was open and nothing arrived.
        NothingReceived = "NOTHING_RECEIVED",
        /// The server was not running.
        ServerDown = "SERVER_DOWN",
        /// The viewer restarted the account.
        Restarted = "RESTARTED",
        /// The plan allows the account again, and it is being connected.
        PlanAllows = "PLAN_ALLOWS",
        /// The plan allows fewer accounts. Upgrade, or unlink another account and restart this one.
        PlanLimit = "PLAN_LIMIT",
        /// The user is suspended. The account connects again when that is taken back.
        UserSuspended = "USER_SUSPENDED",
        /// The suspension of the user was taken back, and the account is being connected.
        UserUnsuspended = "USER_UNSUSPENDED",
        /// Another program uses the link. Restart the account to take it back.
        UsedElsewhere = "USED_ELSEWHERE",
        /// The phone or WhatsApp removed the linked device. Link the account again.
        DeviceRemoved = "DEVICE_REMOVED",
        /// WhatsApp locked the account.
        AccountLocked = "ACCOUNT_LOCKED",
        /// WhatsApp banned the account.
        Banned = "BANNED",
        /// WhatsApp no longer accepts this version of AMDA; its operator must update it.
        ClientOutdated = "CLIENT_OUTDATED",
        /// WhatsApp refused the login.
        LoginRefused = "LOGIN_REFUSED",
        /// None of the others; the message says more.
        Other = "OTHER",
    }
}

impl AccountStateReason {
    /// Reads a stored reason; [`Self::Other`] when it is not one of them.
    pub fn read(text: &str) -> Self {
        Self::parse(text).unwrap_or(Self::Other)
    }
}

/// Reason for which an account received nothing for a time. Clients must expect reasons that are added later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(name = "ConnectionGapReason")]
pub enum GapReason {
    /// The connection to WhatsApp was lost or could not be made.
    ConnectionLost,
    /// The connection was open and nothing arrived.
    NothingReceived,
    /// The server was not running.
    ServerDown,
    /// The viewer restarted the account.
    Restarted,
    /// The account was paused, because the plan allows fewer accounts.
    PlanLimit,
    /// The user was suspended.
    UserSuspended,
    /// Another program used the link.
    UsedElsewhere,
    /// The link was removed: by the viewer, on the phone, or by WhatsApp.
    NotLinked,
    /// WhatsApp locked or banned the account.
    AccountLocked,
    /// WhatsApp no longer accepted this version of AMDA.
    ClientOutdated,
    /// None of the others; the message says more.
    Other,
}

impl From<AccountStateReason> for GapReason {
    fn from(reason: AccountStateReason) -> Self {
        use AccountStateReason as Why;
        match reason {
            Why::ConnectionLost => Self::ConnectionLost,
            Why::NothingReceived => Self::NothingReceived,
            Why::ServerDown => Self::ServerDown,
            Why::Restarted | Why::PlanAllows => Self::Restarted,
            Why::PlanLimit => Self::PlanLimit,
            Why::UserSuspended | Why::UserUnsuspended => Self::UserSuspended,
            Why::UsedElsewhere => Self::UsedElsewhere,
            Why::NotLinked | Why::DeviceRemoved => Self::NotLinked,
            Why::AccountLocked | Why::Banned => Self::AccountLocked,
            Why::ClientOutdated => Self::ClientOutdated,
            Why::QrCodesExpired
            | Why::PairingCodeExpired
            | Why::PhoneOutdated
            | Why::PairingFailed
            | Why::AlreadyLinked
            | Why::OtherOwner
            | Why::LinkingInterrupted
            | Why::LoginRefused
            | Why::Other => Self::Other,
        }
    }
}

text_enum! {
    /// Method by which an account was last linked, as its row stores it.
    pub enum LinkKind {
        /// The phone scans a code that is shown.
        Qr = "QR",
        /// The code that is shown is typed on the phone.
        PairingCode = "PAIRING_CODE",
    }
}

impl From<&LinkMethod> for LinkKind {
    fn from(method: &LinkMethod) -> Self {
        match method {
            LinkMethod::Qr => Self::Qr,
            LinkMethod::PairingCode { .. } => Self::PairingCode,
        }
    }
}

/// The number, in digits, of a pairing code; none for a QR code.
pub(super) fn number_of(how: &LinkMethod) -> Option<&str> {
    match how {
        LinkMethod::Qr => None,
        LinkMethod::PairingCode { phone_number } => Some(phone_number),
    }
}

/// A label that a user gave to an account: one line of 1 to 100 visible letters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label(String);

impl Label {
    /// Cleans a label.
    ///
    /// # Errors
    /// The fault: no visible letter, or too many.
    pub fn parse(text: &str) -> Result<Self, String> {
        let line = visible_line(text, usize::MAX);
        let letters = line.as_deref().map_or(0, count_letters);
        line.filter(|_| letters <= LONGEST_LABEL)
            .map(Self)
            .ok_or_else(|| {
                format!("a label has 1 to {LONGEST_LABEL} visible letters; this one has {letters}")
            })
    }

    /// The label as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An account that is to be made and linked.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// The user's name for it.
    pub label: Option<Label>,
    /// Method of linking it.
    pub method: LinkMethod,
}

impl AccountState {
    /// True when the account stays as it is until its owner, or the operator, does something.
    pub const fn needs_owner(self) -> bool {
        matches!(
            self,
            Self::PasskeyRequired
                | Self::LoggedOut
                | Self::Replaced
                | Self::Banned
                | Self::OutdatedClient
                | Self::Stopped
                | Self::Paused
        )
    }

    /// True when the account takes one of the places that its user's plan has: it is connected or will be by itself, its
    /// link is being made, or its owner may take the link back.
    pub const fn takes_place(self) -> bool {
        !matches!(
            self,
            Self::PasskeyRequired | Self::LoggedOut | Self::Stopped | Self::Paused | Self::Unlinked
        )
    }

    /// True when nothing that a session still reports changes the state: only the owner, the plan or a suspension does.
    pub const fn is_kept_from_sessions(self) -> bool {
        matches!(self, Self::Paused | Self::Unlinked)
    }

    /// Returns true when the account receives nothing although it is linked.
    pub const fn is_gap(self) -> bool {
        matches!(
            self,
            Self::Reconnecting
                | Self::Deaf
                | Self::Replaced
                | Self::LoggedOut
                | Self::Banned
                | Self::OutdatedClient
                | Self::Stopped
                | Self::Paused
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_reads_back() {
        for state in AccountState::ALL {
            assert_eq!(AccountState::parse(state.as_str()), Some(state));
        }
    }
}
