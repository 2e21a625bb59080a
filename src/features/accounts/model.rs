//! States of an account, and phone numbers.

use async_graphql::Enum;

use crate::text_enum::text_enum;

text_enum! {
    /// State of the link between an account and WhatsApp.
    #[derive(Enum)]
    pub enum AccountState {
        /// Made; the first code is being fetched.
        Created = "CREATED",
        /// Shows a QR code to be scanned by the phone.
        AwaitingQr = "AWAITING_QR",
        /// Shows a code to be typed on the phone.
        AwaitingPairingCode = "AWAITING_PAIRING_CODE",
        /// WhatsApp wants a passkey on the phone for this link.
        PasskeyRequired = "PASSKEY_REQUIRED",
        /// The phone agreed; keys are being exchanged.
        Pairing = "PAIRING",
        /// Logged in; contacts and settings are being fetched.
        Syncing = "SYNCING",
        /// Linked and listening.
        Online = "ONLINE",
        /// The connection is gone and is being made again.
        Reconnecting = "RECONNECTING",
        /// The connection is open and nothing arrives; it is being made anew.
        Deaf = "DEAF",
        /// Another program uses this very link. Restart the account to take it back.
        Replaced = "REPLACED",
        /// The link was removed on the phone or by WhatsApp. Link the account again.
        LoggedOut = "LOGGED_OUT",
        /// WhatsApp locked the account for a time.
        BannedUntil = "BANNED_UNTIL",
        /// WhatsApp no longer speaks with this version; the operator must update.
        OutdatedClient = "OUTDATED_CLIENT",
        /// Stopped, and not by itself to be mended. Restart the account.
        Stopped = "STOPPED",
        /// Linked, and not connected, because the plan allows fewer accounts. An upgrade resumes it; so does
        /// `restartAccount` once another account was unlinked.
        Paused = "PAUSED",
        /// Unlinked by its user; the keys are erased.
        Unlinked = "UNLINKED",
    }
}

text_enum! {
    /// Method by which an account is linked.
    #[derive(Enum)]
    #[graphql(name = "LinkMethod")]
    pub enum LinkKind {
        /// The phone scans a code that is shown.
        Qr = "QR",
        /// The code that is shown is typed on the phone.
        PairingCode = "PAIRING_CODE",
    }
}

impl AccountState {
    /// True when the account stays as it is until its owner, or the operator, does something.
    pub const fn needs_owner(self) -> bool {
        matches!(
            self,
            Self::LoggedOut
                | Self::Replaced
                | Self::BannedUntil
                | Self::OutdatedClient
                | Self::Stopped
                | Self::Paused
        )
    }

    /// True when the account takes one of the places that its user's plan has: it is connected or will be by itself, or
    /// its link is being made.
    pub const fn takes_place(self) -> bool {
        !matches!(
            self,
            Self::PasskeyRequired | Self::LoggedOut | Self::Stopped | Self::Paused | Self::Unlinked
        )
    }

    /// True when nothing that a session still reports changes the state: only the owner or the plan does.
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
                | Self::BannedUntil
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
