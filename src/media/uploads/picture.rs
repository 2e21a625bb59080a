//! Conversion of an uploaded picture: it is decoded within bounds, turned upright, and written anew as a JPEG, without
//! the camera's metadata (above all the place where it was taken).

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, Rgb, RgbImage};

use super::Rejection;
use super::inspect::Prepared;
use crate::event::MediaKind;
use crate::media::thumbnail;

/// The longest edge of what is kept, in pixels; WhatsApp's own apps send less.
const LONGEST_EDGE: u32 = 2_560;
/// The decoder's limits: a small file can claim to be a huge picture.
const LARGEST_CLAIMED_EDGE: u32 = 16_384;
const MOST_PIXELS: u64 = 50_000_000;
const MOST_MEMORY_BYTES: u64 = 256 * 1024 * 1024;
const QUALITY: u8 = 85;

/// The JPEG that is kept of `content`.
pub(super) fn prepare(content: &[u8]) -> Result<Prepared, Rejection> {
    let picture = flatten(shrink(decode(content)?));
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

/// The picture as it is to be seen: upright.
fn decode(content: &[u8]) -> Result<DynamicImage, Rejection> {
    let mut reader = ImageReader::new(Cursor::new(content))
        .with_guessed_format()
        .map_err(|_| Rejection::UnknownType)?;
    match reader.format() {
        Some(ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP) => {}
        Some(other) => return Err(Rejection::WrongType(format!("{other:?}").to_uppercase())),
        None => return Err(Rejection::UnknownType),
    }
    let mut limits = Limits::default();
    limits.max_image_width = Some(LARGEST_CLAIMED_EDGE);
    limits.max_image_height = Some(LARGEST_CLAIMED_EDGE);
    limits.max_alloc = Some(MOST_MEMORY_BYTES);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|error| refusal(&error))?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MOST_PIXELS {
        return Err(Rejection::TooManyPixels { width, height });
    }
    // The limit above binds the decoder's own memory; what the pixels take is asked of nobody.
    if decoder.total_bytes() > MOST_MEMORY_BYTES {
        return Err(Rejection::TooLargeToDecode);
    }
    let orientation = decoder.orientation().map_err(|error| refusal(&error))?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|error| refusal(&error))?;
    picture.apply_orientation(orientation);
    Ok(picture)
}

fn refusal(error: &image::ImageError) -> Rejection {
    match error {
        image::ImageError::Limits(_) => Rejection::TooLargeToDecode,
        _ => Rejection::Damaged,
    }
}

fn shrink(picture: DynamicImage) -> DynamicImage {
    if picture.width().max(picture.height()) <= LONGEST_EDGE {
        return picture;
    }
    picture.resize(LONGEST_EDGE, LONGEST_EDGE, FilterType::Triangle)
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
    use image::{Rgba, RgbaImage};

    use super::*;
    use crate::media::thumbnail::tests::claim;

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
