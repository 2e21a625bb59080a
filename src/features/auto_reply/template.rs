//! Message templates of automatic replies, with placeholders for a name and a time. No I/O.

use thiserror::Error;

use crate::visible_text::{visible_line, visible_lines};

/// Maximum number of characters of a template.
pub(super) const MAX_CHARACTERS: usize = 1_000;
/// Maximum number of letters of a name in a reply.
const MAX_NAME_LETTERS: usize = 60;
/// Separators between a leading name and the rest of the text.
const NAME_SEPARATORS: [char; 5] = [' ', ',', ':', ';', '!'];

/// Error of parsing a template.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TemplateError {
    /// The text is blank.
    #[error(
        "the message is empty; pass 1 to {MAX_CHARACTERS} characters, or set the mode OFF to send no replies"
    )]
    Empty,
    /// The text is too long, with its number of characters.
    #[error("the message has {0} characters; pass 1 to {MAX_CHARACTERS}")]
    TooLong(usize),
    /// The text between two braces is not a placeholder.
    #[error("'{{{0}}}' is not a placeholder; the placeholders are {{name}} and {{time}}")]
    Unknown(String),
}

/// A message template. `{name}` stands for the contact's name, `{time}` for a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(String);

enum Piece<'a> {
    Words(&'a str),
    Placeholder(&'a str),
}

impl Template {
    /// Parses a template. Text between braces must be a placeholder; a single brace is an ordinary character.
    ///
    /// # Errors
    /// [`TemplateError`].
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        if visible_lines(text).is_none() {
            return Err(TemplateError::Empty);
        }
        let letters = text.chars().count();
        if letters > MAX_CHARACTERS {
            return Err(TemplateError::TooLong(letters));
        }
        for piece in pieces(text) {
            match piece {
                Piece::Words(_) | Piece::Placeholder("name" | "time") => {}
                Piece::Placeholder(other) => {
                    return Err(TemplateError::Unknown(other.chars().take(32).collect()));
                }
            }
        }
        Ok(Self(text.to_owned()))
    }

    /// Makes a template of a built-in text.
    pub(super) fn fixed(text: &'static str) -> Self {
        Self(text.to_owned())
    }

    /// The template as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Fills the placeholders in. Placeholders within a name are not replaced. Without a name, the space or comma
    /// before the placeholder is removed with it; at the start of the text, the separators after it.
    pub fn fill(&self, name: &str, time: &str) -> String {
        let name = visible_line(name, MAX_NAME_LETTERS).unwrap_or_default();
        let mut filled = String::new();
        let mut begins_without = false;
        for piece in pieces(&self.0) {
            match piece {
                Piece::Placeholder("name") if name.is_empty() => {
                    filled.truncate(filled.trim_end_matches([' ', ',']).len());
                    begins_without = filled.is_empty();
                }
                Piece::Placeholder("name") => filled.push_str(&name),
                Piece::Placeholder(_) => filled.push_str(time),
                Piece::Words(words) if begins_without && filled.is_empty() => {
                    filled.push_str(words.trim_start_matches(NAME_SEPARATORS));
                }
                Piece::Words(words) => filled.push_str(words),
            }
        }
        filled
    }
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        let inside = &rest[open + 1..];
        let Some(end) = inside.find(['{', '}']) else { break };
        if inside[end..].starts_with('}') {
            pieces.push(Piece::Words(&rest[..open]));
            pieces.push(Piece::Placeholder(&inside[..end]));
            rest = &inside[end + 1..];
        } else {
            pieces.push(Piece::Words(&rest[..=open + end]));
            rest = &inside[end..];
        }
    }
    pieces.push(Piece::Words(rest));
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str) -> String {
        Template::parse(text).unwrap().fill("Bob", "15:30")
    }

    #[test]
    fn the_placeholders_are_filled_wherever_they_stand() {
        assert_eq!(
            filled("Hi {name}, back at {time}. {name}!"),
            "Hi Bob, back at 15:30. Bob!"
        );
        assert_eq!(filled("{time}"), "15:30");
        assert_eq!(filled("no placeholder"), "no placeholder");
    }

    #[test]
    fn a_brace_alone_is_a_letter() {
        assert_eq!(filled("away :-{ until {time} }"), "away :-{ until 15:30 }");
        assert_eq!(filled("{{name}}"), "{Bob}");
        assert_eq!(filled("}{"), "}{");
    }

    #[test]
    fn what_is_no_placeholder_is_named() {
        for (text, named) in [
            ("Hi {nmae}", "nmae"),
            ("{}", ""),
            ("{ name }", " name "),
            ("{Name}", "Name"),
        ] {
            let error = Template::parse(text).unwrap_err();
            assert_eq!(error, TemplateError::Unknown(named.to_owned()), "{text}");
            assert!(error.to_string().contains("{name} and {time}"), "{error}");
        }
    }

    #[test]
    fn words_are_neither_empty_nor_endless() {
        assert_eq!(Template::parse(" \n"), Err(TemplateError::Empty));
        assert_eq!(Template::parse("\u{200B}\u{3164}"), Err(TemplateError::Empty));
        assert!(Template::parse(&"é".repeat(MAX_CHARACTERS)).is_ok());
        assert_eq!(
            Template::parse(&"a".repeat(MAX_CHARACTERS + 1)),
            Err(TemplateError::TooLong(MAX_CHARACTERS + 1))
        );
    }

    #[test]
    fn a_name_that_is_not_known_is_left_out() {
        for (text, wanted) in [
            ("Hi {name}, back soon", "Hi, back soon"),
            ("{name}: until {time}", "until 15:30"),
            ("Until {time}, {name}!", "Until 15:30!"),
            ("... {time}", "... 15:30"),
            ("! {time}", "! 15:30"),
            ("{name}", ""),
        ] {
            let template = Template::parse(text).unwrap();

            assert_eq!(template.fill(" \n", "15:30"), wanted, "{text}");
        }
    }

    #[test]
    fn a_name_is_never_more_than_a_name() {
        let template = Template::parse("Hi {name}").unwrap();

        assert_eq!(template.fill("{time}", "15:30"), "Hi {time}");
        assert_eq!(template.fill("Bob\n\u{7}", "15:30"), "Hi Bob");
        assert_eq!(
            template.fill(&"x".repeat(500), "15:30").len(),
            "Hi ".len() + MAX_NAME_LETTERS
        );
    }
}
