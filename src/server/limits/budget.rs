//! The cost budget of each client: a token bucket that operations empty and time refills.

use std::collections::HashMap;
use std::net::IpAddr;

use async_graphql::Value;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use parking_lot::Mutex;

use crate::graphql::ErrorCode;
use crate::id::UserId;
use crate::server::request_error::RequestError;

/// Number of clients in memory at which those with full buckets are dropped. When no bucket is full, all are dropped,
/// so that memory stays bounded.
const MAX_CLIENTS: usize = 100_000;

/// The cost that a client may spend.
#[derive(Debug, Clone, Copy)]
pub struct CostBudget {
    /// The size of the bucket.
    pub capacity: u64,
    /// The cost that each second restores.
    pub restored_per_second: u64,
}

impl CostBudget {
    /// Enough for any page of a client and for a busy script; not enough for one client to keep a server busy.
    pub const STANDARD: Self = Self {
        capacity: 50_000,
        restored_per_second: 1_000,
    };
}

/// The client that a limit counts for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum ClientKey {
    /// A signed-in user.
    User(UserId),
    /// A client that is not signed in, by address.
    Address(Option<IpAddr>),
}

/// The bucket that an operation's cost is taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct BudgetKey {
    pub(crate) client: ClientKey,
    /// The mutation that has a bucket of its own; none for everything else.
    pub(crate) mutation: Option<&'static str>,
}

/// The cost of an operation, as taken from the client's bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OperationCost {
    pub(crate) requested: u64,
    pub(crate) available: u64,
    pub(crate) restored_per_second: u64,
}

/// The buckets of all clients.
#[derive(Debug)]
pub(crate) struct Budgets {
    budget: CostBudget,
    /// The cost missing in each bucket, and the time at which it was computed.
    spent: Mutex<HashMap<BudgetKey, (u64, DateTime<Utc>)>>,
}

impl Budgets {
    /// Budgets with every bucket full.
    pub(crate) fn new(budget: CostBudget) -> Self {
        Self {
            budget,
            spent: Mutex::default(),
        }
    }

    /// Takes `cost` from the bucket `key`; refused, with nothing taken, when the bucket holds less.
    pub(crate) fn spend(
        &self,
        key: BudgetKey,
        cost: u64,
        now: DateTime<Utc>,
    ) -> Result<OperationCost, RequestError> {
        let CostBudget {
            capacity,
            restored_per_second,
        } = self.budget;
        let mut spent = self.spent.lock();
        if spent.len() >= MAX_CLIENTS {
            spent.retain(|_, bucket| self.missing(*bucket, now) > 0);
            if spent.len() >= MAX_CLIENTS {
                spent.clear();
            }
        }
        let before = spent.get(&key).map_or(0, |bucket| self.missing(*bucket, now));
        let missing = before.saturating_add(cost);
        if missing > capacity {
            let millis = ((missing - capacity) * 1_000).div_ceil(restored_per_second.max(1));
            let message = format!(
                "the operation costs {cost}, and {} of {capacity} are left; try again in {} s",
                capacity - before,
                millis.div_ceil(1_000)
            );
            let error = RequestError::new(StatusCode::TOO_MANY_REQUESTS, ErrorCode::RateLimited, message);
            return Err(error.with_extension("retryAfterMs", millis));
        }
        spent.insert(key, (missing, now));
        Ok(OperationCost {
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

impl OperationCost {
    /// The value of `extensions.cost` in a response.
    pub(crate) fn to_value(self) -> Value {
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

    fn anything_of(address: Option<IpAddr>) -> BudgetKey {
        BudgetKey {
            client: ClientKey::Address(address),
            mutation: None,
        }
    }

    #[test]
    fn a_bucket_empties_with_use_and_fills_with_time() {
        let budgets = Budgets::new(CostBudget {
            capacity: 100,
            restored_per_second: 10,
        });
        let (nobody, other) = (anything_of(None), anything_of(Some([1, 2, 3, 4].into())));
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

        for address in 0..=u32::try_from(MAX_CLIENTS).unwrap() {
            let key = anything_of(Some(std::net::Ipv4Addr::from_bits(address).into()));
            budgets.spend(key, 50, DateTime::UNIX_EPOCH).unwrap();
        }

        assert_eq!(budgets.spent.lock().len(), 1);
    }

    #[test]
    fn a_bucket_that_nobody_fills_is_refused_for_long_and_does_not_divide_by_nothing() {
        let budgets = Budgets::new(CostBudget {
            capacity: 1,
            restored_per_second: 0,
        });

        assert!(budgets.spend(anything_of(None), 2, DateTime::UNIX_EPOCH).is_err());
    }
}
