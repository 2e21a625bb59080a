//! Division of a text into folded words.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{canonical_combining_class, is_combining_mark};
use unicode_properties::emoji::is_regional_indicator;
use unicode_properties::{GeneralCategory, UnicodeEmoji as _, UnicodeGeneralCategory as _};

/// Joins emoji into one, and letters of some scripts.
const ZERO_WIDTH_JOINER: char = '\u{200D}';

/// Returns the words of `text` in their order: runs of letters and digits, and symbols.
pub(super) fn words(text: &str) -> Vec<String> {
    let mut words = Words::default();
    for part in text.split_ascii_whitespace() {
        words.last = Last::Gap;
        // The same for less work, and a search judges many texts.
        if part.is_ascii() {
            part.chars().for_each(|c| words.push(c.to_ascii_lowercase()));
            continue;
        }
        let plain = part.nfkd().filter(|c| !is_ignored(*c)).flat_map(folded);
        // Composed again, so that a syllable or a voiced letter is one character.
        plain.nfc().for_each(|c| words.push(c));
    }
    words.found
}

/// True for letters of scripts without spaces between words, and for symbols: each may be the beginning of a word.
pub(super) fn is_unspaced(c: char) -> bool {
    match c {
        // Thai, Lao, Tibetan and Burmese; Hangul letters; Khmer; Tai scripts.
        '\u{0E00}'..='\u{109F}'
        | '\u{1100}'..='\u{11FF}'
        | '\u{1780}'..='\u{17FF}'
        | '\u{1950}'..='\u{1AAF}'
        // Balinese and Javanese.
        | '\u{1B00}'..='\u{1B7F}'
        | '\u{A980}'..='\u{A9DF}'
        // Chinese, Japanese, Yi; Hangul syllables; the rarer signs of these.
        | '\u{2E80}'..='\u{A4CF}'
        | '\u{A960}'..='\u{A97F}'
        | '\u{AA60}'..='\u{AADF}'
        | '\u{AC00}'..='\u{D7FF}'
        | '\u{F900}'..='\u{FAFF}'
        | '\u{1AFF0}'..='\u{1B2FF}'
        | '\u{20000}'..='\u{3FFFF}' => true,
        _ => matches!(Class::of(c), Class::Symbol | Class::HalfFlag),
    }
}

/// Words that are being put together.
#[derive(Debug, Default)]
struct Words {
    found: Vec<String>,
    last: Last,
}

/// The character before the next one.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Last {
    #[default]
    Gap,
    Letter,
    Symbol,
    HalfFlag,
    /// A symbol with a joiner after it.
    Joined,
}

impl Words {
    fn push(&mut self, c: char) {
        let (belongs_to_last, last) = match (Class::of(c), self.last) {
            (Class::Gap, _) => {
                self.last = Last::Gap;
                return;
            }
            (Class::Joiner, Last::Symbol | Last::HalfFlag) => {
                self.last = Last::Joined;
                return;
            }
            (Class::Mark, Last::Letter) => (true, Last::Letter),
            (Class::Joiner | Class::Mark, _) => return,
            (Class::Letter, last) => (last == Last::Letter, Last::Letter),
            (Class::Symbol, last) => (last == Last::Joined, Last::Symbol),
            // Two of them are one flag.
            (Class::HalfFlag, Last::HalfFlag) => (true, Last::Symbol),
            (Class::HalfFlag, _) => (false, Last::HalfFlag),
        };
        self.last = last;
        match self.found.last_mut().filter(|_| belongs_to_last) {
            Some(word) => word.push(c),
            None => self.found.push(c.to_string()),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    /// A letter or digit.
    Letter,
    /// A mark that makes another letter of the one before it.
    Mark,
    /// An emoji, a currency sign or the like.
    Symbol,
    /// A regional indicator.
    HalfFlag,
    Joiner,
    /// Anything else: a space or punctuation.
    Gap,
}

impl Class {
    fn of(c: char) -> Self {
        match c {
            '\0'..='\x7F' if c.is_ascii_alphanumeric() => Self::Letter,
            '$' => Self::Symbol,
            '\0'..='\x7F' => Self::Gap,
            ZERO_WIDTH_JOINER => Self::Joiner,
            _ if is_regional_indicator(c) => Self::HalfFlag,
            _ if is_symbol(c) => Self::Symbol,
            _ if c.is_alphanumeric() => Self::Letter,
            _ if is_combining_mark(c) => Self::Mark,
            _ => Self::Gap,
        }
    }
}

fn is_symbol(c: char) -> bool {
    c.is_emoji_char()
        || matches!(
            c.general_category(),
            GeneralCategory::OtherSymbol | GeneralCategory::CurrencySymbol
        )
}

/// True for accents, skin tones, and signs that only say how a character is to look.
fn is_ignored(c: char) -> bool {
    match c {
        '\0'..='\x7F' | ZERO_WIDTH_JOINER => false,
        // Skin tones, variation selectors.
        '\u{1F3FB}'..='\u{1F3FF}' | '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}' => true,
        _ => is_accent(c) || c.general_category() == GeneralCategory::Format,
    }
}

/// True for accents, vowel points and the like; not for vowel signs and voicing marks, which make another letter in
/// other scripts.
fn is_accent(c: char) -> bool {
    matches!(canonical_combining_class(c), 10..=36 | 200..)
}

/// Returns the lower case of `c`; of letters with a stroke or joined into one, which Unicode does not take apart, the
/// letters that they are written with elsewhere.
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

    #[test]
    fn case_accents_and_width_are_folded() {
        assert_eq!(words("Die Überraschung, José!"), ["die", "uberraschung", "jose"]);
        assert_eq!(words("Straße nach Łódź"), ["strasse", "nach", "lodz"]);
        assert_eq!(words("ΟΔΥΣΣΕΥΣ οδυσσευς"), ["οδυσσευσ", "οδυσσευσ"]);
        assert_eq!(words("İstanbul ﬁsh ①"), ["istanbul", "fish", "1"]);
        assert_eq!(words("مَرحَبا می‌خواهم"), ["مرحبا", "میخواهم"]);
        assert_eq!(words("ＷｈａｔｓＡｐｐ ｶﾞｸｾｲ"), ["whatsapp", "ガクセイ"]);
    }

    #[test]
    fn letters_of_other_scripts_keep_their_marks() {
        assert_eq!(words("がくせい"), ["がくせい"]);
        assert_eq!(words("हिन्दी में"), ["हिन्दी", "में"]);
        assert_eq!(words("한국어"), ["한국어"]);
        assert_eq!(words("กุ้ง"), ["กุ้ง"]);
    }

    #[test]
    fn an_emoji_is_a_word_without_its_skin_tone() {
        assert_eq!(words("party🎉🎂now"), ["party", "🎉", "🎂", "now"]);
        assert_eq!(words("👍🏽 ❤️ ❤"), ["👍", "❤", "❤"]);
        assert_eq!(words("👩‍🚀❤️‍🔥"), ["👩🚀", "❤🔥"]);
        assert_eq!(words("🇩🇪🇸🇪"), ["🇩🇪", "🇸🇪"]);
        assert_eq!(words("5€ © $3"), ["5", "€", "©", "$", "3"]);
    }

    #[test]
    fn punctuation_is_no_word() {
        assert!(words(" ?! … «» ~_*").is_empty());
    }

    #[test]
    fn a_beginning_may_be_anywhere_in_scripts_without_spaces() {
        for c in ['火', 'が', '한', 'ก', '🎉', '🇩', '€', '$', '\u{20000}'] {
            assert!(is_unspaced(c), "{c}");
        }
        for c in ['a', '9', 'я', 'ह', 'م', 'ა'] {
            assert!(!is_unspaced(c), "{c}");
        }
    }
}
