use std::io::Cursor;

use bytes::Bytes;
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageDecoder, ImageReader, Limits};

/// The longest edge of a thumbnail, in pixels.
const LONGEST_EDGE: u32 = 320;
const QUALITY: u8 = 75;
/// The decoder's limits: a small file can claim to be a huge picture.
const LARGEST_EDGE: u32 = 16_384;
const MOST_MEMORY_BYTES: u64 = 256 * 1024 * 1024;

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
    let mut decoder = open(content)?;
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

/// The decoder of the picture, of which only the header was read; `None` when it exceeds the limits.
fn open(content: &[u8]) -> Option<impl ImageDecoder> {
    let mut reader = ImageReader::new(Cursor::new(content))
        .with_guessed_format()
        .ok()?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(LARGEST_EDGE);
    limits.max_image_height = Some(LARGEST_EDGE);
    limits.max_alloc = Some(MOST_MEMORY_BYTES);
    reader.limits(limits);
    let decoder = reader.into_decoder().ok()?;
    // The limit above binds the decoder's own memory; what the pixels take is asked of nobody.
    (decoder.total_bytes() <= MOST_MEMORY_BYTES).then_some(decoder)
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
pub(super) mod tests {
    use image::{ImageFormat, RgbaImage};

    use super::*;

    /// Lets a PNG claim in its header, whose checksum is right, to be so large in each dimension and so deep.
    pub(in crate::media) fn claim(png: &mut [u8], edge: u32, bits: u8) {
        png[16..20].copy_from_slice(&edge.to_be_bytes());
        png[20..24].copy_from_slice(&edge.to_be_bytes());
        png[24] = bits;
        let sum = !png[12..29].iter().fold(!0_u32, |sum, byte| {
            (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
                if sum & 1 == 1 {
                    (sum >> 1) ^ 0xEDB8_8320
                } else {
                    sum >> 1
                }
            })
        });
        png[29..33].copy_from_slice(&sum.to_be_bytes());
    }

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

    #[test]
    fn a_picture_whose_pixels_would_not_fit_is_not_begun() {
        let mut bomb = picture(8, 8, ImageFormat::Png).to_vec();
        assert!(open(&bomb).is_some());

        claim(&mut bomb, LARGEST_EDGE, 16);

        assert!(open(&bomb).is_none());
    }
}
