//! Schedule of deliveries: the next try, the state of the queue meanwhile, and the end of a failing endpoint.

use chrono::{DateTime, TimeDelta, Utc};

use super::model::{Delivery, Endpoint};

/// Duration of uninterrupted failure after which an endpoint is disabled.
const GIVE_UP_AFTER: TimeDelta = TimeDelta::days(3);
/// Number of tries of one event after which the next one is tried ahead of it.
const TRIES_IN_ORDER: i32 = 5;
/// Time after the last failure at which the next event is tried ahead of a refused one.
const AHEAD_AFTER: TimeDelta = TimeDelta::minutes(5);

/// Wait after each try: a day in all.
const WAITS: [TimeDelta; 11] = [
    TimeDelta::seconds(5),
    TimeDelta::seconds(30),
    TimeDelta::minutes(2),
    TimeDelta::minutes(10),
    TimeDelta::minutes(30),
    TimeDelta::hours(1),
    TimeDelta::hours(2),
    TimeDelta::hours(3),
    TimeDelta::hours(4),
    TimeDelta::hours(6),
    TimeDelta::hours(7),
];
/// The longest that a receiver may have itself waited for, where we would not wait for longer: an event lasts little more
/// than a day whatever it asks for.
const LONGEST_ASKED: TimeDelta = TimeDelta::hours(1);
/// Maximum time between two failures of one series: longer than any wait and a night that this server was away.
const MAX_FAILURE_SPACING: TimeDelta = TimeDelta::hours(24);

/// Uninterrupted series of failures of an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failing {
    /// Time of the first failure.
    pub since: DateTime<Utc>,
    /// Time of the last failure.
    pub last: DateTime<Utc>,
}

impl Failing {
    /// Adds a failure to the series. One long after the last begins a new series: nothing was tried in between.
    pub fn after(before: Option<Self>, now: DateTime<Utc>) -> Self {
        let since = before
            .filter(|before| now - before.last <= MAX_FAILURE_SPACING)
            .map_or(now, |before| before.since);
        Self { since, last: now }
    }

    /// Returns true when the series is long enough to give the endpoint up.
    pub fn is_hopeless(self) -> bool {
        self.last - self.since >= GIVE_UP_AFTER
    }
}

/// Next step of an ordered queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// The queue is empty.
    Nothing,
    /// The first is not due before this.
    Wait(DateTime<Utc>),
    /// The first is due, and what follows it.
    InOrder,
    /// The first is refused again and again: the second is sent ahead of it, which tells whether the endpoint takes
    /// nothing, or only not the first.
    Ahead,
}

/// Decides the next step of an ordered queue of `endpoint`, whose first delivery comes first.
pub(super) fn next_step(endpoint: &Endpoint, waiting: &[Delivery], now: DateTime<Utc>) -> Step {
    let Some(first) = waiting.first() else {
        return Step::Nothing;
    };
    let Some(due) = first.next_try_at.filter(|at| *at > now) else {
        return Step::InOrder;
    };
    if waiting.len() == 1 || first.tries < TRIES_IN_ORDER {
        return Step::Wait(due);
    }
    let ahead = endpoint.failing.map_or(now, |failing| failing.last + AHEAD_AFTER);
    if ahead > now {
        Step::Wait(due.min(ahead))
    } else {
        Step::Ahead
    }
}

/// Time of the next try after try number `tries` failed at `now`; none when it is given up. `spread` is random, 0 to
/// 200: it moves the wait by up to a tenth either way, so that many do not come back at once.
pub(super) fn next_try(
    tries: i32,
    now: DateTime<Utc>,
    spread: u64,
    retry_at: Option<DateTime<Utc>>,
) -> Option<DateTime<Utc>> {
    let wait = usize::try_from(tries - 1)
        .ok()
        .and_then(|index| WAITS.get(index))?;
    let tenths_of_percent = i32::try_from(spread.min(200)).unwrap_or(100) + 900;
    let own = now + *wait / 1000 * tenths_of_percent;
    let asked = retry_at.map(|at| at.min(now + LONGEST_ASKED));
    Some(asked.map_or(own, |asked| asked.max(own)))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::features::webhooks::model::{DeliveryState, Wants};
    use crate::features::webhooks::signature::Secret;
    use crate::hub::{EventKind, NewEvent};

    fn noon() -> DateTime<Utc> {
        "2026-11-24T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn a_delivery_is_tried_twelve_times_within_a_day_and_a_little() {
        let mut at = noon();
        let mut waits = Vec::new();
        for tries in 1.. {
            let Some(next) = next_try(tries, at, 100, None) else {
                break;
            };
            waits.push((next - at).num_seconds());
            at = next;
        }

        assert_eq!(
            waits,
            [5, 30, 120, 600, 1800, 3600, 7200, 10800, 14400, 21600, 25200]
        );
        let all = at - noon();
        assert!(all > TimeDelta::hours(23) && all < TimeDelta::hours(24), "{all}");
    }

    #[test]
    fn a_wait_is_spread_by_a_tenth_either_way() {
        let wait = |spread| (next_try(2, noon(), spread, None).unwrap() - noon()).num_milliseconds();

        assert_eq!((wait(0), wait(100), wait(200)), (27_000, 30_000, 33_000));
    }

    #[test]
    fn a_receiver_may_ask_for_more_time_but_not_for_less_and_not_for_ever() {
        let wait = |asked| {
            let retry_at = Some(noon() + asked);
            next_try(1, noon(), 100, retry_at).unwrap() - noon()
        };

        assert_eq!(wait(TimeDelta::hours(1)), TimeDelta::hours(1));
        assert_eq!(wait(TimeDelta::seconds(1)), TimeDelta::seconds(5));
        assert_eq!(wait(TimeDelta::days(-1)), TimeDelta::seconds(5));
        assert_eq!(wait(TimeDelta::days(90)), TimeDelta::hours(1));
        assert_eq!(
            next_try(12, noon(), 100, Some(noon())),
            None,
            "the tries are used up"
        );
    }

    #[test]
    fn a_receiver_that_always_asks_for_a_day_is_given_up_like_any_other() {
        let (mut at, mut failing) = (noon(), Failing::after(None, noon()));
        while !failing.is_hopeless() {
            let begun = at;
            let mut tries = 1;
            while let Some(next) = next_try(tries, at, 200, Some(at + TimeDelta::days(1))) {
                // A little late, as it is with a server that is busy.
                at = next + TimeDelta::seconds(1);
                failing = Failing::after(Some(failing), at);
                tries += 1;
            }
            let all = at - begun;
            assert!(all > TimeDelta::hours(24) && all < TimeDelta::hours(32), "{all}");
        }

        assert!(at - noon() < TimeDelta::days(5), "{at}");
    }

    #[test]
    fn an_endpoint_is_given_up_after_three_days_of_failures_that_follow_each_other() {
        let mut failing = Failing::after(None, noon());
        for hours in (6..72).step_by(6) {
            failing = Failing::after(Some(failing), noon() + TimeDelta::hours(hours));
            assert!(!failing.is_hopeless(), "{hours}");
        }
        assert!(Failing::after(Some(failing), noon() + TimeDelta::hours(72)).is_hopeless());

        let once = Failing::after(None, noon());
        let later = Failing::after(Some(once), noon() + TimeDelta::days(5));
        assert_eq!(
            later.since,
            noon() + TimeDelta::days(5),
            "nothing was tried in between"
        );
    }

    fn delivery(tries: i32, next_try_at: DateTime<Utc>) -> Delivery {
        Delivery {
            id: Uuid::from_u128(5).into(),
            endpoint: Uuid::from_u128(6).into(),
            sequence: 12,
            event: NewEvent {
                kind: EventKind::StatusLiked,
                account: None,
                subject: Uuid::from_u128(9),
                occurred_at: noon(),
            },
            state: DeliveryState::Pending,
            is_alone: false,
            tries,
            next_try_at: Some(next_try_at),
            created_at: noon(),
            settled_at: None,
        }
    }

    #[test]
    fn a_lane_waits_for_its_first_and_sends_the_second_ahead_only_after_many_refusals() {
        let minutes = |minutes| noon() + TimeDelta::minutes(minutes);
        let mut endpoint = Endpoint {
            id: Uuid::from_u128(6).into(),
            url: "https://example.org/".parse().unwrap(),
            description: None,
            wants: Wants {
                kinds: None,
                accounts: None,
            },
            secret: Secret::from_bytes(vec![0; 32]),
            previous: None,
            disabled: None,
            failing: Some(Failing::after(None, noon())),
            created_at: noon(),
        };
        let fresh = delivery(0, noon());
        let young = [delivery(4, minutes(30)), fresh.clone()];
        let stubborn = [delivery(5, minutes(30)), fresh.clone()];

        assert_eq!(next_step(&endpoint, &[], noon()), Step::Nothing);
        assert_eq!(next_step(&endpoint, &[fresh], noon()), Step::InOrder);
        assert_eq!(next_step(&endpoint, &young, minutes(6)), Step::Wait(minutes(30)));
        assert_eq!(
            next_step(&endpoint, &stubborn[..1], minutes(6)),
            Step::Wait(minutes(30))
        );
        assert_eq!(
            next_step(&endpoint, &stubborn, minutes(1)),
            Step::Wait(minutes(5))
        );
        assert_eq!(next_step(&endpoint, &stubborn, minutes(5)), Step::Ahead);
        assert_eq!(next_step(&endpoint, &stubborn, minutes(30)), Step::InOrder);
        endpoint.failing = None;
        assert_eq!(next_step(&endpoint, &stubborn, minutes(1)), Step::Ahead);
    }
}
