//! Conversion of an uploaded picture: it is decoded within bounds, turned upright, and written anew as a JPEG, without
//! the camera's metadata (above all the place where it was taken).

use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageDecoder, Rgb, RgbImage};

use super::Rejection;
use super::inspect::Prepared;
use crate::event::MediaKind;
use crate::media::decoding::{self, Undecodable};
use crate::media::thumbnail;

/// The longest edge of what is kept, in pixels; WhatsApp's own apps send less.
const LONGEST_EDGE: u32 = 2_560;
const QUALITY: u8 = 85;

/// The JPEG that is kept of `content`.
pub(super) fn prepare(content: &[u8]) -> Result<Prepared, Rejection> {
    let picture = flatten(decode(content)?);
    let mut jpeg = Vec::new();
    picture
        .write_with_encoder(JpegEncoder::new_with_quality(&mut jpeg, QUALITY))
        .map_err(|_| Rejection::Damaged)?;
    let (width, height) = picture.dimensions();
    Ok(Prepared {
        kind: MediaKind::Image,
        mime_type: "image/jpeg",
        content: jpeg.into(),
        width,
        height,
        duration_seconds: None,
        thumbnail: thumbnail::small_jpeg(&DynamicImage::ImageRgb8(picture)),
    })
}

/// The picture as it is to be seen, upright and no larger than is kept. Turned after it was made smaller, because a
/// picture is in memory twice while it is turned.
fn decode(content: &[u8]) -> Result<DynamicImage, Rejection> {
    let mut decoder = decoding::open(content).map_err(refusal)?;
    let orientation = decoder.orientation().map_err(|error| refusal(error.into()))?;
    let picture = DynamicImage::from_decoder(decoder).map_err(|error| refusal(error.into()))?;
    let mut small = shrink(picture);
    small.apply_orientation(orientation);
    Ok(small)
}

fn refusal(why: Undecodable) -> Rejection {
    match why {
        Undecodable::Unknown => Rejection::UnknownType,
        Undecodable::WrongType(format) => Rejection::WrongType(format!("{format:?}").to_uppercase()),
        Undecodable::TooManyPixels { width, height } => Rejection::TooManyPixels { width, height },
        Undecodable::TooLarge => Rejection::TooLargeToDecode,
        Undecodable::Damaged => Rejection::Damaged,
    }
}

/// A picture no larger than is kept. By averages, because a better filter would hold the whole picture a second time, as
/// numbers four times as large.
fn shrink(picture: DynamicImage) -> DynamicImage {
    if picture.width().max(picture.height()) <= LONGEST_EDGE {
        return picture;
    }
    picture.thumbnail(LONGEST_EDGE, LONGEST_EDGE)
}

/// JPEG knows no transparency: what shines through is white.
fn flatten(picture: DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8();
    }
    let seen = picture.into_rgba8();
    RgbImage::from_fn(seen.width(), seen.height(), |x, y| {
        let [red, green, blue, alpha] = seen.get_pixel(x, y).0;
        let over_white = |colour: u8| {
            let mixed = u32::from(colour) * u32::from(alpha) + 255 * (255 - u32::from(alpha));
            u8::try_from(mixed / 255).unwrap_or(u8::MAX)
        };
        Rgb([over_white(red), over_white(green), over_white(blue)])
    })
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::{ImageFormat, Rgba, RgbaImage};

    use super::*;
    use crate::media::decoding::tests::claim;

    fn png(picture: &RgbaImage) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, ImageFormat::Png).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn what_shines_through_is_white() {
        let clear = RgbaImage::from_pixel(16, 16, Rgba([0, 0, 0, 0]));

        let kept = prepare(&png(&clear)).unwrap();

        let seen = image::load_from_memory(&kept.content).unwrap().into_rgb8();
        assert!(seen.get_pixel(8, 8).0.iter().all(|part| *part > 250));
    }

    #[test]
    fn a_picture_larger_than_needed_is_made_smaller_in_its_shape() {
        let wide = RgbaImage::from_pixel(5_120, 1_280, Rgba([9, 90, 200, 255]));

        let kept = prepare(&png(&wide)).unwrap();

        assert_eq!((kept.width, kept.height), (2_560, 640));
        assert!(kept.thumbnail.is_some_and(|jpeg| jpeg.len() < 20_000));
    }

    #[test]
    fn a_picture_is_in_memory_once_while_it_is_made_smaller() {
        let file = png(&RgbaImage::from_pixel(4_000, 3_000, Rgba([9, 90, 200, 255])));
        let pixels = 4_000 * 3_000 * 4;

        let counted = allocation_counter::measure(|| drop(prepare(&file).unwrap()));

        let kept = 2_560 * 1_920 * (4 + 3);
        assert!(
            counted.bytes_max < pixels + kept + (4 << 20),
            "{} bytes",
            counted.bytes_max
        );
    }

    #[test]
    fn a_small_file_that_claims_to_be_huge_is_not_decoded() {
        let mut bomb = png(&RgbaImage::from_pixel(8, 8, Rgba([1, 2, 3, 255])));
        for (edge, bits, rejection) in [
            (60_000, 8, Rejection::TooLargeToDecode),
            (
                16_000,
                8,
                Rejection::TooManyPixels {
                    width: 16_000,
                    height: 16_000,
                },
            ),
            (7_000, 16, Rejection::TooLargeToDecode),
        ] {
            claim(&mut bomb, edge, bits);

            assert_eq!(prepare(&bomb).unwrap_err(), rejection);
        }
    }

    #[test]
    fn what_is_no_picture_that_is_taken_says_what_it_is() {
        assert_eq!(
            prepare(b"GIF89a\x01\0\x01\0").unwrap_err(),
            Rejection::WrongType("GIF".to_owned())
        );
        assert_eq!(prepare(b"%PDF-1.7").unwrap_err(), Rejection::UnknownType);
        assert_eq!(
            prepare(b"\xff\xd8\xff\xe0 cut off").unwrap_err(),
            Rejection::Damaged
        );
    }
}
