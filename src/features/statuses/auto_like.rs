//! Settings of auto-like and the rule that judges a status by them. No I/O.

use async_graphql::Enum;
use chrono::{DateTime, NaiveTime, TimeDelta, Utc};

use super::emoji::{ContactEmoji, Emoji};
use super::quiet_hours::QuietHours;
use crate::features::schema::ContactScope;
use crate::id::ContactId;
use crate::text_enum::text_enum;

/// Maximum age of a status that is liked when it arrives. A later like would look strange to the author.
pub(super) const MAX_STATUS_AGE: TimeDelta = TimeDelta::hours(1);

/// Accepted values of the hourly limit of likes.
pub(super) const HOURLY_LIMITS: std::ops::RangeInclusive<i32> = 1..=120;

/// Settings of auto-like of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AutoLike {
    /// True when new statuses are liked.
    pub is_enabled: bool,
    /// Emoji of a like.
    pub emoji: Emoji,
    /// Emojis for single contacts, in place of `emoji`.
    pub contact_emojis: Vec<ContactEmoji>,
    /// Selection of the authors whose statuses are liked.
    pub scope: ContactScope,
    /// Contacts that the scope includes or leaves out.
    pub contacts: Vec<ContactId>,
    /// True when statuses of muted contacts are skipped.
    pub skips_muted: bool,
    /// True when a view receipt is sent before each like.
    pub sends_view_receipts: bool,
    /// Maximum number of likes in an hour.
    pub max_per_hour: i32,
    /// Daily span without likes; ignored while the plan has no quiet hours.
    pub quiet_hours: Option<QuietHours>,
}

impl AutoLike {
    /// Default settings of an account: off.
    pub fn untouched() -> Self {
        Self {
            is_enabled: false,
            emoji: Emoji::default(),
            contact_emojis: Vec::new(),
            scope: ContactScope::All,
            contacts: Vec::new(),
            skips_muted: true,
            sends_view_receipts: false,
            max_per_hour: 60,
            quiet_hours: None,
        }
    }

    /// Returns the emoji for a status of the author with the contact rows `author`. Emojis for single contacts count
    /// only when the plan includes them.
    pub fn emoji_for(&self, author: &[ContactId], has_emoji_per_contact: bool) -> &Emoji {
        let theirs = self
            .contact_emojis
            .iter()
            .find(|one| has_emoji_per_contact && author.contains(&one.contact));
        theirs.map_or(&self.emoji, |one| &one.emoji)
    }

    /// Judges a new status: `Ok` when it is to be liked.
    ///
    /// # Errors
    /// The reason for which the status is skipped.
    pub fn judge(&self, context: &LikeContext) -> Result<(), SkipReason> {
        let is_quiet = self
            .quiet_hours
            .is_some_and(|hours| context.has_quiet_hours && hours.contains(context.local_time));
        let is_paused = context.paused_until.is_some_and(|until| until > context.now);
        if context.is_deleted {
            Err(SkipReason::Deleted)
        } else if context.has_reacted {
            Err(SkipReason::AlreadyReacted)
        } else if context.now - context.posted_at > MAX_STATUS_AGE {
            Err(SkipReason::TooOld)
        } else if self.skips_muted && context.is_muted {
            Err(SkipReason::MutedContact)
        } else if self.scope != ContactScope::All && !context.has_lists {
            Err(SkipReason::Plan)
        } else if !self.scope.takes_in(context.is_listed) {
            Err(SkipReason::Filtered)
        } else if is_quiet {
            Err(SkipReason::QuietHours)
        } else if context.likes_this_hour >= i64::from(self.max_per_hour) {
            Err(SkipReason::HourlyLimit)
        } else if is_paused {
            Err(SkipReason::RiskBudget)
        } else {
            Ok(())
        }
    }
}

/// Facts about a new status and the time of its arrival, by which it is judged.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one fact that is looked up by itself, and any combination can be"
)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LikeContext {
    /// Time of arrival.
    pub now: DateTime<Utc>,
    /// Time of posting.
    pub posted_at: DateTime<Utc>,
    /// Time of arrival by the user's clock.
    pub local_time: NaiveTime,
    /// True when the deletion of the status arrived before the status.
    pub is_deleted: bool,
    /// True when the owner reacted to the status, or took a reaction back.
    pub has_reacted: bool,
    /// True when the owner muted the author or the author's statuses.
    pub is_muted: bool,
    /// True when the settings list the author.
    pub is_listed: bool,
    /// True when the plan includes lists of contacts.
    pub has_lists: bool,
    /// True when the plan includes quiet hours.
    pub has_quiet_hours: bool,
    /// Number of likes queued in the last hour.
    pub likes_this_hour: i64,
    /// End of a pause of sending that WhatsApp asked for.
    pub paused_until: Option<DateTime<Utc>>,
}

text_enum! {
    /// Reason for which a status is not liked.
    #[derive(Enum)]
    #[graphql(name = "StatusLikeSkipReason")]
    pub enum SkipReason {
        /// The author deleted the status before the like was sent.
        Deleted = "DELETED",
        /// The status arrived more than an hour after it was posted, such as after a time without connection.
        TooOld = "TOO_OLD",
        /// The owner muted the author or the author's statuses.
        MutedContact = "MUTED_CONTACT",
        /// The plan no longer includes the scope of contacts that the settings have.
        Plan = "PLAN",
        /// The scope of the settings leaves the author out.
        Filtered = "FILTERED",
        /// The status arrived in the quiet hours.
        QuietHours = "QUIET_HOURS",
        /// The hourly limit of the settings was reached.
        HourlyLimit = "HOURLY_LIMIT",
        /// The owner reacted to the status, or took a reaction back. A person has one reaction to a status, so a like
        /// would replace the owner's.
        AlreadyReacted = "ALREADY_REACTED",
        /// WhatsApp asked the account to pause sending; see `Account.health.sendsPausedUntil`.
        RiskBudget = "RISK_BUDGET",
        /// The like could not be sent within its hour: the account was offline, or other sends went before it.
        WaitedTooLong = "WAITED_TOO_LONG",
        /// The owner turned auto-like off before the like was sent.
        TurnedOff = "TURNED_OFF",
        /// The account lost its link to WhatsApp before the like was sent.
        Unlinked = "UNLINKED",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(time: &str) -> NaiveTime {
        NaiveTime::parse_from_str(time, "%H:%M").unwrap()
    }

    fn context() -> LikeContext {
        let now = DateTime::UNIX_EPOCH + TimeDelta::days(1);
        LikeContext {
            now,
            posted_at: now,
            local_time: at("12:00"),
            is_deleted: false,
            has_reacted: false,
            is_muted: false,
            is_listed: false,
            has_lists: true,
            has_quiet_hours: true,
            likes_this_hour: 0,
            paused_until: None,
        }
    }

    #[test]
    fn each_reason_to_skip_is_told() {
        let settings = AutoLike::untouched();
        let only = AutoLike {
            scope: ContactScope::Only,
            ..AutoLike::untouched()
        };
        let except = AutoLike {
            scope: ContactScope::Except,
            ..AutoLike::untouched()
        };
        let quiet = AutoLike {
            quiet_hours: QuietHours::parse("11:00", "13:00").ok(),
            ..AutoLike::untouched()
        };
        let late = LikeContext {
            posted_at: context().now - TimeDelta::minutes(61),
            ..context()
        };
        let muted = LikeContext {
            is_muted: true,
            ..context()
        };
        let listed = LikeContext {
            is_listed: true,
            ..context()
        };
        let free = LikeContext {
            has_lists: false,
            ..listed.clone()
        };
        let busy = LikeContext {
            likes_this_hour: 60,
            ..context()
        };
        let gone = LikeContext {
            is_deleted: true,
            ..context()
        };
        let reacted = LikeContext {
            has_reacted: true,
            ..context()
        };
        let paused = LikeContext {
            paused_until: Some(context().now + TimeDelta::seconds(1)),
            ..context()
        };

        assert_eq!(settings.judge(&context()), Ok(()));
        assert_eq!(settings.judge(&late), Err(SkipReason::TooOld));
        assert_eq!(settings.judge(&muted), Err(SkipReason::MutedContact));
        assert_eq!(settings.judge(&busy), Err(SkipReason::HourlyLimit));
        assert_eq!(settings.judge(&gone), Err(SkipReason::Deleted));
        assert_eq!(settings.judge(&reacted), Err(SkipReason::AlreadyReacted));
        assert_eq!(settings.judge(&paused), Err(SkipReason::RiskBudget));
        assert_eq!(only.judge(&context()), Err(SkipReason::Filtered));
        assert_eq!(only.judge(&listed), Ok(()));
        assert_eq!(only.judge(&free), Err(SkipReason::Plan));
        assert_eq!(except.judge(&listed), Err(SkipReason::Filtered));
        assert_eq!(except.judge(&context()), Ok(()));
        assert_eq!(quiet.judge(&context()), Err(SkipReason::QuietHours));
    }

    #[test]
    fn a_pause_that_is_over_and_quiet_hours_of_a_plan_that_ended_hold_nothing_up() {
        let quiet = AutoLike {
            quiet_hours: QuietHours::parse("11:00", "13:00").ok(),
            ..AutoLike::untouched()
        };
        let free = LikeContext {
            has_quiet_hours: false,
            paused_until: Some(context().now),
            ..context()
        };

        assert_eq!(quiet.judge(&free), Ok(()));
    }

    #[test]
    fn muted_contacts_are_liked_when_the_owner_wants_so() {
        let settings = AutoLike {
            skips_muted: false,
            ..AutoLike::untouched()
        };
        let muted = LikeContext {
            is_muted: true,
            ..context()
        };

        assert_eq!(settings.judge(&muted), Ok(()));
    }
}
