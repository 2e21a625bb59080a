//! A client's search, and the judgement of texts by it.

use thiserror::Error;

use super::{grams, index, words};
use crate::crypto::DataKey;

/// The longest search, in characters.
const LONGEST_SEARCH: usize = 200;
/// The number of terms that the database is asked for. Further ones would leave out hardly another row.
const MOST_TERMS: usize = 32;

/// A search of more characters than are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the text is {0} characters long; pass at most {LONGEST_SEARCH}")]
pub struct LongSearch(usize);

/// A client's search of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Search {
    /// None: everything is listed.
    Everything,
    /// Only punctuation, which is found nowhere.
    Nothing,
    /// For words.
    Words(Wanted),
}

impl Search {
    /// Reads what a client searches for; none is the same as nothing but spaces.
    ///
    /// # Errors
    /// [`LongSearch`].
    pub fn parse(wanted: Option<&str>) -> Result<Self, LongSearch> {
        let wanted = wanted.unwrap_or_default();
        let length = wanted.chars().count();
        if length > LONGEST_SEARCH {
            return Err(LongSearch(length));
        }
        if wanted.trim().is_empty() {
            return Ok(Self::Everything);
        }
        let words = words::words(wanted);
        Ok(if words.is_empty() {
            Self::Nothing
        } else {
            Self::Words(Wanted(words))
        })
    }
}

/// The place of a match in the words of a message. The better one first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Rank {
    /// Each word of the search is a word of the message or begins one.
    #[default]
    Beginning,
    /// A word of the search is found inside a word of the message only.
    Inside,
}

impl Rank {
    /// All ranks, the best first.
    pub const ALL: [Self; 2] = [Self::Beginning, Self::Inside];

    /// The rank as a number, for a cursor: 0 is the best.
    pub const fn number(self) -> u8 {
        match self {
            Self::Beginning => 0,
            Self::Inside => 1,
        }
    }
}

/// The words of a search; one or more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted(Vec<String>);

impl Wanted {
    /// Returns the terms that a row of `rank` has in the index of the user of `key`. Other rows may have them too.
    pub fn terms(&self, key: &DataKey, rank: Rank) -> Vec<i64> {
        let is_beginning = rank == Rank::Beginning;
        let grams = self
            .0
            .iter()
            .flat_map(|word| grams::of_search(word, is_beginning));
        let mut terms = index::terms(key, grams);
        terms.truncate(MOST_TERMS);
        terms
    }

    /// Returns the rank of a message with `texts`, each of which may contribute words; `None` when a word of the search
    /// is in none of them.
    pub fn rank<'a>(&self, texts: impl IntoIterator<Item = &'a str>) -> Option<Rank> {
        let words: Vec<String> = texts.into_iter().flat_map(words::words).collect();
        let ranks = self.0.iter().map(|wanted| best_rank(wanted, &words));
        ranks.collect::<Option<Vec<Rank>>>()?.into_iter().max()
    }
}

/// The best rank of `wanted` among `words`.
fn best_rank(wanted: &str, words: &[String]) -> Option<Rank> {
    words.iter().filter_map(|word| rank_in(wanted, word)).min()
}

fn rank_in(wanted: &str, word: &str) -> Option<Rank> {
    let mut found = word.match_indices(wanted).map(|(at, _)| at).peekable();
    found.peek()?;
    if found.any(|at| is_beginning(wanted, word, at)) {
        return Some(Rank::Beginning);
    }
    (!grams::is_short(wanted)).then_some(Rank::Inside)
}

/// True when a word may begin at `at` in `word`, where `wanted` was found.
fn is_beginning(wanted: &str, word: &str, at: usize) -> bool {
    let before = word[..at].chars().next_back();
    before.is_none_or(words::is_unspaced) || wanted.starts_with(words::is_unspaced)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(search: &str) -> Wanted {
        match Search::parse(Some(search)) {
            Ok(Search::Words(wanted)) => wanted,
            other => panic!("no words in {search}: {other:?}"),
        }
    }

    /// Judges a text, and checks that the index proposes it when it matches.
    fn rank(text: &str, search: &str) -> Option<Rank> {
        let (key, wanted) = (DataKey::generate(), wanted(search));
        let rank = wanted.rank([text])?;
        let indexed = index::index(&key, [text]);
        assert!(
            wanted.terms(&key, rank).iter().all(|term| indexed.contains(term)),
            "{search} in {text}"
        );
        Some(rank)
    }

    #[test]
    fn a_search_is_for_everything_for_words_or_for_nothing() {
        assert_eq!(Search::parse(None), Ok(Search::Everything));
        assert_eq!(Search::parse(Some("  ")), Ok(Search::Everything));
        assert_eq!(Search::parse(Some("?!")), Ok(Search::Nothing));
        assert_eq!(Search::parse(Some(&"x".repeat(201))), Err(LongSearch(201)));
        assert_eq!(wanted("Łódź, 🎉").0, ["lodz", "🎉"]);
    }

    #[test]
    fn words_and_their_beginnings_come_before_what_is_inside() {
        let text = "Meet me at the station, platform 9";

        assert_eq!(rank(text, "STATION meet"), Some(Rank::Beginning));
        assert_eq!(rank(text, "sta plat"), Some(Rank::Beginning));
        assert_eq!(rank(text, "tation"), Some(Rank::Inside));
        assert_eq!(rank(text, "tation meet"), Some(Rank::Inside));
        assert_eq!(rank(text, "station airport"), None);
    }

    #[test]
    fn one_or_two_letters_are_found_at_the_beginning_of_a_word() {
        let text = "Meet me at the station, platform 9";

        assert_eq!(rank(text, "9"), Some(Rank::Beginning));
        assert_eq!(rank(text, "st"), Some(Rank::Beginning));
        assert_eq!(rank(text, "ee"), None);
        assert_eq!(rank(text, "tf"), None);
    }

    #[test]
    fn scripts_without_spaces_are_found_anywhere() {
        let chinese = "今天晚上我们去吃火锅吧";

        for part in ["火锅", "今天", "吧", "吃", "我们去吃", chinese] {
            assert_eq!(rank(chinese, part), Some(Rank::Beginning), "{part}");
        }
        assert_eq!(rank(chinese, "锅火"), None);
        assert_eq!(rank("がくせいです", "くせい"), Some(Rank::Beginning));
        assert_eq!(rank("がくせい", "かくせい"), None);
        assert_eq!(rank("สวัสดีครับ", "ดีค"), Some(Rank::Beginning));
        assert_eq!(rank("한국어를 배워요", "국어"), Some(Rank::Beginning));
        assert_eq!(rank("我的iPhone坏了", "phone坏"), Some(Rank::Inside));
        assert_eq!(rank("我的iPhone坏了", "iphone"), Some(Rank::Beginning));
        assert_eq!(rank("我的iPhone坏了", "ip"), Some(Rank::Beginning));
    }

    #[test]
    fn emoji_are_found_beside_anything() {
        assert_eq!(rank("happy birthday🎉🎂!!", "🎉"), Some(Rank::Beginning));
        assert_eq!(rank("👍🏽", "👍"), Some(Rank::Beginning));
        assert_eq!(rank("👍", "👍🏿"), Some(Rank::Beginning));
        assert_eq!(rank("see you 👩‍🚀", "👩"), Some(Rank::Beginning));
        assert_eq!(rank("❤️ 🔥", "❤️‍🔥"), None);
        assert_eq!(rank("🇩🇪🇸🇪", "🇪🇸"), None);
        assert_eq!(rank("🇩🇪🇸🇪", "🇸🇪"), Some(Rank::Beginning));
    }

    #[test]
    fn the_words_of_a_search_may_be_in_different_texts() {
        assert_eq!(
            wanted("three uber").rank(["Überraschung", "three"]),
            Some(Rank::Beginning)
        );
        assert_eq!(wanted("three").rank([]), None);
    }

    #[test]
    fn a_long_search_asks_for_a_bounded_number_of_terms() {
        let long: String = ('a'..='z').flat_map(|c| [c, 'x', c, 'y', c]).collect();

        assert_eq!(rank(&long, &long), Some(Rank::Beginning));
        assert_eq!(
            wanted(&long).terms(&DataKey::generate(), Rank::Inside).len(),
            MOST_TERMS
        );
    }
}
