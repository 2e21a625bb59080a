//! The fingerprints of terms.

use std::collections::{BTreeSet, HashSet};

use super::{grams, words};
use crate::crypto::{DataKey, Fingerprints};

/// The version of the index. It changes with the words, the terms and their fingerprints.
pub const VERSION: i16 = 3;

/// The number of different fingerprints of one user. Fewer of them hide more and propose more rows in vain: a message of
/// a hundred terms is proposed for one of 160 terms that it has not got.
pub const BUCKETS: i64 = 1 << 14;

/// Returns the index terms of `texts`, in order; at most [`BUCKETS`].
pub fn index<'a>(key: &DataKey, texts: impl IntoIterator<Item = &'a str>) -> Vec<i64> {
    let words: HashSet<String> = texts.into_iter().flat_map(words::words).collect();
    terms(key, words.iter().flat_map(|word| grams::of_text(word)))
}

/// Returns the fingerprints of `grams`, in order and each once.
pub(super) fn terms(key: &DataKey, grams: impl Iterator<Item = String>) -> Vec<i64> {
    let prints = key.fingerprints("search n-grams");
    // Differs from user to user, so that a lookup reads the rows of one user.
    let base = base(&prints);
    let grams: HashSet<String> = grams.collect();
    let terms: BTreeSet<i64> = grams
        .iter()
        .map(|gram| base | (prints.of(gram) & (BUCKETS - 1)))
        .collect();
    terms.into_iter().collect()
}

fn base(prints: &Fingerprints) -> i64 {
    prints.of("") & !(BUCKETS - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_any_length_has_a_bounded_number_of_terms() {
        let long: String = (0..20_000_u32)
            .filter_map(|number| char::from_u32(0x4E00 + number))
            .collect();

        let terms = index(&DataKey::generate(), [long.as_str()]);

        assert!(i64::try_from(terms.len()).unwrap() <= BUCKETS);
        assert!(terms.is_sorted());
    }

    #[test]
    fn terms_of_two_users_have_nothing_in_common() {
        let (one, other) = (DataKey::generate(), DataKey::generate());
        let terms = index(&one, ["secret"]);

        assert!(index(&other, ["secret"]).iter().all(|term| !terms.contains(term)));
        assert_eq!(terms, index(&one, ["SECRET secret"]));
    }
}
