//! Files: pictures, videos, audio, stickers and documents as references with keys.

use whatsapp_rust::waproto::whatsapp::message::{
    AudioMessage, DocumentMessage, ImageMessage, StickerMessage, VideoMessage,
};

use super::bounds::{PATH_BYTES, bounded_text, clip, name};
use crate::event::{MediaKind, MediaReference};

/// Longest MIME type that is kept.
const MIME_LETTERS: usize = 128;
/// Largest thumbnail that is kept. WhatsApp's have one to ten KiB.
const THUMBNAIL_BYTES: usize = 64 * 1024;
/// Size of keys and hashes: 256 bits.
const KEY_BYTES: usize = 32;

/// File that could never be downloaded: no path, an endless one, or malformed keys.
#[derive(Debug)]
pub(super) struct Lost {
    pub(super) kind: MediaKind,
    pub(super) caption: Option<String>,
}

/// Fields that every kind of media has.
struct File<'a> {
    direct_path: Option<&'a str>,
    url: Option<&'a str>,
    media_key: Option<&'a [u8]>,
    sha256: Option<&'a [u8]>,
    encrypted_sha256: Option<&'a [u8]>,
    size_bytes: Option<u64>,
    mime_type: Option<&'a str>,
    caption: Option<String>,
    thumbnail: Option<&'a [u8]>,
}

macro_rules! file {
    ($message:expr, $caption:expr, $thumbnail:expr) => {
        File {
            direct_path: $message.direct_path.as_deref(),
            url: $message.url.as_deref(),
            media_key: $message.media_key.as_deref(),
            sha256: $message.file_sha256.as_deref(),
            encrypted_sha256: $message.file_enc_sha256.as_deref(),
            size_bytes: $message.file_length,
            mime_type: $message.mimetype.as_deref(),
            caption: $caption,
            thumbnail: $thumbnail,
        }
    };
}

pub(super) fn image(message: &ImageMessage) -> Result<MediaReference, Lost> {
    let file = file!(
        message,
        caption(message.caption.as_deref()),
        message.jpeg_thumbnail.as_deref()
    );
    let mut media = file.reference(MediaKind::Image, "image/jpeg")?;
    (media.width, media.height) = (pixels(message.width), pixels(message.height));
    Ok(media)
}

pub(super) fn video(message: &VideoMessage) -> Result<MediaReference, Lost> {
    let file = file!(
        message,
        caption(message.caption.as_deref()),
        message.jpeg_thumbnail.as_deref()
    );
    let mut media = file.reference(MediaKind::Video, "video/mp4")?;
    (media.width, media.height) = (pixels(message.width), pixels(message.height));
    media.duration_seconds = message.seconds.map(f64::from);
    Ok(media)
}

pub(super) fn audio(message: &AudioMessage) -> Result<MediaReference, Lost> {
    let mut media = file!(message, None, None).reference(MediaKind::Audio, "audio/ogg")?;
    media.duration_seconds = message.seconds.map(f64::from);
    Ok(media)
}

pub(super) fn sticker(message: &StickerMessage) -> Result<MediaReference, Lost> {
    let mut media = file!(message, None, None).reference(MediaKind::Sticker, "image/webp")?;
    (media.width, media.height) = (pixels(message.width), pixels(message.height));
    Ok(media)
}

pub(super) fn document(message: &DocumentMessage) -> Result<MediaReference, Lost> {
    let caption = caption(message.caption.as_deref());
    let caption = caption.or_else(|| name(message.file_name.as_deref()?));
    file!(message, caption, message.jpeg_thumbnail.as_deref())
        .reference(MediaKind::Document, "application/octet-stream")
}

impl File<'_> {
    /// Makes a reference.
    fn reference(self, kind: MediaKind, usual_type: &str) -> Result<MediaReference, Lost> {
        let path = self.path().filter(|path| path.len() <= PATH_BYTES);
        let keys = [self.media_key, self.sha256, self.encrypted_sha256].map(key);
        let (Some(direct_path), [Some(media_key), Some(sha256), Some(encrypted_sha256)]) = (path, keys)
        else {
            return Err(Lost {
                kind,
                caption: self.caption,
            });
        };
        Ok(MediaReference {
            kind,
            mime_type: clip(
                self.mime_type.filter(|t| !t.is_empty()).unwrap_or(usual_type),
                MIME_LETTERS,
            ),
            caption: self.caption,
            direct_path,
            media_key,
            sha256,
            encrypted_sha256,
            // The database's type is signed.
            size_bytes: self.size_bytes.unwrap_or(0).min(i64::MAX.unsigned_abs()),
            width: None,
            height: None,
            duration_seconds: None,
            thumbnail: self
                .thumbnail
                .filter(|thumbnail| (1..=THUMBNAIL_BYTES).contains(&thumbnail.len()))
                .map(<[u8]>::to_vec),
            origin: None,
        })
    }

    /// Path on WhatsApp's hosts; old clients send only the whole URL.
    fn path(&self) -> Option<String> {
        if let Some(path) = self.direct_path.filter(|path| path.starts_with('/')) {
            return Some(path.to_owned());
        }
        let (_, rest) = self.url?.strip_prefix("https://")?.split_once('/')?;
        Some(format!("/{rest}"))
    }
}

fn caption(text: Option<&str>) -> Option<String> {
    bounded_text(text?)
}

fn key(bytes: Option<&[u8]>) -> Option<Vec<u8>> {
    bytes.filter(|bytes| bytes.len() == KEY_BYTES).map(<[u8]>::to_vec)
}

fn pixels(count: Option<u32>) -> Option<u32> {
    count.filter(|count| (1..=i32::MAX.unsigned_abs()).contains(count))
}
