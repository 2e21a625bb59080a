//! Decoding of pictures within bounds: what it takes is estimated from the header, and nothing larger is begun.

use std::io::Cursor;

use image::{ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};

/// The longest edge that a picture may claim.
const LARGEST_EDGE: u32 = 16_384;
/// The most pixels that are decoded: what the best cameras of phones make.
const MOST_PIXELS: u64 = 50_000_000;
/// The most memory of one decoder and its pixels: 50 million pixels of a PNG with transparency.
const MOST_MEMORY_BYTES: u64 = 192 * 1024 * 1024;

/// The reason why a file is not decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Undecodable {
    /// It is of no known type.
    Unknown,
    /// It is a picture of a type that is not taken.
    WrongType(ImageFormat),
    /// It has more pixels than are decoded.
    TooManyPixels { width: u32, height: u32 },
    /// It takes more memory, however many pixels it has.
    TooLarge,
    /// It does not hold together.
    Damaged,
}

impl From<ImageError> for Undecodable {
    fn from(error: ImageError) -> Self {
        match error {
            ImageError::Limits(_) => Self::TooLarge,
            _ => Self::Damaged,
        }
    }
}

/// The decoder of a JPEG, PNG or WebP picture, of which only the header was read.
pub(super) fn open(content: &[u8]) -> Result<impl ImageDecoder, Undecodable> {
    let mut reader = ImageReader::new(Cursor::new(content))
        .with_guessed_format()
        .map_err(|_| Undecodable::Unknown)?;
    let format = match reader.format() {
        Some(format @ (ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP)) => format,
        Some(other) => return Err(Undecodable::WrongType(other)),
        None => return Err(Undecodable::Unknown),
    };
    let mut limits = Limits::default();
    limits.max_image_width = Some(LARGEST_EDGE);
    limits.max_image_height = Some(LARGEST_EDGE);
    limits.max_alloc = Some(MOST_MEMORY_BYTES);
    reader.limits(limits);
    let decoder = reader.into_decoder()?;
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    if pixels > MOST_PIXELS {
        return Err(Undecodable::TooManyPixels { width, height });
    }
    // The limit above binds what a decoder declares. None declares the pixels, or these.
    let own_bytes = pixels
        * match format {
            // All coefficients, two bytes for each of three colours, until the last scan.
            ImageFormat::Jpeg if is_progressive(content) => 6,
            ImageFormat::WebP => 4,
            _ => 0,
        };
    if decoder.total_bytes().saturating_add(own_bytes) > MOST_MEMORY_BYTES {
        return Err(Undecodable::TooLarge);
    }
    Ok(decoder)
}

/// True for a JPEG that is stored in scans over the whole picture.
fn is_progressive(jpeg: &[u8]) -> bool {
    let mut rest = jpeg.get(2..).unwrap_or_default();
    while let [0xff, marker, after @ ..] = rest {
        match marker {
            // Filler before a marker.
            0xff => rest = &rest[1..],
            // The frame's header, in one of its forms; the others here are tables.
            0xc0..=0xcf if !matches!(marker, 0xc4 | 0xc8 | 0xcc) => return matches!(marker, 0xc2 | 0xca),
            _ => {
                let &[high, low, ..] = after else { return false };
                rest = after
                    .get(usize::from(u16::from_be_bytes([high, low]))..)
                    .unwrap_or_default();
            }
        }
    }
    false
}

#[cfg(test)]
pub(super) mod tests {
    use image::{DynamicImage, RgbaImage};

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

    fn encoded(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        let picture = DynamicImage::from(RgbaImage::new(width, height));
        picture.to_rgb8().write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    /// A JPEG whose header says so much.
    fn jpeg(frame: u8, width: u16, height: u16) -> Vec<u8> {
        let mut jpeg = encoded(8, 8, ImageFormat::Jpeg);
        let at = jpeg.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
        jpeg[at + 1] = frame;
        jpeg[at + 5..at + 7].copy_from_slice(&height.to_be_bytes());
        jpeg[at + 7..at + 9].copy_from_slice(&width.to_be_bytes());
        jpeg
    }

    #[test]
    fn a_picture_that_would_not_fit_is_not_begun() {
        let mut png = encoded(8, 8, ImageFormat::Png);
        assert!(open(&png).is_ok());

        claim(&mut png, LARGEST_EDGE, 8);
        let pixels = open(&png).err();
        claim(&mut png, 6_800, 16);
        let bytes = open(&png).err();

        let edge = LARGEST_EDGE;
        assert_eq!(
            pixels,
            Some(Undecodable::TooManyPixels {
                width: edge,
                height: edge
            })
        );
        assert_eq!(bytes, Some(Undecodable::TooLarge));
    }

    #[test]
    fn a_progressive_jpeg_counts_its_coefficients() {
        assert!(open(&jpeg(0xc0, 8_000, 6_000)).is_ok());
        assert_eq!(open(&jpeg(0xc2, 8_000, 6_000)).err(), Some(Undecodable::TooLarge));
        assert!(open(&jpeg(0xc2, 5_000, 4_000)).is_ok());
    }

    #[test]
    fn what_is_no_picture_that_is_taken_says_what_it_is() {
        assert_eq!(open(b"%PDF-1.7").err(), Some(Undecodable::Unknown));
        assert_eq!(
            open(b"GIF89a\x01\0\x01\0").err(),
            Some(Undecodable::WrongType(ImageFormat::Gif))
        );
        assert_eq!(
            open(b"\xff\xd8\xff\xe0 cut off").err(),
            Some(Undecodable::Damaged)
        );
    }
}
