use std::ops::Add;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// Clock that nobody sets. On Linux it runs while the machine sleeps, which [`std::time::Instant`] does not.
#[cfg(any(target_os = "linux", target_os = "android"))]
const CLOCK: ClockId = ClockId::Boottime;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const CLOCK: ClockId = ClockId::Monotonic;

/// Time since the machine was started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::whatsapp) struct BootTime(Duration);

impl BootTime {
    pub(in crate::whatsapp) fn now() -> Self {
        let time = clock_gettime(CLOCK);
        // The clock begins at zero and has whole nanoseconds.
        let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
        let nanos = u32::try_from(time.tv_nsec).unwrap_or_default();
        Self(Duration::new(seconds, nanos))
    }

    /// Time from now until this one; zero when it has passed.
    pub(in crate::whatsapp) fn left(self) -> Duration {
        self.0.saturating_sub(Self::now().0)
    }
}

impl Add<Duration> for BootTime {
    type Output = Self;

    fn add(self, span: Duration) -> Self {
        Self(self.0 + span)
    }
}
