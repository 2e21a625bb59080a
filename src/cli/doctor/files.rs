//! Checks of the data folder: access, free space, the keys in it, and a database that lies elsewhere.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rustix::fs::{Access, access};

use super::finding::Finding;
use crate::config::{self, Config, DatabaseConfig, KeyError, Keys, KeysConfig};
use crate::disk::{self, Reserve};

const FOLDER: &str = "data folder";
const DISK: &str = "disk";
const KEYS: &str = "keys";
const PLACE: &str = "database";

pub(super) fn check(config: &Config) -> Vec<Finding> {
    let mut findings = vec![
        check_folder(&config.data_dir),
        check_disk(config),
        check_keys(&config.keys),
    ];
    findings.extend(check_place(&config.database));
    findings
}

fn check_folder(folder: &Path) -> Finding {
    let shown = folder.display();
    if let Err(foreign) = config::refuse_foreign_folder(folder) {
        return Finding::risky(FOLDER, foreign.to_string());
    }
    if !folder.exists() {
        return check_parent(folder);
    }
    let probe = folder.join(format!(".doctor-{}", std::process::id()));
    // A full disk still takes an empty file.
    match fs::write(&probe, [0; 4096]).and_then(|()| fs::remove_file(&probe)) {
        Ok(()) => Finding::fine(FOLDER, format!("{shown} can be written to")),
        Err(error) => Finding::wrong(
            FOLDER,
            format!(
                "{shown} cannot be written to ({error}); make it writable for this user, or name another with --data-dir"
            ),
        ),
    }
}

/// Checks that a folder that does not exist yet could be created.
fn check_parent(folder: &Path) -> Finding {
    let shown = folder.display();
    let parent = folder.ancestors().find(|folder| folder.exists());
    let parent = parent.unwrap_or(Path::new("/"));
    if parent.is_dir() && access(parent, Access::WRITE_OK | Access::EXEC_OK).is_ok() {
        return Finding::skipped(
            FOLDER,
            format!("{shown} does not exist yet; `amda serve` creates it"),
        );
    }
    Finding::wrong(
        FOLDER,
        format!(
            "{shown} does not exist and cannot be created, because {} is not a folder that this user may write to; name \
             another with --data-dir",
            parent.display()
        ),
    )
}

fn check_disk(config: &Config) -> Finding {
    const MIB: u64 = 1024 * 1024;

    match Reserve::new(&config.data_dir, config.min_free_bytes).require(0) {
        Err(full) => Finding::wrong(DISK, full.to_string()),
        Ok(()) => match disk::free_bytes(&config.data_dir) {
            Ok(free) => Finding::fine(DISK, format!("{} MiB are free", free / MIB)),
            Err(error) => Finding::skipped(DISK, format!("its free space cannot be measured ({error})")),
        },
    }
}

fn check_keys(config: &KeysConfig) -> Finding {
    if let Some(file) = config.kept_files().iter().find(|file| is_open_to_others(file)) {
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
        Err(
            error @ (KeyError::File { .. }
            | KeyError::Malformed { .. }
            | KeyError::NotThere { .. }
            | KeyError::Command { .. }),
        ) => Finding::failed(KEYS, &error),
    }
}

/// The true place of a database that is not in the data folder, because PostgreSQL's user could not reach that.
fn check_place(config: &DatabaseConfig) -> Option<Finding> {
    let DatabaseConfig::Embedded(embedded) = config else {
        return None;
    };
    let target = fs::read_link(&embedded.folder).ok()?;
    Some(Finding::risky(
        PLACE,
        format!(
            "it lies in {}, and {} only leads there: copy both for a backup. To have it in the data folder, name one with \
             --data-dir that is outside root's home, or run AMDA as an ordinary user",
            target.display(),
            embedded.folder.display()
        ),
    ))
}

fn is_open_to_others(file: &Path) -> bool {
    fs::metadata(file).is_ok_and(|found| found.permissions().mode() & 0o077 != 0)
}
