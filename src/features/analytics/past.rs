//! Generated counts of past days, for demos with simulated contacts.

use chrono::{Datelike, NaiveDate, TimeDelta};

use super::responses::Histogram;
use crate::account::AccountRef;
use crate::counts::{self, Day, Metric, MonthOfContact, SLOTS};
use crate::id::{ContactId, Ids};
use crate::work::{Work, WorkError};

/// Approximate count of each metric on an ordinary day.
const DAILY_AVERAGES: [(Metric, u64); 8] = [
    (Metric::MessagesReceived, 60),
    (Metric::MessagesSent, 35),
    (Metric::Likes, 14),
    (Metric::Captures, 2),
    (Metric::Deletions, 4),
    (Metric::Edits, 3),
    (Metric::AutoReplies, 6),
    (Metric::StatusViews, 25),
];

/// Adds generated counts for the `days` days before today: quiet nights, busy evenings, more messages at weekends,
/// some contacts closer than others. Existing counts stay.
///
/// # Errors
/// [`WorkError::Db`].
pub async fn seed_past(
    work: &mut Work,
    account: AccountRef,
    contacts: &[ContactId],
    days: i64,
) -> Result<(), WorkError> {
    let today = work.now.date_naive();
    let mut months: Vec<MonthOfContact> = Vec::new();
    for day in (1..=days).rev().map(|ago| today - TimeDelta::days(ago)) {
        let made = DAILY_AVERAGES.map(|(metric, usual)| make(&work.ids, account, day, metric, usual));
        for one in &made {
            share(&work.ids, one, contacts, &mut months);
        }
        counts::add_days(work, account.user, &made).await?;
        for _ in 0..work.ids.between(4, 12) {
            let took = TimeDelta::seconds(i64::try_from(work.ids.between(20, 90).pow(2)).unwrap_or(600));
            if let Some(counts) = Histogram::one(took) {
                counts::add_response(work, account.user, account.id, day, &counts).await?;
            }
        }
    }
    counts::add_months(work, account.user, &months).await?;
    Ok(())
}

fn make(ids: &Ids, account: AccountRef, day: NaiveDate, metric: Metric, usual: u64) -> Day {
    let is_weekend = day.weekday().num_days_from_monday() >= 5;
    let most = if is_weekend { usual * 3 / 2 } else { usual };
    let mut counts = vec![0; SLOTS];
    for _ in 0..ids.between(most / 2, most + most / 2) {
        // The later of two slots is more often in the evening, and the night is left out.
        let slot = ids.between(28, 92).max(ids.between(28, 92));
        counts[usize::try_from(slot).unwrap_or(0)] += 1;
    }
    Day {
        day,
        account: account.id,
        metric,
        counts,
    }
}

/// Distributes the counts of a day over contacts; the first contacts get most.
fn share(ids: &Ids, day: &Day, contacts: &[ContactId], months: &mut Vec<MonthOfContact>) {
    let Some(last) = contacts
        .len()
        .checked_sub(1)
        .filter(|_| day.metric != Metric::MessagesSent)
    else {
        return;
    };
    let last = u64::try_from(last).unwrap_or(0);
    for _ in 0..day.counts.iter().sum::<i32>() {
        let lucky = ids.between(0, last).min(ids.between(0, last));
        let contact = contacts[usize::try_from(lucky).unwrap_or(0)];
        let month = day.day.with_day(1).unwrap_or(day.day);
        let known = months
            .iter()
            .position(|known| known.month == month && known.contact == contact && known.metric == day.metric);
        let place = known.unwrap_or_else(|| {
            months.push(MonthOfContact {
                month,
                account: day.account,
                contact,
                metric: day.metric,
                counts: vec![0; 31],
            });
            months.len() - 1
        });
        months[place].counts[usize::try_from(day.day.day0()).unwrap_or(0)] += 1;
    }
}
