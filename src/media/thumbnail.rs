use bytes::Bytes;
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageDecoder};

use super::decoding;

/// The longest edge of a thumbnail, in pixels.
const LONGEST_EDGE: u32 = 320;
const QUALITY: u8 = 75;

/// A thumbnail.
#[derive(Debug)]
pub(super) struct Thumbnail {
    /// At most 320 pixels wide and high.
    pub(super) jpeg: Vec<u8>,
    /// Of the picture itself, upright: width and height in pixels.
    pub(super) dimensions: (u32, u32),
}

/// A thumbnail of `content`, when it is a JPEG, PNG or WebP picture of sane size. Decodes it, so never on a thread
/// that serves sockets.
pub(super) async fn make(content: Bytes) -> Option<Thumbnail> {
    tokio::task::spawn_blocking(move || decode(&content))
        .await
        .ok()
        .flatten()
}

fn decode(content: &[u8]) -> Option<Thumbnail> {
    let mut decoder = decoding::open(content).ok()?;
    let orientation = decoder.orientation().ok();
    let picture = DynamicImage::from_decoder(decoder).ok()?;
    let mut small = shrink(&picture);
    let mut dimensions = (picture.width(), picture.height());
    if let Some(orientation) = orientation {
        let (before, lies) = ((small.width(), small.height()), small.width() != small.height());
        small.apply_orientation(orientation);
        if lies && before != (small.width(), small.height()) {
            dimensions = (dimensions.1, dimensions.0);
        }
    }
    let jpeg = encode(&small)?;
    Some(Thumbnail { jpeg, dimensions })
}

/// A thumbnail of a picture that is decoded and upright.
pub(super) fn small_jpeg(picture: &DynamicImage) -> Option<Vec<u8>> {
    encode(&shrink(picture))
}

fn shrink(picture: &DynamicImage) -> DynamicImage {
    picture.thumbnail(
        LONGEST_EDGE.min(picture.width()),
        LONGEST_EDGE.min(picture.height()),
    )
}

fn encode(small: &DynamicImage) -> Option<Vec<u8>> {
    let mut jpeg = Vec::new();
    // JPEG knows no transparency.
    small
        .to_rgb8()
        .write_with_encoder(JpegEncoder::new_with_quality(&mut jpeg, QUALITY))
        .ok()?;
    Some(jpeg)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::{ImageFormat, RgbaImage};

    use super::*;

    fn picture(width: u32, height: u32, format: ImageFormat) -> Bytes {
        let mut bytes = Cursor::new(Vec::new());
        let image = RgbaImage::from_pixel(width, height, image::Rgba([200, 10, 10, 255]));
        DynamicImage::from(image)
            .to_rgb8()
            .write_to(&mut bytes, format)
            .unwrap();
        bytes.into_inner().into()
    }

    #[tokio::test]
    async fn a_picture_becomes_a_small_jpeg_of_the_same_shape() {
        for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
            let made = make(picture(1280, 640, format)).await.unwrap();

            let small = image::load_from_memory_with_format(&made.jpeg, ImageFormat::Jpeg).unwrap();
            assert_eq!((small.width(), small.height()), (320, 160), "{format:?}");
            assert_eq!(made.dimensions, (1280, 640));
        }
    }

    #[tokio::test]
    async fn what_is_no_picture_or_claims_too_much_has_no_thumbnail() {
        let mut huge = picture(8, 8, ImageFormat::Png).to_vec();
        // The width in the header of a PNG.
        huge[16..20].copy_from_slice(&60_000_u32.to_be_bytes());

        assert!(make(Bytes::from_static(b"%PDF-1.7")).await.is_none());
        assert!(make(Bytes::new()).await.is_none());
        assert!(make(huge.into()).await.is_none());
    }
}
