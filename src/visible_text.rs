//! Text that comes from outside, as a person sees it: names, labels and subjects.
//!
//! Somebody who names themselves may try to have no name, to turn the text around them or to fill the screen. A letter here
//! is a grapheme cluster: what a reader takes for one, such as `é` or a family of emoji.

use icu_properties::props::{
    BinaryProperty, DefaultIgnorableCodePoint, EnumeratedProperty, GraphemeClusterBreak,
};
use unicode_segmentation::UnicodeSegmentation;

/// Most characters of one letter. The longest emoji have ten; marks can be piled up without end.
const LETTER_CHARS: usize = 32;
/// A symbol for Unicode, and an empty space in every typeface.
const BRAILLE_BLANK: char = '\u{2800}';

/// Cleans a name, label or subject: one line of at most `most` letters, without invisible and bidirectional control
/// characters. Line breaks and other runs of white space become one space. None when nothing visible is left.
pub fn visible_line(text: &str, most: usize) -> Option<String> {
    let mut line = String::new();
    let mut count = 0;
    let mut is_apart = false;
    for letter in text.graphemes(true) {
        if !letter.chars().any(is_visible) {
            is_apart |= letter.contains(char::is_whitespace);
            continue;
        }
        let needs_space = is_apart && count > 0;
        count += if needs_space { 2 } else { 1 };
        if count > most {
            break;
        }
        if needs_space {
            line.push(' ');
        }
        line.extend(letter.chars().take(LETTER_CHARS));
        is_apart = false;
    }
    (!line.is_empty()).then_some(line)
}

/// The number of letters of `text`, as a reader counts them.
pub fn count_letters(text: &str) -> usize {
    text.graphemes(true).count()
}

/// The beginning of `text` of at most `bytes` bytes, ended between two letters.
pub fn beginning(text: &str, bytes: usize) -> &str {
    if text.len() <= bytes {
        return text;
    }
    let starts = text.grapheme_indices(true).map(|(start, _)| start);
    let end = starts.take_while(|start| *start <= bytes).last().unwrap_or(0);
    &text[..end]
}

/// True for a character that leaves a mark on the screen, or belongs to a letter that does.
fn is_visible(c: char) -> bool {
    let is_control = GraphemeClusterBreak::for_char(c) == GraphemeClusterBreak::Control;
    !is_control && !c.is_whitespace() && !DefaultIgnorableCodePoint::for_char(c) && c != BRAILLE_BLANK
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Option<String> {
        visible_line(text, 100)
    }

    #[test]
    fn a_name_of_nothing_visible_is_none() {
        for text in [
            "",
            " \n",
            "\u{3164}",
            "\u{200B}",
            "\u{2800}\u{2800}",
            "\u{FFA0}\u{115F}\u{1160}",
            "\u{200D}\u{FE0F}\u{E0067}",
            "\u{202E}\u{2066}\u{00AD}\u{2060}\u{FEFF}\u{180E}",
            "\0\u{7}\u{1B}\u{FFF9}",
        ] {
            assert_eq!(line(text), None, "{text:?}");
        }
    }

    #[test]
    fn what_turns_or_hides_text_is_dropped_and_breaks_become_a_space() {
        for (text, wanted) in [
            ("\u{202E}nimdA", "nimdA"),
            ("\u{2067}Bob\u{2069}\u{061C}\u{200E}\u{200F}", "Bob"),
            ("B\u{200B}o\u{00AD}b\u{3164}", "Bob"),
            ("Bob\nAdmin", "Bob Admin"),
            ("Bob\r\n\u{200B}\r\n\u{2028}Admin\u{85}", "Bob Admin"),
            ("  Bob\t\u{A0}\u{3000}B. ", "Bob B."),
            ("A\0l\u{1B}", "Al"),
        ] {
            assert_eq!(line(text).as_deref(), Some(wanted), "{text:?}");
        }
    }

    #[test]
    fn letters_of_several_characters_stay_whole() {
        for text in [
            "👨‍👩‍👧‍👦 Souza",
            "❤️ Zoe\u{301}",
            "🏴\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}",
            "نام\u{200C}ها",
            "🇧🇷",
            "क्षत्रिय",
        ] {
            assert_eq!(line(text).as_deref(), Some(text));
        }
    }

    #[test]
    fn a_name_is_bounded_in_letters() {
        let family = "👨‍👩‍👧‍👦";

        assert_eq!(visible_line(&family.repeat(9), 2), Some(family.repeat(2)));
        assert_eq!(visible_line("ab cd", 3).as_deref(), Some("ab"));
        assert_eq!(visible_line("ab cd", 4).as_deref(), Some("ab c"));
        let piled = "e".to_owned() + &"\u{301}".repeat(5_000);
        assert_eq!(line(&piled).unwrap().chars().count(), LETTER_CHARS);
        assert_eq!(count_letters(&family.repeat(3)), 3);
    }

    #[test]
    fn a_text_is_cut_between_two_letters() {
        assert_eq!(beginning("ae\u{301}", 2), "a");
        assert_eq!(beginning("ae\u{301}", 4), "ae\u{301}");
        assert_eq!(beginning("é", 1), "");
    }
}
