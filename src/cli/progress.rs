//! The progress of a long command on standard error: a bar that grows at a terminal, and elsewhere a line now and then.

use std::io::{self, IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

/// The length of the bar.
const WIDTH: usize = 30;
/// The shortest time between two pictures at a terminal.
const REDRAW_AFTER: Duration = Duration::from_millis(100);
/// The shortest time between two lines elsewhere, such as a log.
const LINE_AFTER: Duration = Duration::from_secs(10);

/// The progress towards a total that is known.
pub(super) struct ProgressBar {
    total: u64,
    is_terminal: bool,
    drawn_at: Option<Instant>,
}

impl ProgressBar {
    pub(super) fn new(total: u64) -> Self {
        Self {
            total,
            is_terminal: io::stderr().is_terminal(),
            drawn_at: None,
        }
    }

    /// Shows that so much of the total is done; `text` says more.
    pub(super) fn show(&mut self, done: u64, text: &str) {
        let pause = if self.is_terminal {
            REDRAW_AFTER
        } else {
            LINE_AFTER
        };
        if self.drawn_at.is_some_and(|at| at.elapsed() < pause) {
            return;
        }
        self.drawn_at = Some(Instant::now());
        self.draw(done, text);
    }

    /// Shows the end, and leaves the line.
    pub(super) fn finish(&mut self, done: u64, text: &str) {
        self.draw(done, text);
        if self.is_terminal {
            let _ = writeln!(io::stderr());
        }
    }

    fn draw(&self, done: u64, text: &str) {
        let picture = picture(done, self.total);
        // The command goes on when nobody can see it.
        let _ = if self.is_terminal {
            write!(io::stderr(), "\r{picture} {text}\x1b[K").and_then(|()| io::stderr().flush())
        } else {
            writeln!(io::stderr(), "{picture} {text}")
        };
    }
}

fn picture(done: u64, total: u64) -> String {
    let (done, total) = (u128::from(done.min(total)), u128::from(total.max(1)));
    let done = if done == 0 && total == 1 { 1 } else { done };
    let share = |of: usize| usize::try_from(done * of as u128 / total).unwrap_or(of);
    let filled = share(WIDTH);
    format!(
        "[{}{}] {:>3} %",
        "#".repeat(filled),
        "-".repeat(WIDTH - filled),
        share(100)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_grows_from_empty_to_full() {
        assert_eq!(picture(0, 1_000), format!("[{}]   0 %", "-".repeat(30)));
        assert_eq!(
            picture(500, 1_000),
            format!("[{}{}]  50 %", "#".repeat(15), "-".repeat(15))
        );
        assert_eq!(picture(2_000, 1_000), format!("[{}] 100 %", "#".repeat(30)));
        assert_eq!(picture(0, 0), format!("[{}] 100 %", "#".repeat(30)));
    }
}
