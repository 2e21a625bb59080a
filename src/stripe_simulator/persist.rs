//! The state on disk, so that a demonstration goes on where it ended.

use std::fs;
use std::path::{Path, PathBuf};

use super::error::StripeSimulatorError;
use super::state::State;

/// A file that holds the whole state.
pub(super) struct Storage {
    file: PathBuf,
}

impl Storage {
    /// Opens the folder, and makes it if it does not exist.
    pub(super) fn open(folder: &Path) -> Result<Self, StripeSimulatorError> {
        fs::create_dir_all(folder).map_err(|source| StripeSimulatorError::Storage {
            path: folder.to_owned(),
            source,
        })?;
        Ok(Self {
            file: folder.join("stripe.json"),
        })
    }

    /// The state that was saved, if there is one.
    pub(super) fn load(&self) -> Result<Option<State>, StripeSimulatorError> {
        let path = self.file.clone();
        let saved = match fs::read(&self.file) {
            Ok(saved) => saved,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(StripeSimulatorError::Storage { path, source }),
        };
        let state = serde_json::from_slice(&saved);
        state
            .map(Some)
            .map_err(|source| StripeSimulatorError::Snapshot { path, source })
    }

    /// Saves the state; the file is whole at every moment.
    pub(super) fn save(&self, state: &State) -> std::io::Result<()> {
        let next = self.file.with_extension("next");
        fs::write(&next, serde_json::to_vec(state)?)?;
        fs::rename(&next, &self.file)
    }
}
