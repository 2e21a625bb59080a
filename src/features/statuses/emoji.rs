//! Emojis that statuses are liked with. No I/O.

use unicode_properties::UnicodeEmoji;

use crate::id::ContactId;

/// Maximum size of an emoji. Joined symbols have no limit of their own; the longest that phones draw have about half of
/// this.
const MAX_EMOJI_BYTES: usize = 64;

/// One emoji, as WhatsApp shows a reaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Emoji(String);

impl Emoji {
    /// Parses exactly one emoji: a symbol, flag or keycap, or several symbols that are joined into one picture.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > MAX_EMOJI_BYTES {
            return None;
        }
        let mut rest = text;
        loop {
            rest = after_element(rest)?;
            if rest.is_empty() {
                return Some(Self(text.to_owned()));
            }
            rest = rest.strip_prefix('\u{200D}')?;
        }
    }

    /// The text of the emoji.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Emoji {
    fn default() -> Self {
        Self("💚".to_owned())
    }
}

/// Emoji for the statuses of one contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactEmoji {
    /// The author of the statuses.
    pub contact: ContactId,
    /// The emoji.
    pub emoji: Emoji,
}

/// Returns the rest of `text` after the first element of an emoji sequence
/// (<https://unicode.org/reports/tr51/#EBNF_and_Regex>).
fn after_element(text: &str) -> Option<&str> {
    let mut chars = text.chars();
    let first = chars.next()?;
    let rest = chars.as_str();
    if is_regional(first) {
        return rest.strip_prefix(is_regional);
    }
    if first.is_ascii() {
        let is_key = first.is_ascii_digit() || first == '#' || first == '*';
        return is_key.then_some(rest)?.strip_prefix("\u{FE0F}\u{20E3}");
    }
    if !first.is_emoji_char() || is_tone(first) {
        return None;
    }
    if let Some(tagged) = rest.strip_prefix(is_tag) {
        return tagged.trim_start_matches(is_tag).strip_prefix('\u{E007F}');
    }
    Some(
        rest.strip_prefix(|c| is_tone(c) || c == '\u{FE0F}')
            .unwrap_or(rest),
    )
}

fn is_regional(c: char) -> bool {
    ('\u{1F1E6}'..='\u{1F1FF}').contains(&c)
}

fn is_tone(c: char) -> bool {
    ('\u{1F3FB}'..='\u{1F3FF}').contains(&c)
}

fn is_tag(c: char) -> bool {
    ('\u{E0020}'..='\u{E007E}').contains(&c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_emoji_is_one_emoji() {
        for one in ["💚", "❤️", "❤", "👍🏽", "👩‍👩‍👧‍👦", "🇩🇪", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "5️⃣", "🏳️‍🌈", "👁️‍🗨️"]
        {
            assert_eq!(Emoji::parse(one).as_ref().map(Emoji::as_str), Some(one), "{one}");
        }
        for other in [
            "",
            "a",
            "5",
            "💚💚",
            "💚 ",
            "é",
            "🇩",
            "👍a",
            "💚\u{200D}",
            "\u{1F3FD}",
            "#",
            "ok",
        ] {
            assert_eq!(Emoji::parse(other), None, "{other:?}");
        }
    }

    #[test]
    fn pictures_are_not_joined_without_end() {
        let joined = |count| vec!["👩"; count].join("\u{200D}");

        assert!(Emoji::parse(&joined(9)).is_some());
        assert_eq!(Emoji::parse(&joined(10)), None);
    }
}
