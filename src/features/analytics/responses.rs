//! Histogram of response times. No I/O.

use chrono::TimeDelta;

/// Upper bound of each span, in seconds. A response after the last one, a week, does not count as an answer.
const SPAN_ENDS_SECONDS: [i64; 40] = [
    1, 2, 3, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 300, 420, 600, 900, 1_200, 1_800, 2_700, 3_600,
    5_400, 7_200, 10_800, 14_400, 21_600, 28_800, 43_200, 57_600, 72_000, 86_400, 129_600, 172_800, 216_000,
    259_200, 345_600, 432_000, 518_400, 604_800,
];

/// Counts of answers by the time they took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Histogram(Vec<i64>);

impl Default for Histogram {
    fn default() -> Self {
        Self(vec![0; SPAN_ENDS_SECONDS.len()])
    }
}

impl Histogram {
    /// The counts of a single answer, as a row stores them; none when it took too long to be an answer.
    pub fn one(took: TimeDelta) -> Option<Vec<i32>> {
        let seconds = took.num_seconds().max(0);
        let place = SPAN_ENDS_SECONDS.iter().position(|longest| seconds <= *longest)?;
        let mut counts = vec![0; SPAN_ENDS_SECONDS.len()];
        counts[place] = 1;
        Some(counts)
    }

    /// Adds the counts of a row.
    pub fn add(&mut self, counts: &[i32]) {
        for (sum, count) in self.0.iter_mut().zip(counts) {
            *sum += i64::from(*count);
        }
    }

    /// Number of answers.
    pub fn answers(&self) -> i64 {
        self.0.iter().sum()
    }

    /// The time in seconds within which `share` of the answers came, interpolated within its span; none without
    /// answers.
    pub fn quantile(&self, share: f64) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "counts and seconds below 2^53")]
        let exact = |number: i64| number as f64;
        let answers = self.answers();
        if answers == 0 {
            return None;
        }
        let wanted = share * exact(answers);
        let (mut below, mut shortest) = (0, 0);
        for (count, longest) in self.0.iter().zip(SPAN_ENDS_SECONDS) {
            if *count > 0 && exact(below + count) >= wanted {
                let within = (wanted - exact(below)) / exact(*count);
                return Some(exact(shortest) + within * exact(longest - shortest));
            }
            below += count;
            shortest = longest;
        }
        Some(exact(SPAN_ENDS_SECONDS[SPAN_ENDS_SECONDS.len() - 1]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn histogram(seconds: &[i64]) -> Histogram {
        let mut histogram = Histogram::default();
        for took in seconds {
            histogram.add(&Histogram::one(TimeDelta::seconds(*took)).unwrap());
        }
        histogram
    }

    #[test]
    fn quantiles_lie_within_the_span_of_the_answer_they_name() {
        let answers = histogram(&[4, 25, 25, 50, 4_000, 4_000, 4_000, 4_000, 4_000, 80_000]);

        assert_eq!(answers.answers(), 10);
        let median = answers.quantile(0.5).unwrap();
        let late = answers.quantile(0.99).unwrap();
        assert!((3_600.0..=5_400.0).contains(&median), "{median}");
        assert!((72_000.0..=86_400.0).contains(&late), "{late}");
    }

    #[test]
    fn without_answers_there_is_no_time() {
        assert_eq!(histogram(&[]).quantile(0.5), None);
    }

    #[test]
    fn what_comes_after_a_week_is_no_answer() {
        assert_eq!(Histogram::one(TimeDelta::days(8)), None);
        assert!(Histogram::one(TimeDelta::days(7)).is_some());
        assert!(Histogram::one(TimeDelta::seconds(-3)).is_some());
    }
}
