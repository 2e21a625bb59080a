//! Full-text search over the sealed words of kept messages, through a blind index: beside each message lie keyed fingerprints of its words
//! and of their beginnings, and a search asks for fingerprints.
//!
//! Words are compared without case and accents. A reader of the database without the user's key learns which
//! messages of one user share words, and how common each is; never which words they are.
//!
//! Limits: a word is a run of letters and digits, so a script without spaces is found by the beginning of a run only;
//! of a word the first 32 characters count, and of a message the first 2,000 terms.

use std::collections::BTreeSet;

use thiserror::Error;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{canonical_combining_class, is_combining_mark};

use crate::crypto::DataKey;

const LONGEST_WORD: usize = 32;
const SHORTEST_BEGINNING: usize = 3;
const MOST_TERMS: usize = 2_000;
/// Further words of a search are left out.
const MOST_WANTED: usize = 16;
/// The longest search, in characters.
const LONGEST_SEARCH: usize = 200;

/// A search of more characters than are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("search is {0} characters long; pass at most {LONGEST_SEARCH}")]
pub struct LongSearch(usize);

/// A search without a word in it: nothing is found by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("there is no word in the search")]
pub struct Wordless;

/// A client's search of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search(String);

impl Search {
    /// Reads what a client searches for; none is the same as nothing but spaces.
    ///
    /// # Errors
    /// [`LongSearch`].
    pub fn parse(wanted: Option<String>) -> Result<Self, LongSearch> {
        let wanted = wanted.unwrap_or_default();
        let length = wanted.chars().count();
        if length > LONGEST_SEARCH {
            return Err(LongSearch(length));
        }
        Ok(Self(wanted))
    }

    /// The terms to ask the index for (see [`query`]); `None` without a search.
    ///
    /// # Errors
    /// [`Wordless`].
    pub fn terms(&self, key: &DataKey) -> Result<Option<Vec<i64>>, Wordless> {
        if self.0.trim().is_empty() {
            return Ok(None);
        }
        query(key, &self.0).map(Some).ok_or(Wordless)
    }
}

/// The index terms of `texts`.
pub fn index<'a>(key: &DataKey, texts: impl IntoIterator<Item = &'a str>) -> Vec<i64> {
    let mut terms = BTreeSet::new();
    for word in texts.into_iter().flat_map(words) {
        if terms.len() >= MOST_TERMS {
            break;
        }
        let ends = word.char_indices().map(|(at, _)| at).skip(SHORTEST_BEGINNING);
        for end in ends {
            terms.insert(word[..end].to_owned());
        }
        terms.insert(word);
    }
    terms.iter().map(|term| fingerprint(key, term)).collect()
}

/// The terms to ask the index for: each word of `wanted` must occur, whole or as a prefix of three letters or more.
/// `None` when `wanted` has no word.
pub fn query(key: &DataKey, wanted: &str) -> Option<Vec<i64>> {
    let terms: BTreeSet<String> = words(wanted).take(MOST_WANTED).collect();
    (!terms.is_empty()).then(|| terms.iter().map(|term| fingerprint(key, term)).collect())
}

fn fingerprint(key: &DataKey, term: &str) -> i64 {
    key.fingerprint("search", term)
}

fn words(text: &str) -> impl Iterator<Item = String> {
    let folded: String = text.nfkd().filter(|c| !is_accent(*c)).flat_map(folded).collect();
    let words: Vec<String> = folded
        .split(|c: char| !c.is_alphanumeric() && !is_combining_mark(c))
        .filter(|word| !word.is_empty())
        .map(|word| word.chars().take(LONGEST_WORD).collect())
        .collect();
    words.into_iter()
}

/// Accents, vowel points and the like; not the vowel signs and voicing marks that make another letter in other
/// scripts (classes 0, and 7 to 9).
fn is_accent(c: char) -> bool {
    canonical_combining_class(c) >= 10
}

/// Lower case, and letters with a stroke or joined into one, which Unicode does not take apart.
fn folded(c: char) -> impl Iterator<Item = char> {
    let plain = match c {
        'ß' | 'ẞ' => "ss",
        'æ' | 'Æ' => "ae",
        'œ' | 'Œ' => "oe",
        'ø' | 'Ø' => "o",
        'ł' | 'Ł' => "l",
        'đ' | 'Đ' | 'ð' | 'Ð' => "d",
        'ħ' | 'Ħ' => "h",
        'ı' | 'İ' => "i",
        'þ' | 'Þ' => "th",
        'ς' => "σ",
        _ => "",
    };
    plain
        .chars()
        .chain(c.to_lowercase().filter(move |_| plain.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finds(text: &str, wanted: &str) -> bool {
        let key = DataKey::generate();
        let terms = index(&key, [text]);
        query(&key, wanted).is_some_and(|wanted| wanted.iter().all(|term| terms.contains(term)))
    }

    #[test]
    fn case_and_accents_make_no_difference() {
        assert!(finds("Die Überraschung für José", "uberraschung JOSE"));
        assert!(finds("the facade", "FAÇADE"));
        assert!(finds("Straße nach Łódź", "strasse lodz"));
        assert!(finds("ΟΔΥΣΣΕΥΣ", "οδυσσευς"));
        assert!(finds("İstanbul", "istanbul"));
        assert!(finds("ﬁsh ①", "fish 1"));
        assert!(finds("مَرحَبا", "مرحبا"));
    }

    #[test]
    fn every_word_must_be_there_whole_or_as_a_beginning_of_three_letters() {
        let text = "Meet me at the station, platform 9";

        assert!(finds(text, "station meet"));
        assert!(finds(text, "sta plat"));
        assert!(finds(text, "9"));
        assert!(!finds(text, "st"));
        assert!(!finds(text, "station airport"));
        assert!(!finds(text, "tation"));
    }

    #[test]
    fn letters_of_other_scripts_keep_what_tells_them_apart() {
        assert!(finds("がくせい", "がくせい"));
        assert!(!finds("がくせい", "かくせい"));
        assert!(finds("हिन्दी में", "हिन्दी"));
        assert!(!finds("हिन्दी", "हन्दी"));
    }

    #[test]
    fn a_search_without_a_word_asks_for_nothing() {
        assert_eq!(query(&DataKey::generate(), " ?! "), None);
    }

    #[test]
    fn a_search_is_for_nothing_for_words_or_for_what_cannot_be_found() {
        let key = DataKey::generate();
        let terms = |wanted: &str| Search::parse(Some(wanted.to_owned())).unwrap().terms(&key);

        assert_eq!(terms("  "), Ok(None));
        assert_eq!(terms("?!"), Err(Wordless));
        assert_eq!(terms("beach"), Ok(query(&key, "beach")));
        assert_eq!(Search::parse(None).unwrap().terms(&key), Ok(None));
        assert_eq!(Search::parse(Some("x".repeat(201))), Err(LongSearch(201)));
    }

    #[test]
    fn long_words_and_texts_are_bounded() {
        let long = "x".repeat(5_000);
        let many: String = (0..5_000)
            .flat_map(|n| ["word".to_owned(), n.to_string(), " ".to_owned()])
            .collect();

        assert!(finds(&long, &"x".repeat(40)));
        assert!(index(&DataKey::generate(), [many.as_str()]).len() <= MOST_TERMS + LONGEST_WORD);
    }

    #[test]
    fn terms_of_two_users_have_nothing_in_common() {
        let (one, other) = (DataKey::generate(), DataKey::generate());

        assert_ne!(index(&one, ["secret"]), index(&other, ["secret"]));
    }
}
