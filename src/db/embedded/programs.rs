use std::path::PathBuf;

use super::binaries::{self, Binaries};
use super::folder::Layout;
use super::run_as::RunAs;
use super::{EmbeddedError, portable};
use crate::config::EmbeddedConfig;

/// The programs that [`Embedded::start`](super::Embedded::start) would run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Programs {
    /// Installed programs.
    Installed {
        /// Their version, such as `15.13`.
        version: String,
        /// Their folder.
        folder: PathBuf,
    },
    /// No programs are installed, but npm is, which can fetch them.
    Fetchable,
}

/// Finds the programs that [`Embedded::start`](super::Embedded::start) would use now. Fetches none.
///
/// # Errors
/// [`EmbeddedError`] when no programs fit.
pub fn programs(config: &EmbeddedConfig) -> Result<Programs, EmbeddedError> {
    let layout = Layout::existing(&config.folder).unwrap_or_else(|| Layout::of(config.folder.clone()));
    match binaries::find(config, &layout, RunAs::choose(&config.folder)?) {
        Ok(Binaries { version, folder, .. }) => Ok(Programs::Installed { version, folder }),
        Err(EmbeddedError::NoBinaries { .. }) if portable::can_be_fetched() => Ok(Programs::Fetchable),
        Err(error) => Err(error),
    }
}

/// True when the cluster of `config` has been created.
pub fn exists(config: &EmbeddedConfig) -> bool {
    let layout = Layout::existing(&config.folder);
    layout.is_some_and(|layout| layout.cluster.join(binaries::VERSION_FILE).exists())
}
