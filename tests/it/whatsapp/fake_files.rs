//! A source of the files that statuses show.

use std::collections::HashMap;
use std::sync::Mutex;

use amda::account::AccountRef;
use amda::id::MediaId;
use amda::whatsapp::media::{FileError, FileSource};
use async_trait::async_trait;
use bytes::Bytes;

/// Source of files in memory, which fails on command.
#[derive(Debug, Default)]
pub(super) struct FakeFiles {
    files: Mutex<HashMap<MediaId, Bytes>>,
    failures: Mutex<u32>,
}

impl FakeFiles {
    pub(super) fn put(&self, media: MediaId, content: impl Into<Bytes>) {
        self.files.lock().unwrap().insert(media, content.into());
    }

    /// Fails `times` times.
    pub(super) fn fail(&self, times: u32) {
        *self.failures.lock().unwrap() = times;
    }
}

#[async_trait]
impl FileSource for FakeFiles {
    async fn read(&self, _account: AccountRef, media: MediaId) -> Result<Bytes, FileError> {
        let mut failures = self.failures.lock().unwrap();
        if *failures > 0 {
            *failures -= 1;
            return Err(FileError::Unreadable("this fake was told to fail".into()));
        }
        let found = self.files.lock().unwrap().get(&media).cloned();
        found.ok_or(FileError::Gone)
    }
}
