//! Free space on the disks that AMDA writes to: what would fill the last of it is refused, because a database on a full
//! disk stops.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

const MIB: u64 = 1024 * 1024;

/// The space that stays free on the disk of a folder.
#[derive(Debug, Clone)]
pub struct Reserve {
    folder: PathBuf,
    min_free_bytes: u64,
}

/// Too little space is free.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "only {} MiB are free on the disk of {folder}, and {} MiB must stay free; make room there, or change AMDA_MIN_FREE_MIB",
    .free_bytes / MIB,
    .min_free_bytes / MIB
)]
pub struct DiskFull {
    /// The folder on that disk.
    pub folder: PathBuf,
    /// The space that is free.
    pub free_bytes: u64,
    /// The space that must stay free.
    pub min_free_bytes: u64,
}

impl Reserve {
    /// A reserve on the disk of `folder`.
    pub fn new(folder: &Path, min_free_bytes: u64) -> Self {
        Self {
            folder: folder.to_owned(),
            min_free_bytes,
        }
    }

    /// Checks that the reserve stays free when so many bytes more are written. A disk that cannot be measured has room.
    ///
    /// # Errors
    /// [`DiskFull`].
    pub fn require(&self, more_bytes: u64) -> Result<(), DiskFull> {
        let Ok(free_bytes) = free_bytes(&self.folder) else {
            return Ok(());
        };
        if free_bytes.saturating_sub(more_bytes) >= self.min_free_bytes {
            return Ok(());
        }
        Err(DiskFull {
            folder: self.folder.clone(),
            free_bytes,
            min_free_bytes: self.min_free_bytes,
        })
    }
}

/// The space that this user may still write on the disk of `folder`, which may not exist yet.
///
/// # Errors
/// The operating system's.
pub fn free_bytes(folder: &Path) -> io::Result<u64> {
    let existing = folder.ancestors().find(|folder| folder.exists());
    let found = rustix::fs::statvfs(existing.unwrap_or(Path::new("/")))?;
    Ok(found.f_bavail.saturating_mul(found.f_frsize))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_take_the_reserve_is_refused_with_the_numbers() {
        let folder = std::env::temp_dir();

        assert!(Reserve::new(&folder, 0).require(1).is_ok());
        let refused = Reserve::new(&folder, u64::MAX).require(0).unwrap_err();

        assert!(refused.to_string().contains("AMDA_MIN_FREE_MIB"), "{refused}");
        assert!(refused.free_bytes < u64::MAX);
    }

    #[test]
    fn a_folder_that_is_not_there_yet_is_measured_where_it_will_be() {
        let missing = std::env::temp_dir().join("amda/not/there");

        assert!(free_bytes(&missing).unwrap() > 0);
    }
}
