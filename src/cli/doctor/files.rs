//! Checks of the data folder and the keys in it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::finding::Finding;
use crate::config::{Config, KeyError, Keys, KeysConfig};

const FOLDER: &str = "data folder";
const KEYS: &str = "keys";

pub(super) fn check(config: &Config) -> Vec<Finding> {
    vec![check_folder(&config.data_dir), check_keys(&config.keys)]
}

fn check_folder(folder: &Path) -> Finding {
    let shown = folder.display();
    if !folder.exists() {
        return Finding::skipped(
            FOLDER,
            format!("{shown} does not exist yet; `amda serve` creates it"),
        );
    }
    let probe = folder.join(format!(".doctor-{}", std::process::id()));
    match fs::write(&probe, "").and_then(|()| fs::remove_file(&probe)) {
        Ok(()) => Finding::fine(FOLDER, format!("{shown} can be written to")),
        Err(error) => Finding::wrong(
            FOLDER,
            format!(
                "{shown} cannot be written to ({error}); make it writable for this user, or name another with --data-dir"
            ),
        ),
    }
}

fn check_keys(config: &KeysConfig) -> Finding {
    let mut files = config.files();
    if let Some(file) = files.find(|file| is_open_to_others(file)) {
        return Finding::wrong(
            KEYS,
            format!(
                "other users can read {0}; close it to them with `chmod 600 {0}`",
                file.display()
            ),
        );
    }
    match Keys::load(config) {
        Ok(_) => Finding::fine(KEYS, "all exist and are closed to other users"),
        Err(error @ KeyError::Missing { .. }) => Finding::skipped(KEYS, error.to_string()),
        Err(error @ (KeyError::File { .. } | KeyError::Malformed { .. })) => Finding::failed(KEYS, &error),
    }
}

fn is_open_to_others(file: &Path) -> bool {
    fs::metadata(file).is_ok_and(|found| found.permissions().mode() & 0o077 != 0)
}
