//! A history: what happens to six people in half a year, by a seed.

use std::collections::BTreeSet;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use super::checks::Checks;
use super::courier::Courier;
use super::deeds;
use super::market::{Market, Terms, days};
use super::shift::work_off;

const STEPS: u32 = 14;
/// Number of reconciliations that Stripe may refuse in the end: each has one request at least, and each step may have made
/// some fail.
const REFUSED_AT_MOST: u32 = STEPS * deeds::MOST_FAILED_REQUESTS;

/// Lives through the history of `seed`; returns the lines of the table of effects that decided about somebody.
///
/// # Errors
/// What went wrong, and all that happened before.
pub(super) async fn live(seed: u64) -> Result<BTreeSet<String>, String> {
    let mut random = StdRng::seed_from_u64(seed);
    let mut history = History {
        market: Market::open(Terms::any(&mut random)).await,
        random,
        courier: Courier::default(),
        checks: Checks::default(),
        is_working: true,
        log: Vec::new(),
    };
    let lived = history.go_on().await;
    let History {
        market, log, checks, ..
    } = history;
    market.close().await;
    lived.map(|()| checks.lines).map_err(|wrong| {
        let (wrong, log) = (wrong.join("\n"), log.join(", "));
        format!("AMDA_MONEY_SEED={seed} fails:\n{wrong}\nafter:\n{log}")
    })
}

struct History {
    market: Market,
    random: StdRng,
    courier: Courier,
    checks: Checks,
    /// AMDA's jobs run.
    is_working: bool,
    log: Vec<String>,
}

impl History {
    async fn go_on(&mut self) -> Result<(), Vec<String>> {
        for _ in 0..STEPS {
            self.let_people_act().await;
            if self.random.random_bool(0.2) {
                self.log.push("Stripe does not answer for a while".to_owned());
                deeds::fail_requests(&self.market, &mut self.random);
            }
            if self.random.random_bool(0.3) {
                self.is_working = !self.is_working;
                self.log.push(format!("the jobs run: {}", self.is_working));
            }
            self.let_time_pass().await?;
            if self.random.random_bool(0.25) {
                self.reconcile().await?;
            }
        }
        for _ in 0..=REFUSED_AT_MOST {
            if self.reconcile().await? {
                return Ok(());
            }
        }
        Err(vec!["no reconciliation succeeds".to_owned()])
    }

    async fn let_people_act(&mut self) {
        for who in 0..self.market.people.len() {
            if self.random.random_bool(0.6) {
                let what = deeds::happen(&mut self.market, who, &mut self.random).await;
                self.log.push(format!("person {who} {what}"));
                // No two things happen to anybody in one second.
                self.market.pass(self.random.random_range(1..900));
            }
        }
    }

    /// Lets hours or weeks pass, in several pieces while the jobs run.
    async fn let_time_pass(&mut self) -> Result<(), Vec<String>> {
        let longest = if self.random.random_bool(0.5) {
            days(2)
        } else {
            days(40)
        };
        let seconds = self.random.random_range(60..longest);
        let pieces = if self.is_working {
            self.random.random_range(1..4)
        } else {
            1
        };
        for _ in 0..pieces {
            self.market.pass(seconds / pieces);
            self.log.push(format!("it is {}", self.market.now()));
            self.courier.deliver(&self.market, &mut self.random).await;
            if self.is_working {
                work_off(&self.market).await;
                none(self.checks.after_work(&self.market).await)?;
            }
        }
        Ok(())
    }

    /// Reconciles; false where Stripe does not answer.
    async fn reconcile(&mut self) -> Result<bool, Vec<String>> {
        let Some(done) = self.market.reconcile().await else {
            self.log.push("a reconciliation fails".to_owned());
            // It may have come to some of them.
            self.checks.remember(&self.market).await;
            return Ok(false);
        };
        self.log.push("a reconciliation".to_owned());
        assert_eq!(done.failures, 0, "every customer can be looked at");
        none(self.checks.after_reconciliation(&self.market).await)?;
        Ok(true)
    }
}

fn none(wrong: Vec<String>) -> Result<(), Vec<String>> {
    if wrong.is_empty() { Ok(()) } else { Err(wrong) }
}
