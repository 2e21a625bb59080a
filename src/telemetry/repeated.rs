use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// The period that the bound is for.
const PERIOD: Duration = Duration::from_mins(1);
/// Lines in a period.
const MAX_LINES: u32 = 10;

/// A line of the log that may come in a flood: ten are written a minute, and the next one tells how many were not.
#[derive(Debug, Default)]
pub struct RepeatedLine(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    since: Option<Instant>,
    written: u32,
    left_out: u64,
}

impl RepeatedLine {
    /// Counts a line. None when it must not be written; else the number of those that were not written before it.
    pub fn permit(&self) -> Option<u64> {
        self.permit_at(Instant::now())
    }

    fn permit_at(&self, now: Instant) -> Option<u64> {
        let state = &mut *self.0.lock();
        if state.since.is_none_or(|since| now - since >= PERIOD) {
            state.since = Some(now);
            state.written = 0;
        }
        if state.written == MAX_LINES {
            state.left_out += 1;
            return None;
        }
        state.written += 1;
        Some(std::mem::take(&mut state.left_out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_flood_ten_lines_a_minute_are_written_and_the_rest_is_counted() {
        let (line, now) = (RepeatedLine::default(), Instant::now());

        let written = (0..50).filter_map(|_| line.permit_at(now)).count();
        let next = [line.permit_at(now + PERIOD), line.permit_at(now + PERIOD)];

        assert_eq!(written, 10);
        assert_eq!(next, [Some(40), Some(0)]);
    }
}
