//! The rule that decides which messages get an automatic reply. No I/O.

use async_graphql::Enum;
use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};

use super::settings::ReplySettings;
use crate::features::schema::ContactScope;
use crate::text_enum::text_enum;

/// Maximum age of a message on arrival, by the time at which it was sent; an older one gets no reply. One that WhatsApp
/// stored while the connection was being restored is as fresh as any other of its age.
pub(super) const MAX_MESSAGE_AGE: TimeDelta = TimeDelta::minutes(2);
/// Maximum number of replies to one contact within [`LOOP_WINDOW`], whatever the cooldown: two machines that answer
/// each other soon fall silent.
const MAX_REPLIES_IN_LOOP_WINDOW: usize = 2;
/// Period over which replies to one contact are limited.
pub(super) const LOOP_WINDOW: TimeDelta = TimeDelta::minutes(10);
/// Period over which an echo is recognised.
pub(super) const ECHO_MEMORY: TimeDelta = TimeDelta::days(1);

impl ReplySettings {
    /// Decides on a reply to a message.
    ///
    /// # Errors
    /// The reason for which the message gets no reply.
    pub fn judge(&self, context: &ReplyContext) -> Result<(), SkipReason> {
        let wants_lists = self.scope != ContactScope::All && !context.has_lists;
        let wants_schedule = !self.schedule.0.is_empty() && !context.has_schedule;
        if context.now - context.sent_at > MAX_MESSAGE_AGE {
            Err(SkipReason::TooOld)
        } else if wants_lists || wants_schedule {
            Err(SkipReason::Plan)
        } else if !self.schedule.is_open_at(context.local) {
            Err(SkipReason::Schedule)
        } else if !self.scope.takes_in(context.is_listed) {
            Err(SkipReason::Filtered)
        } else if context.is_answered {
            Err(SkipReason::AnsweredByOwner)
        } else {
            self.judge_pace(context)
        }
    }

    fn judge_pace(&self, context: &ReplyContext) -> Result<(), SkipReason> {
        let since = |at: &DateTime<Utc>| context.now - *at;
        let in_a_row = context
            .replied
            .iter()
            .filter(|at| since(at) < LOOP_WINDOW)
            .count();
        let is_cooling = context.replied.iter().any(|at| since(at) < self.cooldown());
        let is_paused = context
            .paused_until
            .is_some_and(|until| until - context.now > context.useful_for);
        if is_cooling {
            Err(SkipReason::Cooldown)
        } else if context.is_echo || in_a_row >= MAX_REPLIES_IN_LOOP_WINDOW {
            Err(SkipReason::Loop)
        } else if is_paused {
            Err(SkipReason::RiskBudget)
        } else {
            Ok(())
        }
    }
}

/// The facts about a message and its moment that the rule decides by.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one fact that is looked up by itself, and any combination can be"
)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplyContext {
    /// The time at which the message arrived.
    pub now: DateTime<Utc>,
    /// The time at which the message was sent.
    pub sent_at: DateTime<Utc>,
    /// The local time by the user's clock.
    pub local: NaiveDateTime,
    /// True when the settings list the sender.
    pub is_listed: bool,
    /// True when the plan includes lists of contacts.
    pub has_lists: bool,
    /// True when the plan includes a schedule.
    pub has_schedule: bool,
    /// True when the owner wrote to the sender since.
    pub is_answered: bool,
    /// True when the text repeats one that only a machine would send.
    pub is_echo: bool,
    /// The times of the replies to the sender within the cooldown or the loop window.
    pub replied: Vec<DateTime<Utc>>,
    /// The end of WhatsApp's pause for this account; none when there is none.
    pub paused_until: Option<DateTime<Utc>>,
    /// The time for which a queued reply may wait before it is sent.
    pub useful_for: TimeDelta,
}

text_enum! {
    /// Reason for which a message gets no automatic reply.
    #[derive(Enum)]
    #[graphql(name = "AutoReplySkipReason")]
    pub enum SkipReason {
        /// The message arrived more than two minutes after it was sent, such as after a time without connection.
        TooOld = "TOO_OLD",
        /// The plan no longer includes the scope of contacts or the schedule that the settings have.
        Plan = "PLAN",
        /// The message arrived outside of the schedule.
        Schedule = "SCHEDULE",
        /// The scope of the settings leaves the sender out.
        Filtered = "FILTERED",
        /// The owner answered before the reply was sent.
        AnsweredByOwner = "ANSWERED_BY_OWNER",
        /// The sender got a reply within the cooldown. Only in previews: such a message has no entry in `autoReplies`.
        Cooldown = "COOLDOWN",
        /// The sender appears to be another machine that replies.
        Loop = "LOOP",
        /// WhatsApp asked the account to pause sending for longer than a reply may wait; see
        /// `Account.health.sendsPausedUntil`.
        RiskBudget = "RISK_BUDGET",
        /// The reply waited for longer than it may: the account was offline, or other sends went before it.
        WaitedTooLong = "WAITED_TOO_LONG",
        /// The owner turned auto-reply off before the reply was sent.
        TurnedOff = "TURNED_OFF",
        /// The account lost its link to WhatsApp before the reply was sent.
        Unlinked = "UNLINKED",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::auto_reply::schedule::{Schedule, Slot};
    use crate::features::schema::Weekday;

    fn noon() -> DateTime<Utc> {
        "2026-11-23T11:00:00Z".parse().unwrap()
    }

    fn context() -> ReplyContext {
        ReplyContext {
            now: noon(),
            sent_at: noon(),
            local: noon().naive_utc(),
            is_listed: false,
            has_lists: true,
            has_schedule: true,
            is_answered: false,
            is_echo: false,
            replied: Vec::new(),
            paused_until: None,
            useful_for: TimeDelta::minutes(15),
        }
    }

    fn scoped(scope: ContactScope) -> ReplySettings {
        ReplySettings {
            scope,
            ..ReplySettings::initial()
        }
    }

    fn ago(minutes: i64) -> DateTime<Utc> {
        noon() - TimeDelta::minutes(minutes)
    }

    #[test]
    fn late_messages_are_not_answered() {
        let at = |seconds| ReplyContext {
            sent_at: noon() - TimeDelta::seconds(seconds),
            ..context()
        };

        assert_eq!(ReplySettings::initial().judge(&at(120)), Ok(()));
        assert_eq!(ReplySettings::initial().judge(&at(121)), Err(SkipReason::TooOld));
    }

    #[test]
    fn lists_and_schedule_hold_while_the_plan_has_them() {
        let listed = ReplyContext {
            is_listed: true,
            ..context()
        };
        let free = ReplyContext {
            has_lists: false,
            has_schedule: false,
            ..listed.clone()
        };
        let nights = ReplySettings {
            schedule: Schedule(vec![Slot::parse(Weekday::Monday, "22:00", "07:00").unwrap()]),
            ..ReplySettings::initial()
        };

        assert_eq!(
            scoped(ContactScope::Only).judge(&context()),
            Err(SkipReason::Filtered)
        );
        assert_eq!(scoped(ContactScope::Only).judge(&listed), Ok(()));
        assert_eq!(scoped(ContactScope::Except).judge(&context()), Ok(()));
        assert_eq!(
            scoped(ContactScope::Except).judge(&listed),
            Err(SkipReason::Filtered)
        );
        assert_eq!(scoped(ContactScope::Only).judge(&free), Err(SkipReason::Plan));
        assert_eq!(nights.judge(&context()), Err(SkipReason::Schedule));
        assert_eq!(nights.judge(&free), Err(SkipReason::Plan));
        assert_eq!(scoped(ContactScope::All).judge(&free), Ok(()));
    }

    #[test]
    fn a_contact_is_left_alone_for_the_cooldown_and_never_answered_thrice_in_ten_minutes() {
        let settings = |cooldown_minutes| ReplySettings {
            cooldown_minutes,
            ..ReplySettings::initial()
        };
        let after = |minutes: &[i64]| ReplyContext {
            replied: minutes.iter().map(|minutes| ago(*minutes)).collect(),
            ..context()
        };

        assert_eq!(settings(60).judge(&after(&[59])), Err(SkipReason::Cooldown));
        assert_eq!(settings(60).judge(&after(&[60])), Ok(()));
        assert_eq!(settings(1).judge(&after(&[5])), Ok(()));
        assert_eq!(settings(1).judge(&after(&[5, 9])), Err(SkipReason::Loop));
        assert_eq!(settings(1).judge(&after(&[5, 10])), Ok(()));
    }

    #[test]
    fn other_reasons_are_told() {
        let answered = ReplyContext {
            is_answered: true,
            ..context()
        };
        let echo = ReplyContext {
            is_echo: true,
            ..context()
        };
        let paused = |minutes| ReplyContext {
            paused_until: Some(noon() + TimeDelta::minutes(minutes)),
            ..context()
        };

        let settings = ReplySettings::initial();
        assert_eq!(settings.judge(&answered), Err(SkipReason::AnsweredByOwner));
        assert_eq!(settings.judge(&echo), Err(SkipReason::Loop));
        assert_eq!(settings.judge(&paused(16)), Err(SkipReason::RiskBudget));
        assert_eq!(settings.judge(&paused(15)), Ok(()));
    }
}
