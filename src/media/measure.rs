//! Sizes of pictures and videos as their contents tell them: what a sender says of them proves nothing.

use bytes::Bytes;
use image::ImageDecoder;
use image::metadata::Orientation;

use super::decoding;
use super::uploads::video_dimensions;
use crate::event::MediaKind;

/// Width and height of a file in pixels, upright, from the headers in its content. None for what has no pictures, and for
/// what cannot be read.
pub(super) async fn measure(kind: MediaKind, content: Bytes) -> Option<(u32, u32)> {
    let read: fn(&[u8]) -> Option<(u32, u32)> = match kind {
        MediaKind::Image | MediaKind::Sticker => picture_dimensions,
        MediaKind::Video => video_dimensions,
        MediaKind::Audio | MediaKind::Document => return None,
    };
    tokio::task::spawn_blocking(move || read(&content))
        .await
        .ok()
        .flatten()
}

fn picture_dimensions(content: &[u8]) -> Option<(u32, u32)> {
    let mut decoder = decoding::open(content).ok()?;
    let (width, height) = decoder.dimensions();
    let lies = matches!(
        decoder.orientation(),
        Ok(Orientation::Rotate90
            | Orientation::Rotate270
            | Orientation::Rotate90FlipH
            | Orientation::Rotate270FlipH)
    );
    Some(if lies { (height, width) } else { (width, height) })
}
