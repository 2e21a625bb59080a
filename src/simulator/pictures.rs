//! Small media made in code: pictures that a viewer can tell apart, and the shortest honest video and voice note.

use image::codecs::jpeg::JpegEncoder;
use image::{ImageResult, Rgb, RgbImage, imageops};
use rand::RngExt as _;

/// Width of a picture in pixels.
pub(super) const WIDTH: u32 = 320;
/// Height of a picture in pixels.
pub(super) const HEIGHT: u32 = 240;

/// A picture and its preview.
pub(super) struct Picture {
    pub(super) jpeg: Vec<u8>,
    pub(super) thumbnail: Vec<u8>,
}

/// A sun over a landscape, in random colours.
pub(super) fn picture() -> ImageResult<Picture> {
    let mut rng = rand::rng();
    let mut colour = || Rgb(rng.random::<[u8; 3]>());
    let (sky, land, sun) = (colour(), colour(), colour());
    let centre = (rng.random_range(40..WIDTH - 40), rng.random_range(40..120));
    let radius = rng.random_range(18..38_u32);
    let slope = rng.random_range(2..6_u32);
    let image = RgbImage::from_fn(WIDTH, HEIGHT, |x, y| {
        let (dx, dy) = (x.abs_diff(centre.0), y.abs_diff(centre.1));
        let horizon = HEIGHT * 2 / 3 + x / slope / 2 - 16;
        if dx * dx + dy * dy < radius * radius {
            sun
        } else if y > horizon {
            land
        } else {
            sky
        }
    });
    let small = imageops::thumbnail(&image, 32, 24);
    Ok(Picture {
        jpeg: encode(&image, 80)?,
        thumbnail: encode(&small, 60)?,
    })
}

fn encode(image: &RgbImage, quality: u8) -> ImageResult<Vec<u8>> {
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, quality).encode_image(image)?;
    Ok(jpeg)
}

/// A well-formed MP4 file of one second that shows nothing: brand, an empty movie, and random filler so that no two
/// are alike.
pub(super) fn video() -> Vec<u8> {
    let mut header = vec![0; 100];
    header[12..16].copy_from_slice(&1_000_u32.to_be_bytes());
    header[16..20].copy_from_slice(&1_000_u32.to_be_bytes());
    header[20..24].copy_from_slice(&0x0001_0000_u32.to_be_bytes());
    header[24..26].copy_from_slice(&0x0100_u16.to_be_bytes());
    for (at, one) in [
        (36, 0x0001_0000_u32),
        (52, 0x0001_0000),
        (68, 0x4000_0000),
        (96, 2),
    ] {
        header[at..at + 4].copy_from_slice(&one.to_be_bytes());
    }
    let mut filler = vec![0; 4_096];
    rand::rng().fill(&mut filler[..]);
    [
        atom(*b"ftyp", b"isom\0\0\x02\0isomiso2mp41"),
        atom(*b"moov", &atom(*b"mvhd", &header)),
        atom(*b"free", &filler),
    ]
    .concat()
}

fn atom(kind: [u8; 4], body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 8).unwrap_or(u32::MAX);
    [&length.to_be_bytes()[..], &kind, body].concat()
}

/// One second of Opus silence in an Ogg file.
pub(super) fn voice_note() -> Vec<u8> {
    let serial = rand::rng().random::<u32>();
    let head = b"OpusHead\x01\x01\x38\x01\x80\xbb\0\0\0\0\0".to_vec();
    let tags = b"OpusTags\x09\0\0\0simulator\0\0\0\0".to_vec();
    let silence = vec![vec![0xf8, 0xff, 0xfe]; 50];
    [
        ogg_page(2, 0, serial, 0, &[head]),
        ogg_page(0, 0, serial, 1, &[tags]),
        ogg_page(4, 48_000, serial, 2, &silence),
    ]
    .concat()
}

fn ogg_page(flags: u8, position: u64, serial: u32, sequence: u32, packets: &[Vec<u8>]) -> Vec<u8> {
    let count = u8::try_from(packets.len()).unwrap_or(u8::MAX);
    let sizes = packets
        .iter()
        .map(|packet| u8::try_from(packet.len()).unwrap_or(u8::MAX));
    let mut page = b"OggS\0".to_vec();
    page.push(flags);
    page.extend(position.to_le_bytes());
    page.extend(serial.to_le_bytes());
    page.extend(sequence.to_le_bytes());
    page.extend([0; 4]);
    page.push(count);
    page.extend(sizes);
    page.extend(packets.concat());
    let checksum = ogg_checksum(&page);
    page[22..26].copy_from_slice(&checksum.to_le_bytes());
    page
}

fn ogg_checksum(page: &[u8]) -> u32 {
    page.iter().fold(0, |checksum: u32, byte| {
        (0..8).fold(checksum ^ (u32::from(*byte) << 24), |sum, _| {
            (sum << 1) ^ (if sum & 0x8000_0000 == 0 { 0 } else { 0x04c1_1db7 })
        })
    })
}
