//! Inspection of uploaded files by their content, not by their declared type.

use bytes::Bytes;

use super::{Announced, Rejection, picture, video};
use crate::event::MediaKind;

/// A file as it is kept.
#[derive(Debug, Clone)]
pub(super) struct Prepared {
    pub(super) kind: MediaKind,
    /// Its real type.
    pub(super) mime_type: &'static str,
    pub(super) content: Bytes,
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) duration_seconds: Option<f64>,
    pub(super) thumbnail: Option<Vec<u8>>,
}

/// Checks `content` and makes of it what is kept. Keeps a core busy for up to some seconds: never on a thread that
/// serves sockets.
pub(super) fn inspect(announced: Announced, content: &Bytes) -> Result<Prepared, Rejection> {
    match (announced.kind(), brand(content)) {
        (_, Some(b"qt  ")) => Err(Rejection::WrongType("MOV".to_owned())),
        (MediaKind::Video, Some(_)) => video::prepare(content),
        (MediaKind::Video, None) if image::guess_format(content).is_ok() => Err(Rejection::NotAsAnnounced {
            announced: "a video",
            found: "a picture",
        }),
        (MediaKind::Video, None) => Err(Rejection::UnknownType),
        (_, Some(b"heic" | b"heix" | b"mif1" | b"msf1" | b"hevc")) => {
            Err(Rejection::WrongType("HEIC".to_owned()))
        }
        (_, Some(b"avif" | b"avis")) => Err(Rejection::WrongType("AVIF".to_owned())),
        (_, Some(_)) => Err(Rejection::NotAsAnnounced {
            announced: "a picture",
            found: "a video",
        }),
        (_, None) => picture::prepare(content),
    }
}

/// The brand of a file of the MP4 family; none for any other file.
fn brand(content: &[u8]) -> Option<&[u8; 4]> {
    let is_of_family = content.get(4..8)? == b"ftyp";
    content.get(8..12)?.try_into().ok().filter(|_| is_of_family)
}
