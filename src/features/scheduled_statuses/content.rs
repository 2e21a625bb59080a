//! Content of a scheduled status, within the limits of WhatsApp. No I/O.

use std::fmt;

use async_graphql::Enum;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::visible_text::visible_lines;

/// Maximum number of characters of a text status.
pub(super) const MAX_TEXT_CHARACTERS: usize = 700;
/// Maximum number of characters of a caption.
pub(super) const MAX_CAPTION_CHARACTERS: usize = 1_024;

/// Error of invalid content.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ContentError {
    /// The text is blank.
    #[error("the text is empty; pass 1 to {MAX_TEXT_CHARACTERS} characters")]
    Empty,
    /// The text is too long, with its number of characters.
    #[error("the text has {0} characters; pass at most {MAX_TEXT_CHARACTERS}")]
    TextTooLong(usize),
    /// The caption is too long, with its number of characters.
    #[error("the caption has {0} characters; pass at most {MAX_CAPTION_CHARACTERS}")]
    CaptionTooLong(usize),
    /// The text is not a colour.
    #[error("'{0}' is no colour; pass red, green and blue as #RRGGBB, such as #128C7E")]
    NotAColour(String),
}

/// WhatsApp's fonts for a text status.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Enum, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum StatusFont {
    /// The phone's system font.
    #[default]
    System,
    /// The phone's system font for longer text.
    SystemText,
    /// Handwriting.
    FbScript,
    /// The phone's system font, bold.
    SystemBold,
    /// Morning Breeze, rounded.
    MorningbreezeRegular,
    /// Calistoga, with soft serifs.
    CalistogaRegular,
    /// Exo 2, extra bold.
    Exo2Extrabold,
    /// Courier Prime, bold, like a typewriter.
    CourierprimeBold,
}

impl StatusFont {
    /// WhatsApp's number of the font.
    pub const fn number(self) -> i32 {
        match self {
            Self::System => 0,
            Self::SystemText => 1,
            Self::FbScript => 2,
            Self::SystemBold => 6,
            Self::MorningbreezeRegular => 7,
            Self::CalistogaRegular => 8,
            Self::Exo2Extrabold => 9,
            Self::CourierprimeBold => 10,
        }
    }
}

/// An opaque colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Colour {
    rgb: u32,
}

impl Colour {
    /// The default background: WhatsApp's dark green.
    pub const DEFAULT_BACKGROUND: Self = Self { rgb: 0x0007_5E54 };

    /// Parses `#RRGGBB`.
    ///
    /// # Errors
    /// [`ContentError::NotAColour`].
    pub fn parse(text: &str) -> Result<Self, ContentError> {
        let digits = text
            .strip_prefix('#')
            .filter(|digits| digits.len() == 6 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        digits
            .and_then(|digits| u32::from_str_radix(digits, 16).ok())
            .map(|rgb| Self { rgb })
            .ok_or_else(|| ContentError::NotAColour(text.chars().take(16).collect()))
    }

    /// The colour as alpha, red, green and blue.
    pub const fn argb(self) -> u32 {
        0xFF00_0000 | self.rgb
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:06X}", self.rgb)
    }
}

/// A text on a coloured background.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextContent {
    text: String,
    /// The background colour.
    pub background: Colour,
    /// The font.
    pub font: StatusFont,
}

impl TextContent {
    /// Creates a text within WhatsApp's limits.
    ///
    /// # Errors
    /// [`ContentError::Empty`] or [`ContentError::TextTooLong`].
    pub fn new(text: String, background: Colour, font: StatusFont) -> Result<Self, ContentError> {
        let length = text.chars().count();
        if visible_lines(&text).is_none() {
            Err(ContentError::Empty)
        } else if length > MAX_TEXT_CHARACTERS {
            Err(ContentError::TextTooLong(length))
        } else {
            Ok(Self {
                text,
                background,
                font,
            })
        }
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// The content of a status beside its file. Stored encrypted.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Content {
    /// A text status.
    Text(TextContent),
    /// The caption of a picture or video.
    Caption(Option<String>),
}

impl Content {
    /// Creates a caption; a blank one becomes none.
    ///
    /// # Errors
    /// [`ContentError::CaptionTooLong`].
    pub fn caption(text: Option<String>) -> Result<Self, ContentError> {
        let text = text.filter(|text| visible_lines(text).is_some());
        let length = text.as_ref().map_or(0, |text| text.chars().count());
        if length > MAX_CAPTION_CHARACTERS {
            return Err(ContentError::CaptionTooLong(length));
        }
        Ok(Self::Caption(text))
    }
}

impl fmt::Debug for TextContent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Private text stays out of logs.
        write!(f, "Words({} characters)", self.text.chars().count())
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(words) => words.fmt(f),
            Self::Caption(_) => f.write_str("Caption"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_is_six_digits_behind_a_hash() {
        let green = Colour::parse("#128c7E").unwrap();

        assert_eq!(green.argb(), 0xFF12_8C7E);
        assert_eq!(green.to_string(), "#128C7E");
        for wrong in [
            "", "128C7E", "#128C7", "#128C7EF", "#12 C7E", "#+12C7E", "green", "#ÄÖ8",
        ] {
            assert_eq!(
                Colour::parse(wrong),
                Err(ContentError::NotAColour(wrong.to_owned()))
            );
        }
    }

    #[test]
    fn words_have_1_to_700_characters_however_many_bytes_those_are() {
        let words =
            |text: String| TextContent::new(text, Colour::DEFAULT_BACKGROUND, StatusFont::System).map(drop);

        assert_eq!(words("💚".repeat(700)), Ok(()));
        assert_eq!(words("💚".repeat(701)), Err(ContentError::TextTooLong(701)));
        for blank in [" \n ", "\u{200B}\u{202E}"] {
            assert_eq!(words(blank.to_owned()), Err(ContentError::Empty), "{blank:?}");
        }
    }

    #[test]
    fn a_blank_caption_is_none_and_a_long_one_is_refused() {
        assert_eq!(
            Content::caption(Some("  ".to_owned())),
            Ok(Content::Caption(None))
        );
        assert_eq!(
            Content::caption(Some("a".repeat(1_025))),
            Err(ContentError::CaptionTooLong(1_025))
        );
    }
}
