//! Counts of metrics and their changes. No I/O.

use std::ops::{AddAssign, Index, IndexMut};

use crate::counts::Metric;

/// The count of each metric.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts([i64; Metric::ALL.len()]);

impl Index<Metric> for Counts {
    type Output = i64;

    fn index(&self, metric: Metric) -> &i64 {
        &self.0[metric as usize]
    }
}

impl IndexMut<Metric> for Counts {
    fn index_mut(&mut self, metric: Metric) -> &mut i64 {
        &mut self.0[metric as usize]
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        for (count, more) in self.0.iter_mut().zip(other.0) {
            *count += more;
        }
    }
}

/// Returns the relative change: 0.5 is +50 %. None when the count before was zero.
pub(super) fn change(now: i64, before: i64) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "a share of counts below 2^53")]
    let change = (now - before) as f64 / before as f64;
    (before != 0).then_some(change)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metric_has_a_place_of_its_own() {
        let mut counts = Counts::default();
        for (number, metric) in (1..).zip(Metric::ALL) {
            counts[metric] = number;
        }
        counts += counts;

        let doubled: Vec<i64> = Metric::ALL.iter().map(|metric| counts[*metric]).collect();
        assert_eq!(doubled, [2, 4, 6, 8, 10, 12, 14, 16]);
    }

    #[test]
    fn a_change_is_a_share_of_what_was_before() {
        assert_eq!(change(15, 10), Some(0.5));
        assert_eq!(change(0, 4), Some(-1.0));
        assert_eq!(change(4, 0), None);
    }
}
