//! A QR code as pictures.

use std::io::Cursor;

use data_encoding::BASE64;
use image::{GrayImage, ImageFormat, Luma};
use qrcode::render::svg;
use qrcode::types::QrError;
use qrcode::{Color, QrCode};

/// Pixels a module, and modules of white around the code.
const SCALE: u32 = 6;
const QUIET: u32 = 4;

/// A QR code of `text` as a PNG in a data URI, fit for an `<img src>`.
///
/// # Errors
/// Error when the text is too long for a code.
pub(crate) fn png_data_uri(text: &str) -> Result<String, QrError> {
    let code = QrCode::new(text)?;
    let width = u32::try_from(code.width()).unwrap_or(u32::MAX);
    let side = (width + 2 * QUIET) * SCALE;
    let picture = GrayImage::from_fn(side, side, |x, y| {
        let (column, row) = ((x / SCALE).wrapping_sub(QUIET), (y / SCALE).wrapping_sub(QUIET));
        let is_dark = column < width && row < width && code[(column as usize, row as usize)] == Color::Dark;
        Luma([if is_dark { 0 } else { 255 }])
    });
    let mut png = Vec::new();
    picture
        .write_to(&mut Cursor::new(&mut png), ImageFormat::Png)
        .expect("a picture in memory can be written as PNG");
    Ok(format!("data:image/png;base64,{}", BASE64.encode(&png)))
}

/// A QR code of `text` as an SVG document.
///
/// # Errors
/// Error when the text is too long for a code.
pub(crate) fn svg(text: &str) -> Result<String, QrError> {
    Ok(QrCode::new(text)?
        .render::<svg::Color<'_>>()
        .min_dimensions(240, 240)
        .build())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_a_square_picture_with_white_around_it() {
        let uri = png_data_uri("2@abc,def,ghi,jkl").unwrap();

        let png = BASE64
            .decode(uri.strip_prefix("data:image/png;base64,").unwrap().as_bytes())
            .unwrap();
        let picture = image::load_from_memory(&png).unwrap().to_luma8();
        assert_eq!(picture.width(), picture.height());
        assert_eq!(picture.get_pixel(0, 0), &Luma([255]));
        assert_eq!(picture.get_pixel(QUIET * SCALE, QUIET * SCALE), &Luma([0]));
        assert!(svg("2@abc").unwrap().contains("<svg"));
    }
}
