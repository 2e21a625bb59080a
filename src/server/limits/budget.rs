//! The cost budget of each client: a token bucket that operations empty and time refills.

use std::fmt;
use std::net::IpAddr;

use async_graphql::Value;
use axum::http::StatusCode;
use chrono::TimeDelta;

use crate::graphql::ErrorCode;
use crate::id::UserId;
use crate::limiter::{self, Limiter, Limiters, Rate, Shortage};
use crate::server::request_error::RequestError;

/// The cost that a client may spend.
#[derive(Debug, Clone, Copy)]
pub struct CostBudget {
    /// The size of the bucket.
    pub capacity: u64,
    /// The cost that each second restores.
    pub restored_per_second: u64,
}

impl CostBudget {
    /// A budget of `capacity`, restored in 50 seconds. 50,000 are enough for any page of a client and for a busy script, and
    /// not enough for one client to keep a server busy.
    pub fn of_capacity(capacity: u32) -> Self {
        Self {
            capacity: capacity.into(),
            restored_per_second: u64::from(capacity / 50),
        }
    }
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
    buckets: Limiter,
}

impl Budgets {
    /// Budgets with every bucket full.
    pub(crate) fn new(budget: CostBudget, limiters: &Limiters) -> Self {
        let millis = budget.capacity.saturating_mul(1_000) / budget.restored_per_second.max(1);
        let rate = Rate {
            burst: budget.capacity.try_into().unwrap_or(u32::MAX),
            per: TimeDelta::milliseconds(millis.try_into().unwrap_or(i64::from(u32::MAX))),
        };
        Self {
            budget,
            buckets: limiters.limiter("operations", rate),
        }
    }

    /// Takes `cost` from the bucket `key`; refused, with nothing taken, when the bucket holds less.
    pub(crate) async fn spend(&self, key: BudgetKey, cost: u64) -> Result<OperationCost, RequestError> {
        let whole = u32::try_from(cost).unwrap_or(u32::MAX);
        let taken = self.buckets.take(&key.to_string(), whole).await;
        let available = taken.map_err(|shortage| self.refusal(cost, shortage))?;
        Ok(OperationCost {
            requested: cost,
            available: u64::from(available),
            restored_per_second: self.budget.restored_per_second,
        })
    }

    fn refusal(&self, cost: u64, Shortage { left, retry_after }: Shortage) -> RequestError {
        let millis = u64::try_from(retry_after.as_micros().div_ceil(1_000)).unwrap_or(u64::MAX);
        let message = format!(
            "the operation costs {cost}, and {left} of {} are left; try again in {} s",
            self.budget.capacity,
            millis.div_ceil(1_000)
        );
        RequestError::new(StatusCode::TOO_MANY_REQUESTS, ErrorCode::RateLimited, message)
            .with_extension("retryAfterMs", millis)
    }
}

impl fmt::Display for BudgetKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.client {
            ClientKey::User(user) => write!(f, "{user}")?,
            ClientKey::Address(ip) => f.write_str(&limiter::address_key(ip))?,
        }
        self.mutation.map_or(Ok(()), |mutation| write!(f, " {mutation}"))
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
    use std::sync::Arc;

    use chrono::DateTime;

    use super::*;
    use crate::clock::ManualClock;
    use crate::metrics::Metrics;

    fn anything_of(address: Option<IpAddr>) -> BudgetKey {
        BudgetKey {
            client: ClientKey::Address(address),
            mutation: None,
        }
    }

    fn budgets(capacity: u64, restored_per_second: u64) -> (Arc<ManualClock>, Budgets) {
        let clock = Arc::new(ManualClock::new(DateTime::UNIX_EPOCH));
        let limiters = Limiters::in_process(clock.clone(), Metrics::default());
        let budget = CostBudget {
            capacity,
            restored_per_second,
        };
        (clock, Budgets::new(budget, &limiters))
    }

    #[tokio::test]
    async fn a_bucket_empties_with_use_and_fills_with_time() {
        let (clock, budgets) = budgets(100, 10);
        let (nobody, other) = (anything_of(None), anything_of(Some([1, 2, 3, 4].into())));
        let available = async |key, cost| budgets.spend(key, cost).await.unwrap().available;

        assert_eq!(available(nobody, 90).await, 10);
        let refused = budgets.spend(nobody, 20).await.unwrap_err();
        assert_eq!(
            refused.error.extensions.unwrap().get("retryAfterMs"),
            Some(&Value::from(1_000_u64))
        );
        assert_eq!(available(other, 20).await, 80);
        clock.advance(TimeDelta::seconds(1));
        assert_eq!(available(nobody, 20).await, 0);
        clock.advance(TimeDelta::hours(1));
        assert_eq!(available(nobody, 1).await, 99);
    }

    #[tokio::test]
    async fn a_bucket_that_nobody_fills_is_refused_for_long_and_does_not_divide_by_nothing() {
        let (_, budgets) = budgets(1, 0);

        assert!(budgets.spend(anything_of(None), 2).await.is_err());
    }

    #[tokio::test]
    async fn a_mutation_that_counts_apart_leaves_the_rest_alone() {
        let (_, budgets) = budgets(10, 1);
        let everything = anything_of(None);
        let log_in = BudgetKey {
            mutation: Some("logIn"),
            ..everything
        };

        assert_eq!(budgets.spend(log_in, 10).await.unwrap().available, 0);
        assert_eq!(budgets.spend(everything, 10).await.unwrap().available, 0);
    }
}
