//! States of an account in which none of its statuses can be published. No I/O.

use async_graphql::Enum;

use crate::text_enum::text_enum;

text_enum! {
    /// Reason for which an account publishes nothing until somebody acts. Clients must expect values that are added later.
    #[derive(Enum)]
    #[graphql(name = "ScheduledStatusBlockedReason")]
    pub enum Obstacle {
        /// The user unlinked the account. Link it again with `relinkAccount`.
        AccountUnlinked = "UNLINKED",
        /// The phone or WhatsApp removed the link of the account. Link it again with `relinkAccount`.
        AccountLoggedOut = "LOGGED_OUT",
        /// The account is paused, because the plan allows fewer accounts.
        AccountPaused = "PAUSED",
        /// Another program uses the link of the account. Take it back with `restartAccount`.
        AccountReplaced = "REPLACED",
        /// WhatsApp locked the account.
        AccountBanned = "BANNED",
        /// The session of the account is stopped. Start it again with `restartAccount`.
        AccountStopped = "STOPPED",
        /// WhatsApp no longer accepts this version of the server. The operator must update it.
        ClientOutdated = "OUTDATED_CLIENT",
    }
}

impl Obstacle {
    /// The obstacle in English, with what removes it.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::AccountUnlinked => "the account is unlinked; link it again",
            Self::AccountLoggedOut => "the account was logged out of WhatsApp; link it again",
            Self::AccountPaused => {
                "the account is paused, because the plan allows fewer accounts; upgrade, or unlink another account and restart this one"
            }
            Self::AccountReplaced => {
                "another program uses the link of the account; restart the account to take it back"
            }
            Self::AccountBanned => "WhatsApp locked the account",
            Self::ClientOutdated => {
                "WhatsApp no longer accepts this version of AMDA; its operator must update it"
            }
            Self::AccountStopped => "the account is stopped; restart it",
        }
    }
}
