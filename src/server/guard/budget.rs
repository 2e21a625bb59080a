//! What each client may spend: a bucket of cost that empties with every operation and fills again with time.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use async_graphql::Value;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};

use crate::id::UserId;
use crate::server::fault::Fault;

/// How many clients are remembered before those with full buckets are forgotten; if none has one, all are, because memory
/// must end somewhere.
const MOST_CLIENTS: usize = 100_000;

/// How much a client may spend.
#[derive(Debug, Clone, Copy)]
pub struct CostBudget {
    /// At once, after a rest.
    pub capacity: u64,
    /// Again with every second.
    pub restored_per_second: u64,
}

impl CostBudget {
    /// Enough for any page of a client and for a program in a hurry; not enough to keep a server busy alone.
    pub const STANDARD: Self = Self {
        capacity: 50_000,
        restored_per_second: 1_000,
    };
}

/// Whose bucket it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::server) enum Payer {
    /// Somebody who is signed in.
    User(UserId),
    /// Somebody who is not, by address.
    Address(Option<IpAddr>),
}

/// What an operation cost its client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::server) struct Receipt {
    pub(in crate::server) requested: u64,
    pub(in crate::server) available: u64,
    pub(in crate::server) restored_per_second: u64,
}

/// The buckets.
#[derive(Debug)]
pub(in crate::server) struct Budgets {
    budget: CostBudget,
    /// What is missing in each, and since when it is known.
    spent: Mutex<HashMap<Payer, (u64, DateTime<Utc>)>>,
}

impl Budgets {
    /// All full.
    pub(in crate::server) fn new(budget: CostBudget) -> Self {
        Self {
            budget,
            spent: Mutex::default(),
        }
    }

    /// Takes `cost` from the bucket of `payer`; refused, and nothing taken, when there is less in it.
    pub(in crate::server) fn spend(
        &self,
        payer: Payer,
        cost: u64,
        now: DateTime<Utc>,
    ) -> Result<Receipt, Fault> {
        let CostBudget {
            capacity,
            restored_per_second,
        } = self.budget;
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        if spent.len() >= MOST_CLIENTS {
            spent.retain(|_, bucket| self.missing(*bucket, now) > 0);
            if spent.len() >= MOST_CLIENTS {
                spent.clear();
            }
        }
        let before = spent.get(&payer).map_or(0, |bucket| self.missing(*bucket, now));
        let missing = before.saturating_add(cost);
        if missing > capacity {
            let millis = ((missing - capacity) * 1_000).div_ceil(restored_per_second.max(1));
            let message = format!(
                "the operation costs {cost}, and {} of {capacity} are left; try again in {} s",
                capacity - before,
                millis.div_ceil(1_000)
            );
            let fault = Fault::new(StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITED", message);
            return Err(fault.with("retryAfterMs", millis));
        }
        spent.insert(payer, (missing, now));
        Ok(Receipt {
            requested: cost,
            available: capacity - missing,
            restored_per_second,
        })
    }

    fn missing(&self, (missing, since): (u64, DateTime<Utc>), now: DateTime<Utc>) -> u64 {
        let millis = u64::try_from((now - since).num_milliseconds()).unwrap_or(0);
        missing.saturating_sub(millis.saturating_mul(self.budget.restored_per_second) / 1_000)
    }
}

impl Receipt {
    /// As clients read it in `extensions.cost`.
    pub(in crate::server) fn to_value(self) -> Value {
        async_graphql::value!({
            "requested": self.requested,
            "available": self.available,
            "restoreRate": self.restored_per_second,
        })
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn a_bucket_empties_with_use_and_fills_with_time() {
        let budgets = Budgets::new(CostBudget {
            capacity: 100,
            restored_per_second: 10,
        });
        let (nobody, other) = (Payer::Address(None), Payer::Address(Some([1, 2, 3, 4].into())));
        let start = DateTime::UNIX_EPOCH;

        assert_eq!(budgets.spend(nobody, 90, start).unwrap().available, 10);
        let refused = budgets.spend(nobody, 20, start).unwrap_err();
        assert_eq!(
            refused.error.extensions.unwrap().get("retryAfterMs"),
            Some(&Value::from(1_000_u64))
        );
        assert_eq!(budgets.spend(other, 20, start).unwrap().available, 80);
        let later = start + TimeDelta::seconds(1);
        assert_eq!(budgets.spend(nobody, 20, later).unwrap().available, 0);
        let much_later = start + TimeDelta::hours(1);
        assert_eq!(budgets.spend(nobody, 1, much_later).unwrap().available, 99);
    }

    #[test]
    fn no_crowd_of_clients_fills_the_memory() {
        let budgets = Budgets::new(CostBudget {
            capacity: 100,
            restored_per_second: 1,
        });

        for address in 0..=u32::try_from(MOST_CLIENTS).unwrap() {
            let payer = Payer::Address(Some(std::net::Ipv4Addr::from_bits(address).into()));
            budgets.spend(payer, 50, DateTime::UNIX_EPOCH).unwrap();
        }

        assert_eq!(budgets.spent.lock().unwrap().len(), 1);
    }

    #[test]
    fn a_bucket_that_nobody_fills_is_refused_for_long_and_does_not_divide_by_nothing() {
        let budgets = Budgets::new(CostBudget {
            capacity: 1,
            restored_per_second: 0,
        });

        assert!(
            budgets
                .spend(Payer::Address(None), 2, DateTime::UNIX_EPOCH)
                .is_err()
        );
    }
}
