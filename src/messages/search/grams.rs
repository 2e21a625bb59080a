//! The n-grams of a word, by which it is indexed and looked for.

use super::words::is_unspaced;

/// The number of letters of a gram in a script with spaces between words.
const LENGTH: usize = 3;
/// Begins the grams of a beginning. Not part of any word.
const BEGINNING: char = '^';

/// Returns the grams of a word of a message.
pub(super) fn of_text(word: &str) -> Vec<String> {
    let letters: Vec<char> = word.chars().collect();
    let mut grams = Vec::new();
    for part in parts(&letters) {
        if is_unspaced(part[0]) {
            grams.extend(windows(part, 1).chain(windows(part, 2)));
        } else {
            grams.extend((1..=LENGTH.min(part.len())).map(|length| beginning(part, length)));
            grams.extend(windows(part, LENGTH));
        }
    }
    grams
}

/// Returns grams that each text with `word` in it has; when `is_beginning`, each text with a word that begins with it.
pub(super) fn of_search(word: &str, is_beginning: bool) -> Vec<String> {
    let letters: Vec<char> = word.chars().collect();
    let is_beginning = is_beginning || is_short(word);
    let mut grams = Vec::new();
    for (number, part) in parts(&letters).enumerate() {
        if is_unspaced(part[0]) {
            grams.extend(windows(part, 1).chain(windows(part, 2)));
            continue;
        }
        grams.extend(windows(part, LENGTH));
        // What follows another script is a beginning everywhere.
        if is_beginning || number > 0 {
            grams.push(beginning(part, LENGTH.min(part.len())));
        }
    }
    grams
}

/// True for a word that is found at the beginning of a word only: too few letters for a gram.
pub(super) fn is_short(word: &str) -> bool {
    word.chars().count() < LENGTH && !word.chars().any(is_unspaced)
}

/// The parts of a word: of scripts with and without spaces between words.
fn parts(letters: &[char]) -> impl Iterator<Item = &[char]> {
    letters.chunk_by(|one, next| is_unspaced(*one) == is_unspaced(*next))
}

fn windows(part: &[char], length: usize) -> impl Iterator<Item = String> {
    part.windows(length).map(|letters| letters.iter().collect())
}

fn beginning(part: &[char], length: usize) -> String {
    let letters = part.iter().take(length);
    std::iter::once(&BEGINNING).chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_indexed_by_its_beginnings_and_by_all_that_is_in_it() {
        assert_eq!(of_text("9"), ["^9"]);
        assert_eq!(of_text("cake"), ["^c", "^ca", "^cak", "cak", "ake"]);
        assert_eq!(of_text("火锅"), ["火", "锅", "火锅"]);
        assert_eq!(of_text("ab手"), ["^a", "^ab", "手"]);
    }

    #[test]
    fn whatever_is_looked_for_is_indexed() {
        for (word, part) in [
            ("station", "tation"),
            ("station", "sta"),
            ("手机max手", "max手"),
            ("手机max手", "ax手"),
            ("👩🚀", "🚀"),
        ] {
            let indexed = of_text(word);

            let wanted = of_search(part, false);

            assert!(!wanted.is_empty(), "{part}");
            assert!(
                wanted.iter().all(|gram| indexed.contains(gram)),
                "{part} in {word}"
            );
        }
    }

    #[test]
    fn a_beginning_is_looked_for_when_it_matters() {
        assert_eq!(of_search("sta", true), ["sta", "^sta"]);
        assert_eq!(of_search("sta", false), ["sta"]);
        assert_eq!(of_search("st", false), ["^st"]);
        assert_eq!(of_search("火锅", true), of_search("火锅", false));
    }
}
