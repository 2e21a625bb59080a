//! Texts of messages, as the rule compares them. No I/O.

use crate::event::Content;

/// Number of characters from which a text that comes twice is taken for a machine's.
const DISTINCTIVE_CHARACTERS: usize = 20;

/// Returns the text of a message that may get a reply, empty when it has none. None for other content, such as a
/// reaction, an edit or a deletion.
pub(super) fn replyable_text(content: &Content) -> Option<&str> {
    match content {
        Content::Text(text) => Some(text),
        Content::Media(media) => Some(media.caption.as_deref().unwrap_or_default()),
        Content::LostMedia { caption, .. } => Some(caption.as_deref().unwrap_or_default()),
        Content::ViewOnce(_) => Some(""),
        Content::Reaction { .. }
        | Content::Revoke { .. }
        | Content::Edit { .. }
        | Content::Part { .. }
        | Content::Undecrypted
        | Content::Other(_) => None,
    }
}

/// Normalises a text for comparison: case and white space do not count.
pub(super) fn normalize(text: &str) -> String {
    let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
    words.join(" ")
}

/// Returns true when a normalised text is so long that nobody types it twice.
pub(super) fn is_distinctive(plain: &str) -> bool {
    plain.chars().count() >= DISTINCTIVE_CHARACTERS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_spaces_do_not_make_other_words() {
        assert_eq!(normalize("  I am\n AWAY "), "i am away");
        assert!(is_distinctive(&normalize("I am away until Monday")));
        assert!(!is_distinctive(&normalize("are you there?")));
    }
}
