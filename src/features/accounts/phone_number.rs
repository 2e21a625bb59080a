//! Phone numbers as people write and paste them.

use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

use crate::visible_text::visible_line;

/// The zeros of the scripts in which people write phone numbers with digits of their own; nine digits follow each.
const ZEROS: [char; 4] = ['٠', '۰', '०', '০'];
/// A dash to the reader, which Unicode counts among the signs of arithmetic.
const MINUS_SIGN: char = '−';

/// Reads a phone number in international form, with or without plus, spaces, dots, dashes, slashes and parentheses,
/// as a person sees it: invisible characters that were pasted along are left out, and typographic ones are read as what
/// they look like. Answers with its digits.
///
/// # Errors
/// The fault, and a correct form.
pub(super) fn parse_phone_number(text: &str) -> Result<String, String> {
    let text = plain(text);
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let is_clean = text.chars().all(|c| c.is_ascii_digit() || " +-./()".contains(c))
        && text
            .rfind('+')
            .is_none_or(|at| text[..at].chars().all(|c| " (".contains(c)));
    if !is_clean {
        return Err("a phone number has digits, with a plus in front: +5511999990000".to_owned());
    }
    if digits.starts_with('0') {
        return Err(
            "write the number with its country code and without leading zeros: +5511999990000".to_owned(),
        );
    }
    if !(7..=15).contains(&digits.len()) {
        let count = digits.len();
        return Err(format!(
            "this number has {count} digits; with country code there are 7 to 15: +5511999990000"
        ));
    }
    Ok(digits)
}

/// The digits of `text`, by which a number is looked for.
pub(super) fn digits_of(text: &str) -> String {
    plain(text).chars().filter(char::is_ascii_digit).collect()
}

/// The text without invisible characters, its digits, dashes and signs written in ASCII.
fn plain(text: &str) -> String {
    let seen = visible_line(text, usize::MAX).unwrap_or_default();
    seen.nfkc().map(plain_char).collect()
}

fn plain_char(c: char) -> char {
    if c == MINUS_SIGN || c.general_category() == GeneralCategory::DashPunctuation {
        return '-';
    }
    let digit = |zero: char| char::from_digit(u32::from(c).checked_sub(u32::from(zero))?, 10);
    ZEROS.into_iter().find_map(digit).unwrap_or(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_number_is_read_however_people_write_it() {
        for text in [
            "+55 11 99999-0000",
            "5511999990000",
            "+55 (11) 99999.0000",
            "(+55) 11/99999-0000",
        ] {
            assert_eq!(parse_phone_number(text).as_deref(), Ok("5511999990000"), "{text}");
        }
    }

    #[test]
    fn a_pasted_phone_number_is_read_as_a_person_sees_it() {
        for text in [
            "\u{202A}+55\u{A0}11\u{A0}99999\u{2011}0000\u{202C}",
            "\u{FEFF}+55\u{2009}11\u{202F}99999–0000\u{200B}",
            "\u{2068}+55 11 99999−0000\u{2069}\n",
            "+5\u{AD}5\u{2060} 11 99999—0000",
            "＋５５（１１）９９９９９－００００",
            "+٥٥ ١١ ٩٩٩٩٩ ٠٠٠٠",
            "+۵۵ ۱۱ ۹۹۹۹۹ ۰۰۰۰",
        ] {
            assert_eq!(
                parse_phone_number(text).as_deref(),
                Ok("5511999990000"),
                "{text:?}"
            );
        }
    }

    #[test]
    fn a_malformed_phone_number_is_told_what_would_be_right() {
        for text in [
            "",
            "\u{200B}",
            "12345",
            "+0049 170 1234567",
            "call me",
            "55+11999990000",
            "1234567890123456",
            "+55 11 99999x0000",
        ] {
            assert!(
                parse_phone_number(text).unwrap_err().contains("+5511999990000"),
                "{text}"
            );
        }
    }
}
