//! The media server: what phones and devices upload, encrypted as they encrypt it, and the faults of downloads.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use axum::body::Bytes;
use buffa::MessageField;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tokio::time::Instant;
use wacore::download::{DownloadUtils, MediaType};
use wacore::upload::encrypt_media;
use waproto::whatsapp as wa;

use super::content;
use super::error::{Doing as _, Result, SimulatorError};
use super::media_address::{fresh_direct_path, path, url};
use super::pictures;
use super::random;
use super::time;

/// A kind of media that a contact can send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Media {
    /// A small JPEG picture.
    Image,
    /// A small MP4 file.
    Video,
    /// A short, silent voice note in Ogg Opus.
    Audio,
}

impl Media {
    /// The `mediatype` of `<enc>`.
    pub(super) fn wire_name(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Video => "video",
            Self::Audio => "ptt",
        }
    }
}

/// A fault of downloads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DownloadFault {
    /// The object is gone, with this HTTP status.
    Missing(u16),
    /// Half of the bytes.
    Truncated,
    /// A flipped bit.
    Tampered,
}

/// A fault, its end, and the paths that it spares because their media was uploaded again since.
struct Failing {
    fault: DownloadFault,
    until: Instant,
    spared: BTreeSet<String>,
}

/// The store of encrypted media.
pub(super) struct MediaStore {
    memory: Mutex<BTreeMap<String, Bytes>>,
    folder: Option<PathBuf>,
    failing: Mutex<Option<Failing>>,
    /// The secret that devices are given for their uploads.
    auth: String,
}

impl MediaStore {
    pub(super) fn new(folder: Option<PathBuf>) -> Self {
        Self {
            memory: Mutex::default(),
            folder,
            failing: Mutex::default(),
            auth: random::message_id(),
        }
    }

    /// The secret without which nothing can be uploaded.
    pub(super) fn auth(&self) -> &str {
        &self.auth
    }

    /// Stores bytes under a path.
    pub(super) fn put(&self, path: &str, bytes: Bytes) -> Result<()> {
        if let Some(folder) = &self.folder {
            return super::persist::write(&folder.join(file_name(path)), &bytes);
        }
        self.memory.lock().insert(path.to_owned(), bytes);
        Ok(())
    }

    /// Removes what is under a path. False when nothing is.
    pub(super) fn remove(&self, path: &str) -> bool {
        if let Some(folder) = &self.folder {
            return std::fs::remove_file(folder.join(file_name(path))).is_ok();
        }
        self.memory.lock().remove(path).is_some()
    }

    /// The bytes under a path.
    pub(super) fn find(&self, path: &str) -> Option<Bytes> {
        if let Some(folder) = &self.folder {
            return std::fs::read(folder.join(file_name(path))).ok().map(Bytes::from);
        }
        self.memory.lock().get(path).cloned()
    }

    /// Makes downloads fail for this time, except those of media that is uploaded again meanwhile.
    pub(super) fn fail(&self, fault: DownloadFault, time: Duration) {
        *self.failing.lock() = Some(Failing {
            fault,
            until: Instant::now() + time,
            spared: BTreeSet::new(),
        });
    }

    /// The fault of a download that begins now, if any.
    pub(super) fn fault(&self, path: &str) -> Option<DownloadFault> {
        let failing = self.failing.lock();
        let failing = failing.as_ref()?;
        (failing.until > Instant::now() && !failing.spared.contains(path)).then_some(failing.fault)
    }

    /// Stops serving the medium of a message under the path that the message names.
    pub(super) fn expire(&self, message: &wa::Message, code: u16) -> Result<()> {
        let reference = reference(content::innermost(message)).ok_or_else(|| {
            SimulatorError::unknown("medium of the message", "", "it must be an image, video or audio")
        })?;
        self.put(&expiry(&reference.path), Bytes::from(code.to_string()))
    }

    /// The HTTP status with which a download is refused because the medium has expired.
    pub(super) fn expired(&self, path: &str) -> Option<u16> {
        let code = self.find(&expiry(path))?;
        std::str::from_utf8(&code).ok()?.parse().ok()
    }

    /// Makes a small medium, encrypts and stores it, and returns the message that refers to it.
    pub(super) fn make(&self, media: Media, caption: Option<String>) -> Result<wa::Message> {
        match media {
            Media::Image => self.make_image(caption),
            Media::Video => self.make_video(caption),
            Media::Audio => self.make_audio(),
        }
    }

    fn make_image(&self, caption: Option<String>) -> Result<wa::Message> {
        let picture = pictures::picture().doing("painting a picture")?;
        let stored = self.store(&picture.jpeg, MediaType::Image)?;
        Ok(wa::Message {
            image_message: MessageField::some(wa::message::ImageMessage {
                url: Some(stored.url),
                direct_path: Some(stored.path),
                mimetype: Some("image/jpeg".to_owned()),
                caption,
                media_key: Some(stored.key),
                file_sha256: Some(stored.sha256),
                file_enc_sha256: Some(stored.enc_sha256),
                file_length: Some(stored.length),
                media_key_timestamp: i64::try_from(time::now()).ok(),
                width: Some(pictures::WIDTH),
                height: Some(pictures::HEIGHT),
                jpeg_thumbnail: Some(picture.thumbnail),
                ..Default::default()
            }),
            ..Default::default()
        })
    }

    fn make_video(&self, caption: Option<String>) -> Result<wa::Message> {
        let picture = pictures::picture().doing("painting a picture")?;
        let stored = self.store(&pictures::video(), MediaType::Video)?;
        Ok(wa::Message {
            video_message: MessageField::some(wa::message::VideoMessage {
                url: Some(stored.url),
                direct_path: Some(stored.path),
                mimetype: Some("video/mp4".to_owned()),
                caption,
                media_key: Some(stored.key),
                file_sha256: Some(stored.sha256),
                file_enc_sha256: Some(stored.enc_sha256),
                file_length: Some(stored.length),
                media_key_timestamp: i64::try_from(time::now()).ok(),
                seconds: Some(1),
                width: Some(pictures::WIDTH),
                height: Some(pictures::HEIGHT),
                jpeg_thumbnail: Some(picture.thumbnail),
                ..Default::default()
            }),
            ..Default::default()
        })
    }

    fn make_audio(&self) -> Result<wa::Message> {
        let stored = self.store(&pictures::voice_note(), MediaType::Audio)?;
        Ok(wa::Message {
            audio_message: MessageField::some(wa::message::AudioMessage {
                url: Some(stored.url),
                direct_path: Some(stored.path),
                mimetype: Some("audio/ogg; codecs=opus".to_owned()),
                media_key: Some(stored.key),
                file_sha256: Some(stored.sha256),
                file_enc_sha256: Some(stored.enc_sha256),
                file_length: Some(stored.length),
                media_key_timestamp: i64::try_from(time::now()).ok(),
                seconds: Some(1),
                ptt: Some(true),
                ..Default::default()
            }),
            ..Default::default()
        })
    }

    /// Stores a part of the history and returns the notification that refers to it.
    pub(super) fn store_history(&self, blob: &[u8]) -> Result<wa::message::HistorySyncNotification> {
        let stored = self.store(blob, MediaType::History)?;
        Ok(wa::message::HistorySyncNotification {
            direct_path: Some(stored.path),
            media_key: Some(stored.key),
            file_sha256: Some(stored.sha256),
            file_enc_sha256: Some(stored.enc_sha256),
            file_length: Some(stored.length),
            ..Default::default()
        })
    }

    /// Uploads the medium of a message again. Returns its new direct path and its key; `None` when it is not stored.
    pub(super) fn copy(&self, message: &wa::Message) -> Option<(Result<String>, Vec<u8>)> {
        let reference = reference(content::innermost(message))?;
        let sealed = self.find(&reference.path)?;
        let direct_path = fresh_direct_path();
        if let Some(failing) = self.failing.lock().as_mut() {
            failing.spared.insert(path(&direct_path).to_owned());
        }
        let stored = self.put(path(&direct_path), sealed).map(|()| direct_path);
        Some((stored, reference.key))
    }

    /// Fetches and decrypts what a message refers to.
    pub(super) fn open(&self, message: &wa::Message) -> Result<Vec<u8>> {
        let step = "opening the medium of a message";
        let reference = reference(content::innermost(message)).ok_or_else(|| {
            SimulatorError::unknown("medium of the message", "", "it must be an image, video or audio")
        })?;
        let sealed = self.find(&reference.path).ok_or_else(|| {
            SimulatorError::unknown("medium", &reference.path, "it must have been uploaded here")
        })?;
        let matches = |bytes: &[u8], hash: &[u8]| Sha256::digest(bytes).as_slice() == hash;
        if !matches(&sealed, &reference.enc_sha256) {
            return Err("the ciphertext has another hash than the message says").doing(step);
        }
        let plain = DownloadUtils::verify_and_decrypt(&sealed, &reference.key, reference.kind).doing(step)?;
        if !matches(&plain, &reference.sha256) {
            return Err("the medium has another hash than the message says").doing(step);
        }
        Ok(plain)
    }

    fn store(&self, plain: &[u8], kind: MediaType) -> Result<Stored> {
        let sealed = encrypt_media(plain, kind).doing("encrypting media")?;
        let direct_path = fresh_direct_path();
        self.put(path(&direct_path), sealed.data_to_upload.into())?;
        Ok(Stored {
            url: url(&direct_path),
            path: direct_path,
            key: sealed.media_key.to_vec(),
            sha256: sealed.file_sha256.to_vec(),
            enc_sha256: sealed.file_enc_sha256.to_vec(),
            length: plain.len() as u64,
        })
    }
}

struct Stored {
    url: String,
    path: String,
    key: Vec<u8>,
    sha256: Vec<u8>,
    enc_sha256: Vec<u8>,
    length: u64,
}

/// The path and keys of a message's medium.
struct Reference {
    path: String,
    key: Vec<u8>,
    sha256: Vec<u8>,
    enc_sha256: Vec<u8>,
    kind: MediaType,
}

fn reference(message: &wa::Message) -> Option<Reference> {
    if let Some(image) = message.image_message.as_option() {
        return Some(Reference {
            path: path(image.direct_path.as_deref()?).to_owned(),
            key: image.media_key.clone()?,
            sha256: image.file_sha256.clone()?,
            enc_sha256: image.file_enc_sha256.clone()?,
            kind: MediaType::Image,
        });
    }
    if let Some(video) = message.video_message.as_option() {
        return Some(Reference {
            path: path(video.direct_path.as_deref()?).to_owned(),
            key: video.media_key.clone()?,
            sha256: video.file_sha256.clone()?,
            enc_sha256: video.file_enc_sha256.clone()?,
            kind: MediaType::Video,
        });
    }
    let audio = message.audio_message.as_option()?;
    Some(Reference {
        path: path(audio.direct_path.as_deref()?).to_owned(),
        key: audio.media_key.clone()?,
        sha256: audio.file_sha256.clone()?,
        enc_sha256: audio.file_enc_sha256.clone()?,
        kind: MediaType::Audio,
    })
}

/// The path of the marker that the medium under a path has expired; the phone still has the medium.
fn expiry(path: &str) -> String {
    format!("{path}-expired")
}

/// The file name of a path. A client chooses the path that it looks up, so every character of a path is replaced.
fn file_name(path: &str) -> String {
    path.chars()
        .map(|letter| match letter {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '-' => letter,
            _ => '_',
        })
        .collect()
}
