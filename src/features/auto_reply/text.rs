//! Texts of messages, as the rule compares them. No I/O.

use crate::event::Content;

/// Number of characters from which a text that comes twice is taken for a machine's.
const TELLING_LETTERS: usize = 20;

/// Returns the text of a message that may get a reply, empty when it has none. None for other content, such as a
/// reaction, an edit or a deletion.
pub(super) fn asks(content: &Content) -> Option<&str> {
    match content {
        Content::Text(text) => Some(text),
        Content::Media(media) => Some(media.caption.as_deref().unwrap_or_default()),
        Content::ViewOnce(_) => Some(""),
        Content::Reaction { .. }
        | Content::Revoke { .. }
        | Content::Edit { .. }
        | Content::Undecrypted
        | Content::Other(_) => None,
    }
}

/// Normalises a text for comparison: case and white space do not count.
pub(super) fn plain(text: &str) -> String {
    let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
    words.join(" ")
}

/// Returns true when a normalised text is so long that nobody types it twice.
pub(super) fn is_telling(plain: &str) -> bool {
    plain.chars().count() >= TELLING_LETTERS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_spaces_do_not_make_other_words() {
        assert_eq!(plain("  I am\n AWAY "), "i am away");
        assert!(is_telling(&plain("I am away until Monday")));
        assert!(!is_telling(&plain("are you there?")));
    }
}
