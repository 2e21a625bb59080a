//! A stand-in for WhatsApp's media hosts and for the phone that uploads expired files anew.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use amda::account::AccountRef;
use amda::clock::ManualClock;
use amda::event::{MediaKind, MediaReference};
use amda::features::FeatureError;
use amda::id::MediaId;
use amda::media::{OnMedia, Outcome};
use amda::whatsapp::media::{DownloadError, MediaFetcher, ReuploadError, check_size, verify};
use amda::work::Work;
use async_trait::async_trait;
use bytes::Bytes;
use chrono::TimeDelta;
use ring::digest;
use tokio::sync::{Barrier, mpsc};

/// A step of the fetching of media.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    /// A download was asked for.
    Asked,
    /// A file came to an outcome.
    Settled,
}

/// Serves files from memory, as a test says.
#[derive(Debug)]
pub(crate) struct FakeFetcher {
    files: Mutex<HashMap<String, Served>>,
    clock: Arc<ManualClock>,
    crowd: Mutex<Option<Arc<Barrier>>>,
    interrupted: Interruptions,
    interrupted_phone: Interruptions,
    phone: Mutex<Phone>,
    asked: Mutex<Vec<String>>,
    progress: mpsc::UnboundedSender<Progress>,
}

/// What is to happen amid a question for a path, once.
#[derive(Debug, Default)]
struct Interruptions(Mutex<HashMap<String, Arc<Barrier>>>);

impl Interruptions {
    fn add(&self, path: &str) -> Arc<Barrier> {
        let barrier = Arc::new(Barrier::new(2));
        self.0
            .lock()
            .unwrap()
            .insert(path.to_owned(), Arc::clone(&barrier));
        barrier
    }

    async fn wait(&self, path: &str) {
        let barrier = self.0.lock().unwrap().remove(path);
        if let Some(barrier) = barrier {
            barrier.wait().await;
            barrier.wait().await;
        }
    }
}

/// The result of the download of a file.
#[derive(Debug, Clone)]
pub(crate) enum Served {
    /// Its content.
    Content(Bytes),
    /// Its content after so much time, and the next time at once.
    After(TimeDelta, Bytes),
    /// It is no longer served.
    Expired,
    /// It is larger than the client takes.
    TooLarge,
    /// No connection.
    Unreachable,
}

/// The answer of the phone when it is asked for an expired file.
#[derive(Debug, Clone, Default)]
pub(crate) enum Phone {
    /// It uploaded it, to this path.
    Has(String),
    /// It does not have it.
    #[default]
    Lacks,
    /// None: it cannot be asked.
    Offline,
}

impl FakeFetcher {
    pub(crate) fn new(clock: Arc<ManualClock>, progress: mpsc::UnboundedSender<Progress>) -> Self {
        Self {
            files: Mutex::default(),
            clock,
            crowd: Mutex::default(),
            interrupted: Interruptions::default(),
            interrupted_phone: Interruptions::default(),
            phone: Mutex::default(),
            asked: Mutex::default(),
            progress,
        }
    }

    /// Serves the file at `path` so from now on.
    pub(crate) fn serve(&self, path: &str, served: Served) {
        self.files.lock().unwrap().insert(path.to_owned(), served);
    }

    /// Lets the phone answer so from now on.
    pub(crate) fn set_phone(&self, phone: Phone) {
        *self.phone.lock().unwrap() = phone;
    }

    /// The paths of the files that the phone was asked for, in order.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    /// Lets the next download of the file at `path` wait at the barrier twice: once it is asked for, and before it is
    /// answered.
    pub(crate) fn interrupt(&self, path: &str) -> Arc<Barrier> {
        self.interrupted.add(path)
    }

    /// As [`Self::interrupt`], for the next question to the phone for the file at `path`.
    pub(crate) fn interrupt_phone(&self, path: &str) -> Arc<Barrier> {
        self.interrupted_phone.add(path)
    }

    /// Holds every download until there are `count` of them.
    pub(crate) fn gather(&self, count: usize) {
        *self.crowd.lock().unwrap() = Some(Arc::new(Barrier::new(count)));
    }
}

#[async_trait]
impl MediaFetcher for FakeFetcher {
    async fn download(&self, _: AccountRef, reference: &MediaReference) -> Result<Bytes, DownloadError> {
        check_size(reference)?;
        let served = self.files.lock().unwrap().get(&reference.direct_path).cloned();
        let crowd = self.crowd.lock().unwrap().clone();
        if let Some(crowd) = crowd {
            crowd.wait().await;
        }
        self.interrupted.wait(&reference.direct_path).await;
        let _ = self.progress.send(Progress::Asked);
        match served {
            Some(Served::Content(content)) => verify(reference, content).await,
            Some(Served::After(wait, content)) => {
                self.clock.advance(wait);
                self.serve(&reference.direct_path, Served::Content(content.clone()));
                verify(reference, content).await
            }
            Some(Served::TooLarge) => Err(DownloadError::TooLarge { size_bytes: 1 << 40 }),
            Some(Served::Unreachable) => Err(DownloadError::Unreachable("connection refused".into())),
            Some(Served::Expired) | None => Err(DownloadError::Expired),
        }
    }

    async fn request_reupload(
        &self,
        _: AccountRef,
        reference: &MediaReference,
    ) -> Result<String, ReuploadError> {
        let phone = self.phone.lock().unwrap().clone();
        self.asked.lock().unwrap().push(reference.direct_path.clone());
        self.interrupted_phone.wait(&reference.direct_path).await;
        match phone {
            Phone::Has(path) => Ok(path),
            Phone::Lacks => Err(ReuploadError::Refused("it was deleted".to_owned())),
            Phone::Offline => Err(ReuploadError::Offline),
        }
    }
}

/// The last listener of media: reports every outcome to the test, and refuses files when the test says so.
#[derive(Debug)]
pub(crate) struct MediaOutcomes {
    progress: mpsc::UnboundedSender<Progress>,
    is_refusing: Mutex<bool>,
}

impl MediaOutcomes {
    pub(crate) fn new(progress: mpsc::UnboundedSender<Progress>) -> Self {
        Self {
            progress,
            is_refusing: Mutex::new(false),
        }
    }

    /// Admits no file from now on.
    pub(crate) fn refuse(&self) {
        *self.is_refusing.lock().unwrap() = true;
    }
}

#[async_trait]
impl OnMedia for MediaOutcomes {
    async fn admit(&self, _: &mut Work, _: MediaId) -> Result<bool, FeatureError> {
        Ok(!*self.is_refusing.lock().unwrap())
    }

    async fn on_media(&self, _: &mut Work, _: MediaId, _: &Outcome) -> Result<(), FeatureError> {
        let _ = self.progress.send(Progress::Settled);
        Ok(())
    }
}

/// The reference of a picture with this content, served at `path`.
pub(crate) fn picture(path: &str, content: &[u8]) -> MediaReference {
    MediaReference {
        kind: MediaKind::Image,
        mime_type: "image/jpeg".to_owned(),
        caption: None,
        direct_path: path.to_owned(),
        media_key: vec![7; 32],
        sha256: digest::digest(&digest::SHA256, content).as_ref().to_vec(),
        encrypted_sha256: vec![9; 32],
        size_bytes: content.len() as u64,
        width: None,
        height: None,
        duration_seconds: None,
        thumbnail: None,
        origin: None,
    }
}

/// Content of `size` bytes in which no two places look the same.
pub(crate) fn content(size: usize) -> Bytes {
    let words = (0_u64..).flat_map(|n| n.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_le_bytes());
    words.take(size).collect()
}
