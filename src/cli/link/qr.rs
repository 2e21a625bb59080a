//! A QR code as text: one character shows two modules, one above the other.

use qrcode::render::unicode::Dense1x2;
use qrcode::types::QrError;
use qrcode::{EcLevel, QrCode};

/// Black on white, of the colours that no theme of a terminal changes.
const BLACK_ON_WHITE: &str = "\x1b[38;5;16;48;5;231m";
const RESET: &str = "\x1b[0m";

/// Draws a QR code of `text`: with colours in black on white, whatever the terminal's own are, and without for light text
/// on a dark ground.
///
/// # Errors
/// When `text` is too long for a code; WhatsApp's never is.
pub(super) fn render(text: &str, has_colours: bool) -> Result<String, QrError> {
    // The lowest level of correction: a screen is clean, and a small code fits a small terminal.
    let code = QrCode::with_error_correction_level(text, EcLevel::L)?;
    let mut picture = code.render::<Dense1x2>();
    if has_colours {
        let lines = picture.build();
        let lines = lines.lines().map(|line| format!("{BLACK_ON_WHITE}{line}{RESET}"));
        return Ok(lines.collect::<Vec<_>>().join("\n"));
    }
    Ok(picture
        .dark_color(Dense1x2::Light)
        .light_color(Dense1x2::Dark)
        .build())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_as_long_as_whatsapps_takes_65_columns_and_33_lines_in_colours_of_its_own() {
        let text = "x".repeat(237);

        let picture = render(&text, true).unwrap();

        assert!(picture.lines().count() <= 33, "{} lines", picture.lines().count());
        for line in picture.lines() {
            let inner = line
                .strip_prefix(BLACK_ON_WHITE)
                .unwrap()
                .strip_suffix(RESET)
                .unwrap();
            assert_eq!(inner.chars().count(), 65);
        }
        assert!(
            picture.lines().next().unwrap().contains("     "),
            "the margin is white"
        );
    }

    #[test]
    fn without_colours_the_ground_is_drawn_and_the_code_is_left_out() {
        let picture = render("2@abc", false).unwrap();

        assert!(picture.lines().next().unwrap().chars().all(|c| c == '█'));
        assert!(!picture.contains('\x1b'));
    }
}
