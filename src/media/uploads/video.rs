//! Inspection of uploaded videos: an MP4 with H.264 pictures and, if there is sound, AAC, as WhatsApp plays it.
//!
//! Only what decides is read, from slices whose bounds are checked, so that no claim inside the file costs more than
//! its own bytes. What the camera wrote beside the pictures (where it was taken, above all) is blanked where it stands,
//! so that nothing moves and every offset stays right.

use std::ops::Range;

use bytes::Bytes;

use super::Rejection;
use super::inspect::Prepared;
use crate::event::MediaKind;

/// The longest status video that WhatsApp takes, in seconds; the padding of encoders is tolerated.
pub(super) const LONGEST_SECONDS: f64 = 60.0;
const TOLERANCE_SECONDS: f64 = 0.5;
/// The highest number of boxes read of a file; a real one has some dozens.
const MOST_BOXES: usize = 2_000;
/// The boxes of metadata, in which users and cameras write.
const NOTES: [&[u8; 4]; 3] = [b"udta", b"meta", b"uuid"];
/// The object types of AAC in an elementary stream's description: of MPEG-4 and the profiles of MPEG-2.
const AAC: [u8; 4] = [0x40, 0x66, 0x67, 0x68];

/// The video as it is kept.
pub(super) fn prepare(content: &Bytes) -> Result<Prepared, Rejection> {
    let mut kept = content.to_vec();
    let film = read(&kept)?;
    for notes in film.notes {
        // A free box of the same length.
        kept[notes.name_at..notes.name_at + 4].copy_from_slice(b"free");
        kept[notes.body].fill(0);
    }
    if film.duration_seconds > LONGEST_SECONDS + TOLERANCE_SECONDS {
        return Err(Rejection::TooLong {
            seconds: film.duration_seconds,
        });
    }
    Ok(Prepared {
        kind: MediaKind::Video,
        mime_type: "video/mp4",
        content: kept.into(),
        width: film.width,
        height: film.height,
        duration_seconds: Some(film.duration_seconds),
        // Decoding H.264 takes a program of its own.
        thumbnail: None,
    })
}

/// Width and height of a video in pixels, as it is shown; none when its content is not one that is taken.
pub(in crate::media) fn dimensions(content: &[u8]) -> Option<(u32, u32)> {
    let film = read(content).ok()?;
    Some((film.width, film.height))
}

/// The properties that decide about a video.
#[derive(Debug, Default)]
struct Film {
    width: u32,
    height: u32,
    duration_seconds: f64,
    has_pictures: bool,
    /// The ranges to be blanked.
    notes: Vec<Found>,
    boxes: usize,
}

/// A box.
#[derive(Debug)]
struct Found {
    name: [u8; 4],
    name_at: usize,
    body: Range<usize>,
}

fn read(file: &[u8]) -> Result<Film, Rejection> {
    let mut film = Film::default();
    let mut is_film = false;
    let mut at = 0;
    // One after the other: the fragments of a long recording are more than would be counted, and its end may be cut off.
    while at < file.len() {
        let found = read_box(file, at..file.len(), true, &mut film.boxes)?;
        at = found.body.end;
        match &found.name {
            b"moov" => {
                is_film = true;
                read_movie(file, found.body, &mut film)?;
            }
            b"moof" => return Err(Rejection::Fragmented),
            name if is_note(*name) => film.notes.push(found),
            _ => {}
        }
    }
    if is_film && film.has_pictures {
        Ok(film)
    } else if is_film {
        Err(Rejection::NoPictures)
    } else {
        Err(Rejection::Damaged)
    }
}

fn read_movie(file: &[u8], movie: Range<usize>, film: &mut Film) -> Result<(), Rejection> {
    let parts = children(file, movie, &mut film.boxes)?;
    // Asked first: the tracks of such a file have no samples, and would pass for damaged.
    if parts.iter().any(|part| &part.name == b"mvex") {
        return Err(Rejection::Fragmented);
    }
    for found in parts {
        match &found.name {
            b"trak" => read_track(file, found.body, film)?,
            name if is_note(*name) => film.notes.push(found),
            _ => {}
        }
    }
    Ok(())
}

fn read_track(file: &[u8], track: Range<usize>, film: &mut Film) -> Result<(), Rejection> {
    let (mut header, mut media) = (None, None);
    for found in children(file, track, &mut film.boxes)? {
        match &found.name {
            b"tkhd" => header = Some(found.body),
            b"mdia" => media = Some(found.body),
            name if is_note(*name) => film.notes.push(found),
            _ => {}
        }
    }
    let (header, media) = header.zip(media).ok_or(Rejection::Damaged)?;
    let boxes = &mut film.boxes;
    let handler = find(file, &media, *b"hdlr", boxes)?;
    let times = find(file, &media, *b"mdhd", boxes)?;
    let information = find(file, &media, *b"minf", boxes)?;
    let table = find(file, &information, *b"stbl", boxes)?;
    let codec = find(file, &table, *b"stsd", boxes)?;
    let lengths = find(file, &table, *b"stts", boxes)?;
    match bytes::<4>(file, &handler, 8)? {
        b"vide" if film.has_pictures => return Err(Rejection::SeveralTracks),
        b"vide" => {
            require_h264(file, &codec)?;
            film.has_pictures = true;
            (film.width, film.height) = size(file, &header)?;
        }
        b"soun" => require_aac(file, &codec, boxes)?,
        // Where a camera was at each moment lies in such a track.
        b"meta" => return Err(Rejection::DataTrack),
        // Subtitles, chapters and the like: nobody plays them.
        _ => return Ok(()),
    }
    film.duration_seconds = film.duration_seconds.max(duration(file, &times, &lengths)?);
    Ok(())
}

/// Width and height as they are shown: a phone that was held upright says so by turning the picture.
fn size(file: &[u8], header: &Range<usize>) -> Result<(u32, u32), Rejection> {
    let is_long = file[header.start..].first() == Some(&1);
    let matrix = if is_long { 52 } else { 40 };
    let turned = number(file, header, matrix)? == 0 && number(file, header, matrix + 16)? == 0;
    let width = number(file, header, matrix + 36)? >> 16;
    let height = number(file, header, matrix + 40)? >> 16;
    if width == 0 || height == 0 {
        return Err(Rejection::Damaged);
    }
    Ok(if turned { (height, width) } else { (width, height) })
}

/// The duration of a track by its samples; the headers are not trusted.
fn duration(file: &[u8], times: &Range<usize>, lengths: &Range<usize>) -> Result<f64, Rejection> {
    let is_long = file[times.start..].first() == Some(&1);
    let scale = number(file, times, if is_long { 20 } else { 12 })?;
    let runs = usize::try_from(number(file, lengths, 4)?).map_err(|_| Rejection::Damaged)?;
    if scale == 0 || runs > lengths.len() / 8 {
        return Err(Rejection::Damaged);
    }
    let mut units = 0_u64;
    for run in 0..runs {
        let samples = u64::from(number(file, lengths, 8 + run * 8)?);
        let each = u64::from(number(file, lengths, 12 + run * 8)?);
        units = units.saturating_add(samples.saturating_mul(each));
    }
    // Exact up to 2^53 units; anything near that is far too long in any case.
    let units = std::time::Duration::from_secs(units / u64::from(scale)).as_secs_f64()
        + f64::from(u32::try_from(units % u64::from(scale)).unwrap_or(0)) / f64::from(scale);
    if units > 0.0 {
        Ok(units)
    } else {
        Err(Rejection::Damaged)
    }
}

fn require_h264(file: &[u8], codec: &Range<usize>) -> Result<(), Rejection> {
    match bytes::<4>(file, codec, 12)? {
        b"avc1" | b"avc3" => Ok(()),
        other => Err(Rejection::Codec(readable(other))),
    }
}

fn require_aac(file: &[u8], codec: &Range<usize>, boxes: &mut usize) -> Result<(), Rejection> {
    let entries = children(file, codec.start + 8..codec.end, boxes)?;
    let entry = entries.into_iter().next().ok_or(Rejection::Damaged)?;
    if &entry.name != b"mp4a" {
        return Err(Rejection::Codec(readable(&entry.name)));
    }
    // Behind 28 bytes about the sound.
    let inside = entry.body.start + 28..entry.body.end;
    let description = find(file, &inside, *b"esds", boxes)?;
    match object_type(&file[description]) {
        Some(found) if AAC.contains(&found) => Ok(()),
        _ => Err(Rejection::Codec("sound that is not AAC".to_owned())),
    }
}

/// The object type in a stream's description: the first byte of the decoder's configuration, after the stream's number
/// and flags.
fn object_type(description: &[u8]) -> Option<u8> {
    let stream = described(description.get(4..)?, 0x03)?;
    let flags = *stream.get(2)?;
    let mut rest = stream.get(3..)?;
    if flags & 0x80 != 0 {
        rest = rest.get(2..)?;
    }
    if flags & 0x40 != 0 {
        let length = usize::from(*rest.first()?);
        rest = rest.get(1 + length..)?;
    }
    if flags & 0x20 != 0 {
        rest = rest.get(2..)?;
    }
    described(rest, 0x04)?.first().copied()
}

/// The content after a tag and a length of variable size: a set highest bit means that another byte of the length
/// follows.
fn described(bytes: &[u8], tag: u8) -> Option<&[u8]> {
    let length = bytes.strip_prefix(&[tag])?;
    let last = length.iter().position(|byte| byte & 0x80 == 0)?;
    length.get(last + 1..)
}

fn is_note(name: [u8; 4]) -> bool {
    NOTES.contains(&&name)
}

/// The boxes that lie in `within`, which they must fill.
fn children(file: &[u8], within: Range<usize>, boxes: &mut usize) -> Result<Vec<Found>, Rejection> {
    let mut found = Vec::new();
    let mut at = within.start;
    while at < within.end {
        let next = read_box(file, at..within.end, false, boxes)?;
        at = next.body.end;
        found.push(next);
    }
    Ok(found)
}

/// The box at the beginning of `rest`. One of the file itself may be open: it goes to the end.
fn read_box(
    file: &[u8],
    rest: Range<usize>,
    may_be_open: bool,
    boxes: &mut usize,
) -> Result<Found, Rejection> {
    *boxes += 1;
    if *boxes > MOST_BOXES {
        return Err(Rejection::Damaged);
    }
    let name = *bytes::<4>(file, &rest, 4)?;
    let (header, length) = match number(file, &rest, 0)? {
        0 if may_be_open => (8, rest.len()),
        1 => {
            let long = u64::from_be_bytes(*bytes::<8>(file, &rest, 8)?);
            (16, usize::try_from(long).map_err(|_| Rejection::Damaged)?)
        }
        short => (8, usize::try_from(short).map_err(|_| Rejection::Damaged)?),
    };
    if length < header || length > rest.len() {
        return Err(Rejection::Damaged);
    }
    Ok(Found {
        name,
        name_at: rest.start + 4,
        body: rest.start + header..rest.start + length,
    })
}

fn find(
    file: &[u8],
    within: &Range<usize>,
    wanted: [u8; 4],
    boxes: &mut usize,
) -> Result<Range<usize>, Rejection> {
    let mut found = children(file, within.clone(), boxes)?.into_iter();
    found
        .find(|found| found.name == wanted)
        .map(|found| found.body)
        .ok_or(Rejection::Damaged)
}

/// `N` bytes at `offset` within a box's body.
fn bytes<'a, const N: usize>(
    file: &'a [u8],
    within: &Range<usize>,
    offset: usize,
) -> Result<&'a [u8; N], Rejection> {
    file.get(within.clone())
        .and_then(|body| body.get(offset..)?.first_chunk())
        .ok_or(Rejection::Damaged)
}

fn number(file: &[u8], within: &Range<usize>, offset: usize) -> Result<u32, Rejection> {
    bytes::<4>(file, within, offset).map(|four| u32::from_be_bytes(*four))
}

fn readable(code: &[u8]) -> String {
    code.iter()
        .map(|byte| {
            if byte.is_ascii_graphic() {
                char::from(*byte)
            } else {
                '?'
            }
        })
        .collect()
}
