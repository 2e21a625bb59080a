use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;

use crate::clock::{SharedClock, SystemClock};
use crate::features::Delay;
use crate::features::users::Limits;
use crate::whatsapp::outbox::Budget;
use crate::whatsapp::{LeaseTiming, Timing};

/// Parameters that tests choose and that are fixed in service.
#[derive(Debug, Clone)]
pub struct Tuning {
    /// The clock.
    pub clock: SharedClock,
    /// The cost factor of bcrypt.
    pub password_cost: u32,
    /// The rate limits of sign-in and of linking; none switches them off.
    pub limits: Option<Limits>,
    /// The timeouts of sessions.
    pub timing: Timing,
    /// The durations of the leases of accounts.
    pub lease: LeaseTiming,
    /// The sending limits of each account.
    pub budget: Budget,
    /// The random delay before an automatic like or answer is sent.
    pub delay: Delay,
    /// Time after its planned moment within which a scheduled status may still be published.
    pub status_grace: TimeDelta,
    /// Age of the totals among the metrics at which a scrape reads them anew.
    pub metrics_age: Duration,
}

impl Tuning {
    /// The values in service.
    pub fn in_service() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            password_cost: 12,
            limits: Some(Limits::in_service()),
            timing: Timing::USUAL,
            lease: LeaseTiming::USUAL,
            budget: Budget::USUAL,
            delay: Delay::USUAL,
            status_grace: TimeDelta::minutes(15),
            metrics_age: Duration::from_secs(5),
        }
    }
}
