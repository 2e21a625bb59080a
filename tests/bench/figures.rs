//! Figures of what clients do at once.

use std::time::{Duration, Instant};

use futures::future::join_all;

/// The time for each figure.
pub(super) const FOR: Duration = Duration::from_secs(10);

/// How long each of several acts took, and all of them together.
pub(super) struct Timed {
    took: Vec<Duration>,
    elapsed: Duration,
}

impl Timed {
    /// Lets each of `clients` act again and again, for [`FOR`].
    pub(super) async fn clients(clients: usize, act: impl AsyncFn(usize)) -> Self {
        let started = Instant::now();
        let act = &act;
        let acting = (0..clients).map(|client| async move {
            let mut took = Vec::new();
            while started.elapsed() < FOR {
                took.push(timed(act(client)).await);
            }
            took
        });
        let took = join_all(acting).await.concat();
        Self::of(took, started)
    }

    /// Lets `clients` act together, each once a round, for [`FOR`]; `prepare` is called before each round.
    pub(super) async fn rounds(clients: usize, prepare: impl Fn(), act: impl AsyncFn(usize)) -> Self {
        let started = Instant::now();
        let mut took = Vec::new();
        while started.elapsed() < FOR {
            prepare();
            took.extend(join_all((0..clients).map(|client| timed(act(client)))).await);
        }
        Self::of(took, started)
    }

    fn of(mut took: Vec<Duration>, started: Instant) -> Self {
        took.sort_unstable();
        Self {
            took,
            elapsed: started.elapsed(),
        }
    }

    /// Prints how many there were a second, and how long half and nearly all of them took at most.
    pub(super) fn print(&self, what: &str) {
        let millis = |of_hundred: usize| {
            let at = (self.took.len() - 1) * of_hundred / 100;
            self.took[at].as_secs_f64() * 1_000.0
        };
        println!(
            "{what}: {:.1}/s, p50 {:.1} ms, p99 {:.1} ms",
            rate(self.took.len(), self.elapsed),
            millis(50),
            millis(99)
        );
    }
}

async fn timed(act: impl Future<Output = ()>) -> Duration {
    let begun = Instant::now();
    act.await;
    begun.elapsed()
}

/// How many a second.
pub(super) fn rate(count: usize, elapsed: Duration) -> f64 {
    f64::from(u32::try_from(count).unwrap()) / elapsed.as_secs_f64()
}
