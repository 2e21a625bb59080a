//! Pictures and videos, made byte by byte, with what cameras write into them.

use std::io::Cursor;

use image::{ImageFormat, Rgb, RgbImage};

/// What a camera's position reads as in the files below.
pub(crate) const POSITION: &[u8] = b"48/1,51/1,29/1";

/// A picture in this format: red on the left, blue on the right.
pub(crate) fn picture(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let picture = RgbImage::from_fn(width, height, |x, _| {
        Rgb(if x < width / 2 {
            [220, 20, 20]
        } else {
            [20, 20, 220]
        })
    });
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// A JPEG of a camera that was turned to the right, which says so and where it was.
pub(crate) fn photograph(width: u32, height: u32) -> Vec<u8> {
    let plain = picture(width, height, ImageFormat::Jpeg);
    let mut exif = b"Exif\0\0II*\0\x08\0\0\0".to_vec();
    // One directory of two entries: the orientation (turn by 90 degrees), and where the positions are.
    exif.extend(2_u16.to_le_bytes());
    exif.extend(entry(0x0112, 3, 1, 6));
    exif.extend(entry(0x8825, 4, 1, 38));
    exif.extend([0; 4]);
    // The directory of positions: one text, behind it.
    exif.extend(1_u16.to_le_bytes());
    exif.extend(entry(0x001d, 2, u32::try_from(POSITION.len()).unwrap(), 56));
    exif.extend([0; 4]);
    exif.extend(POSITION);
    let length = u16::try_from(exif.len() + 2).unwrap();
    let (start, rest) = plain.split_at(2);
    [start, &[0xff, 0xe1], &length.to_be_bytes(), &exif, rest].concat()
}

fn entry(tag: u16, kind: u16, count: u32, value: u32) -> Vec<u8> {
    let (tag, kind) = (tag.to_le_bytes(), kind.to_le_bytes());
    [&tag[..], &kind, &count.to_le_bytes(), &value.to_le_bytes()].concat()
}

/// What a video is made of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Film {
    pub(crate) seconds: u32,
    pub(crate) pictures: &'static [u8; 4],
    pub(crate) sound: Option<&'static [u8; 4]>,
    pub(crate) is_turned: bool,
}

impl Film {
    /// H.264 and AAC, as a phone makes it.
    pub(crate) const USUAL: Self = Self {
        seconds: 12,
        pictures: b"avc1",
        sound: Some(b"mp4a"),
        is_turned: false,
    };

    /// The file, which says where the camera was.
    pub(crate) fn bytes(self) -> Vec<u8> {
        let mut movie = vec![self.pictures()];
        movie.extend(self.sound.map(|codec| self.sound_track(*codec)));
        let position = atom(*b"udta", &[&atom(*b"\xa9xyz", &[POSITION])]);
        movie.push(position);
        let movie: Vec<&[u8]> = movie.iter().map(Vec::as_slice).collect();
        [
            atom(*b"ftyp", &[b"isom\0\0\x02\0isommp42"]),
            atom(*b"moov", &movie),
            atom(*b"mdat", &[&[7; 900]]),
        ]
        .concat()
    }

    /// The file as a recorder writes it while it records: samples in so many fragments, and none in the movie.
    pub(crate) fn fragmented(self, fragments: usize) -> Vec<u8> {
        let empty = Self { seconds: 0, ..self };
        let movie = atom(
            *b"moov",
            &[
                &empty.pictures(),
                &atom(*b"mvex", &[&atom(*b"trex", &[&[0; 24]])]),
            ],
        );
        let fragment = [
            atom(*b"moof", &[&atom(*b"mfhd", &[&[0; 8]])]),
            atom(*b"mdat", &[&[7; 9]]),
        ]
        .concat();
        [
            atom(*b"ftyp", &[b"iso5\0\0\x02\0iso5iso6mp41"]),
            movie,
            fragment.repeat(fragments),
        ]
        .concat()
    }

    fn pictures(self) -> Vec<u8> {
        let entry = atom(*self.pictures, &[&[0; 6], &1_u16.to_be_bytes(), &[0; 70]]);
        self.track(*b"vide", &entry)
    }

    fn sound_track(self, codec: [u8; 4]) -> Vec<u8> {
        // The description of the stream: a decoder's configuration of MPEG-4 audio inside.
        let description: &[u8] = &[
            0, 0, 0, 0, 3, 22, 0, 1, 0, 4, 17, 0x40, 0x15, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 2, 0x12, 0x10,
        ];
        let esds = atom(*b"esds", &[description]);
        let entry = atom(codec, &[&[0; 6], &1_u16.to_be_bytes(), &[0; 20], &esds]);
        self.track(*b"soun", &entry)
    }

    fn track(self, handler: [u8; 4], codec: &[u8]) -> Vec<u8> {
        let one = |number: u32| number.to_be_bytes();
        let upright = [one(0x1_0000), one(0), one(0), one(0), one(0x1_0000)];
        let turned = [one(0), one(0x1_0000), one(0), one(0xffff_0000), one(0)];
        let matrix = if self.is_turned { turned } else { upright };
        let header = atom(
            *b"tkhd",
            &[
                &[0; 40],
                matrix.as_flattened(),
                &[0; 16],
                &one(640 << 16),
                &one(360 << 16),
            ],
        );
        let times = atom(
            *b"mdhd",
            &[&[0; 12], &one(1_000), &one(self.seconds * 1_000), &[0; 4]],
        );
        let name = atom(*b"hdlr", &[&[0; 8], &handler, &[0; 13]]);
        let codecs = atom(*b"stsd", &[&[0; 4], &one(1), codec]);
        let lengths = atom(*b"stts", &[&[0; 4], &one(1), &one(self.seconds), &one(1_000)]);
        let table = atom(*b"stbl", &[&codecs, &lengths]);
        let media = atom(*b"mdia", &[&times, &name, &atom(*b"minf", &[&table])]);
        atom(*b"trak", &[&header, &media])
    }
}

/// A box of the MP4 family.
pub(crate) fn atom(name: [u8; 4], parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    let length = u32::try_from(body.len() + 8).unwrap();
    [&length.to_be_bytes()[..], &name, &body].concat()
}

/// Whether `needle` is anywhere in `hay`.
pub(crate) fn contains(hay: &[u8], needle: &[u8]) -> bool {
    hay.windows(needle.len()).any(|window| window == needle)
}
