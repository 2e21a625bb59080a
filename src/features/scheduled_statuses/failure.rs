//! Reasons for which a scheduled status was not published, or a published one was not deleted. No I/O.

use async_graphql::Enum;

use super::obstacle::Obstacle;
use crate::text_enum::text_enum;

text_enum! {
    /// Reason for which a scheduled status was not published. Clients must expect values that are added later.
    #[derive(Enum)]
    #[graphql(name = "ScheduledStatusFailureReason")]
    pub enum FailureReason {
        /// The server did not run at the planned time and for 15 minutes after it.
        ServerDown = "SERVER_DOWN",
        /// The account was not connected to WhatsApp at the planned time and for 15 minutes after it.
        AccountOffline = "ACCOUNT_OFFLINE",
        /// The user unlinked the account. Link it again with `relinkAccount`.
        AccountUnlinked = "ACCOUNT_UNLINKED",
        /// The phone or WhatsApp removed the link of the account. Link it again with `relinkAccount`.
        AccountLoggedOut = "ACCOUNT_LOGGED_OUT",
        /// The account was paused, because the plan allows fewer accounts.
        AccountPaused = "ACCOUNT_PAUSED",
        /// Another program used the link of the account.
        AccountReplaced = "ACCOUNT_REPLACED",
        /// WhatsApp locked the account.
        AccountBanned = "ACCOUNT_BANNED",
        /// The session of the account was stopped. Start it again with `restartAccount`.
        AccountStopped = "ACCOUNT_STOPPED",
        /// WhatsApp no longer accepted this version of the server. The operator must update it.
        ClientOutdated = "CLIENT_OUTDATED",
        /// WhatsApp had asked to pause sending.
        SendsPaused = "SENDS_PAUSED",
        /// No contact of the account was in the audience.
        EmptyAudience = "EMPTY_AUDIENCE",
        /// The picture or video was no longer kept.
        MediaMissing = "MEDIA_MISSING",
        /// WhatsApp refused the status, with a code.
        Rejected = "REJECTED",
        /// The status could not be sent; the message says why.
        NotSent = "NOT_SENT",
        /// WhatsApp never answered. The status may have been published.
        NoAnswer = "NO_ANSWER",
        /// Something went wrong on the server. Tell its operator.
        ServerError = "SERVER_ERROR",
    }
}

text_enum! {
    /// Reason for which a published status was not deleted. Clients must expect values that are added later.
    #[derive(Enum)]
    #[graphql(name = "ScheduledStatusDeletionFailureReason")]
    pub enum DeletionFailureReason {
        /// WhatsApp refused the deletion, with a code.
        Rejected = "REJECTED",
        /// The deletion could not be sent; the message says why.
        NotSent = "NOT_SENT",
    }
}

impl From<Obstacle> for FailureReason {
    fn from(obstacle: Obstacle) -> Self {
        match obstacle {
            Obstacle::AccountUnlinked => Self::AccountUnlinked,
            Obstacle::AccountLoggedOut => Self::AccountLoggedOut,
            Obstacle::AccountPaused => Self::AccountPaused,
            Obstacle::AccountReplaced => Self::AccountReplaced,
            Obstacle::AccountBanned => Self::AccountBanned,
            Obstacle::AccountStopped => Self::AccountStopped,
            Obstacle::ClientOutdated => Self::ClientOutdated,
        }
    }
}

/// A failure: its reason, and what people are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure<R> {
    /// The reason.
    pub reason: R,
    /// The explanation in English.
    pub message: String,
    /// WhatsApp's code, when WhatsApp gave one.
    pub code: Option<i32>,
}

impl<R> Failure<R> {
    /// A failure without a code of WhatsApp's.
    pub fn new(reason: R, message: impl Into<String>) -> Self {
        Self {
            reason,
            message: message.into(),
            code: None,
        }
    }

    /// A refusal of `what` by WhatsApp.
    pub fn rejected(reason: R, what: &str, code: &str) -> Self {
        Self {
            reason,
            message: format!("WhatsApp refused {what} with code {code}"),
            code: code.parse().ok(),
        }
    }
}
