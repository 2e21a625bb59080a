//! States of an account in which none of its statuses can be published. No I/O.

use crate::text_enum::text_enum;

text_enum! {
    /// A state of an account in which it publishes nothing until somebody acts.
    pub enum Obstacle {
        /// The user unlinked it.
        Unlinked = "UNLINKED",
        /// The phone or WhatsApp removed the link.
        LoggedOut = "LOGGED_OUT",
        /// The plan allows fewer accounts.
        Paused = "PAUSED",
        /// Another program uses the link.
        Replaced = "REPLACED",
        /// WhatsApp locked it.
        BannedUntil = "BANNED_UNTIL",
        /// WhatsApp no longer speaks with this version.
        OutdatedClient = "OUTDATED_CLIENT",
        /// Its session stopped.
        Stopped = "STOPPED",
    }
}

impl Obstacle {
    /// The obstacle in English, with what removes it.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Unlinked => "the account is unlinked; link it again",
            Self::LoggedOut => "the account was logged out of WhatsApp; link it again",
            Self::Paused => {
                "the account is paused, because the plan allows fewer accounts; upgrade, or unlink another account and restart this one"
            }
            Self::Replaced => {
                "another program uses the link of the account; restart the account to take it back"
            }
            Self::BannedUntil => "WhatsApp locked the account",
            Self::OutdatedClient => {
                "WhatsApp no longer accepts this version of AMDA; its operator must update it"
            }
            Self::Stopped => "the account is stopped; restart it",
        }
    }
}
