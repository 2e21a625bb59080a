use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::buckets::Buckets;
use super::growing_delay::{DelayGrowth, GrowingDelay};
use super::{Rate, Shortage, TooOften};
use crate::clock::SharedClock;
use crate::metrics::Metrics;
use crate::redis::{Redis, Script};

/// Makes limiters that count together on all nodes, or in one process where there is no Redis. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Limiters {
    // One pointer, because every service holds it.
    halves: Arc<Halves>,
}

#[derive(Debug)]
struct Halves {
    clock: SharedClock,
    metrics: Metrics,
    shared: Option<Shared>,
}

/// The half in Redis, and its scripts.
#[derive(Debug)]
struct Shared {
    redis: Redis,
    bucket: Script,
    growing_delay: Script,
}

impl Limiters {
    /// Limiters that count in this process.
    pub fn in_process(clock: SharedClock, metrics: Metrics) -> Self {
        let halves = Halves {
            clock,
            metrics,
            shared: None,
        };
        Self {
            halves: Arc::new(halves),
        }
    }

    /// Limiters that count together on all nodes that use `redis`.
    pub fn across_nodes(clock: SharedClock, metrics: Metrics, redis: Redis) -> Self {
        let shared = Shared {
            redis,
            bucket: Script::new(include_str!("bucket.lua")),
            growing_delay: Script::new(include_str!("growing_delay.lua")),
        };
        let halves = Halves {
            clock,
            metrics,
            shared: Some(shared),
        };
        Self {
            halves: Arc::new(halves),
        }
    }

    /// A limiter with full buckets; `name` is the same on all nodes and of no other limiter.
    pub fn limiter(&self, name: &'static str, rate: Rate) -> Limiter {
        Limiter {
            local: Buckets::new(SharedClock::clone(&self.halves.clock), rate),
            shared: self.halves.shared.as_ref().map(|shared| SharedCounts {
                redis: shared.redis.clone(),
                script: shared.bucket.clone(),
                name,
            }),
            refusals: self.refusals(name),
            rate,
        }
    }

    /// Delays that grow by `growth`; `name` is the same on all nodes and of no other limiter.
    pub fn growing_delay(&self, name: &'static str, growth: DelayGrowth) -> GrowingDelay {
        let shared = self.halves.shared.as_ref().map(|shared| SharedCounts {
            redis: shared.redis.clone(),
            script: shared.growing_delay.clone(),
            name,
        });
        GrowingDelay::new(&self.halves.clock, growth, self.refusals(name), shared)
    }

    fn refusals(&self, name: &'static str) -> Refusals {
        let metrics = self.halves.metrics.clone();
        metrics.limits_hit.declare(name);
        Refusals { metrics, name }
    }
}

/// Counts the refusals of one limiter.
#[derive(Debug, Clone)]
pub(super) struct Refusals {
    metrics: Metrics,
    name: &'static str,
}

impl Refusals {
    /// The same answer, counted when it is a refusal.
    pub(super) fn count<T, E>(&self, answer: Result<T, E>) -> Result<T, E> {
        if answer.is_err() {
            self.metrics.limits_hit.add_one(self.name);
        }
        answer
    }
}

/// The counts of one limiter in Redis.
#[derive(Clone)]
pub(super) struct SharedCounts {
    redis: Redis,
    script: Script,
    name: &'static str,
}

impl SharedCounts {
    /// Runs the script for `key`; none while Redis is away.
    pub(super) async fn run(&self, key: &str, args: &[i64]) -> Option<Vec<i64>> {
        self.redis.run(&self.script, self.name, key, args).await
    }
}

impl fmt::Debug for SharedCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// Limits the rate of one thing, for many keys: each may do it `burst` times at once, and then once in each
/// `per / burst`.
#[derive(Debug)]
pub struct Limiter {
    local: Buckets,
    shared: Option<SharedCounts>,
    refusals: Refusals,
    rate: Rate,
}

impl Limiter {
    /// Counts once for `key`. Waits for other nodes' counts at most 50 ms.
    ///
    /// # Errors
    /// [`TooOften`] when the bucket is empty; then nothing was counted.
    pub async fn spend(&self, key: &str) -> Result<(), TooOften> {
        let taken = self.take(key, 1).await;
        taken
            .map(drop)
            .map_err(|Shortage { retry_after, .. }| TooOften { retry_after })
    }

    /// Takes `cost` from the bucket of `key`; returns what is left in it. Waits for other nodes' counts at most 50 ms.
    ///
    /// # Errors
    /// [`Shortage`] when the bucket holds less; then nothing was taken.
    pub async fn take(&self, key: &str, cost: u32) -> Result<u32, Shortage> {
        self.refusals.count(self.take_uncounted(key, cost).await)
    }

    async fn take_uncounted(&self, key: &str, cost: u32) -> Result<u32, Shortage> {
        let left = self.local.take(key, cost)?;
        let taken = self.take_shared(key, i64::from(cost)).await.unwrap_or(Ok(left));
        if taken.is_err() {
            self.local.give_back(key, cost);
        }
        taken
    }

    /// Undoes one [`Self::spend`] of `key` that must not count. Where Redis is away at just one of both, the other nodes
    /// count one too many or too few until it is restored.
    pub async fn give_back(&self, key: &str) {
        self.local.give_back(key, 1);
        let _ = self.take_shared(key, -1).await;
    }

    /// Takes `cost` in Redis, or gives it back where it is negative; none while Redis is away.
    async fn take_shared(&self, key: &str, cost: i64) -> Option<Result<u32, Shortage>> {
        let args = [
            self.rate.per.num_microseconds()?,
            i64::from(self.rate.burst.max(1)),
            cost,
        ];
        let answer = self.shared.as_ref()?.run(key, &args).await?;
        let &[left, wait_us] = answer.as_slice() else {
            return None;
        };
        let left = u32::try_from(left).unwrap_or(0);
        Some(match u64::try_from(wait_us) {
            Ok(0) | Err(_) => Ok(left),
            Ok(wait_us) => Err(Shortage {
                left,
                retry_after: Duration::from_micros(wait_us),
            }),
        })
    }
}
