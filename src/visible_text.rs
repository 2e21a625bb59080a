//! Text that comes from outside, as a person sees it: names, labels and subjects on one line, texts and captions on several.
//!
//! Somebody who names themselves may try to have no name, to turn the text around them or to fill the screen. A letter here
//! is a grapheme cluster: what a reader takes for one, such as `é` or a family of emoji.

use std::collections::HashSet;

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

/// Cleans a text, caption or edit, whose line breaks stay. Bidirectional embeddings and isolates stay where both ends are in
/// the text; overrides, ends without a beginning, beginnings without an end, and control characters other than tabs and line
/// breaks are dropped, so that the text never turns what stands around it. None when nothing visible is left.
pub fn visible_lines(text: &str) -> Option<String> {
    if !text.chars().any(is_visible) {
        return None;
    }
    let pairs = bidi_pairs(text);
    let is_kept = |at: &usize, c: char| match c {
        '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => pairs.contains(at),
        '\t' | '\n' | '\r' | '\u{85}' => true,
        _ => !c.is_control(),
    };
    let kept = text.char_indices().filter(|(at, c)| is_kept(at, *c));
    Some(kept.map(|(_, c)| c).collect())
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

/// A bidirectional control that awaits its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Opening {
    Override,
    Embedding,
    Isolate,
}

/// The places of both ends of the embeddings and isolates that begin and end in `text`. As in the Unicode Bidirectional
/// Algorithm, the end of an isolate ends what began inside it, and nothing inside it ends what began before.
fn bidi_pairs(text: &str) -> HashSet<usize> {
    let mut pairs = HashSet::new();
    let mut open: Vec<(usize, Opening)> = Vec::new();
    let mut open_isolates = 0_usize;
    for (at, c) in text.char_indices() {
        match c {
            '\u{202D}' | '\u{202E}' => open.push((at, Opening::Override)),
            '\u{202A}' | '\u{202B}' => open.push((at, Opening::Embedding)),
            '\u{2066}'..='\u{2068}' => {
                open.push((at, Opening::Isolate));
                open_isolates += 1;
            }
            '\u{202C}' => match open.pop_if(|(_, opening)| *opening != Opening::Isolate) {
                Some((start, Opening::Embedding)) => pairs.extend([start, at]),
                Some((_, Opening::Override | Opening::Isolate)) | None => {}
            },
            // Counted, because a search for the isolate in a long row of embeddings would be repeated for each end.
            '\u{2069}' if open_isolates > 0 => {
                open_isolates -= 1;
                while let Some((start, opening)) = open.pop() {
                    if opening == Opening::Isolate {
                        pairs.extend([start, at]);
                        break;
                    }
                }
            }
            _ => {}
        }
    }
    pairs
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

    #[test]
    fn a_text_of_nothing_visible_is_none() {
        for text in [
            "",
            " \n\t",
            "\u{3164}\n\u{200B}",
            "\u{202E}\u{2066}\u{2069}",
            "\0\u{1B}",
        ] {
            assert_eq!(visible_lines(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_text_keeps_its_breaks_and_what_its_letters_are_made_of() {
        for text in [
            "one\r\ntwo\n\n\tthree\u{2028}four\u{2029} ",
            "👨‍👩‍👧‍👦 ❤️",
            "نام\u{200C}ها\u{200F}!",
            "\u{2067}שלום \u{202A}abc\u{202C}\u{2069} and \u{2068}x\u{2069}",
            "\u{2066}two\nlines\u{2069}",
        ] {
            assert_eq!(visible_lines(text).as_deref(), Some(text));
        }
    }

    #[test]
    fn what_a_text_turns_ends_inside_it() {
        for (text, wanted) in [
            // Overrides, with their ends.
            ("a \u{202E}gpj.exe\u{202C} b", "a gpj.exe b"),
            ("\u{202D}\u{202B}x\u{202C}y\u{202C}", "\u{202B}x\u{202C}y"),
            // Beginnings without an end, and ends without a beginning.
            ("\u{202B}a\u{2067}b\u{2068}c", "abc"),
            ("a\u{202C}b\u{2069}c", "abc"),
            // The end of an isolate ends what began inside it.
            ("\u{2067}a\u{202B}b\u{2069}c\u{202C}d", "\u{2067}ab\u{2069}cd"),
            // Nothing inside an isolate ends what began before it.
            ("\u{202B}a\u{2067}b\u{202C}c\u{2069}d", "a\u{2067}bc\u{2069}d"),
            ("\u{2066}a\u{2066}b\u{2069}c", "a\u{2066}b\u{2069}c"),
            ("a\0b\u{1B}[31mc\u{7F}\u{9B}", "ab[31mc"),
        ] {
            let cleaned = visible_lines(text).unwrap();

            assert_eq!(cleaned, wanted, "{text:?}");
            assert_eq!(visible_lines(&cleaned).unwrap(), cleaned, "a second time");
        }
    }

    #[test]
    fn a_long_text_of_nothing_but_controls_takes_no_time() {
        let text = "\u{202A}".repeat(100_000) + &"\u{2069}\u{202C}".repeat(100_000) + "x";

        let cleaned = visible_lines(&text).unwrap();

        assert_eq!(cleaned.chars().count(), 200_001);
    }
}
