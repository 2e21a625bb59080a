//! The search for PostgreSQL's programs.

use std::collections::HashSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use tracing::info;

use super::EmbeddedError;
use super::folder::Layout;
use super::log::cause;
use super::portable;
use super::run_as::RunAs;
use crate::config::EmbeddedConfig;
use crate::db::OLDEST_VERSION;

/// The file of a cluster that names the major version that made it.
pub(super) const VERSION_FILE: &str = "PG_VERSION";

/// A folder of programs that run on this machine, and their version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Binaries {
    pub(super) folder: PathBuf,
    pub(super) major: u32,
    pub(super) version: String,
}

/// The places that are searched, for error messages.
const SEARCHED: &str = "/usr/lib/postgresql, Homebrew, Postgres.app and PATH";

/// As [`find`], but fetches the portable build if none are installed.
pub(super) fn find_or_fetch(
    config: &EmbeddedConfig,
    layout: &Layout,
    run_as: RunAs,
) -> Result<Binaries, EmbeddedError> {
    match find(config, layout, run_as) {
        Err(EmbeddedError::NoBinaries {
            searched, install, ..
        }) => {
            let fetched =
                portable::install(&layout.portable, run_as).and_then(|folder| named(&folder, run_as));
            let failed = |error| EmbeddedError::NoBinaries {
                searched,
                install,
                portable: Some(Box::new(error)),
            };
            fetched
                .inspect(|found| info!("installed a portable PostgreSQL {}", found.version))
                .map_err(failed)
        }
        found => found,
    }
}

/// The installed programs that fit the cluster; for a new cluster the newest.
pub(super) fn find(
    config: &EmbeddedConfig,
    layout: &Layout,
    run_as: RunAs,
) -> Result<Binaries, EmbeddedError> {
    let found = match &config.binaries {
        Some(folder) => vec![named(folder, run_as)?],
        None => installed(layout, run_as),
    };
    let made_by = fs::read_to_string(layout.cluster.join(VERSION_FILE))
        .ok()
        .and_then(|text| text.trim().parse().ok());
    match (choose(&found, made_by), made_by) {
        (Some(fitting), _) => Ok(fitting.clone()),
        (None, Some(made_by)) if !found.is_empty() => {
            let found = found
                .iter()
                .map(|found| found.version.as_str())
                .collect::<Vec<_>>()
                .join(", ");
            Err(EmbeddedError::WrongMajor {
                folder: layout.cluster.clone(),
                made_by,
                found,
            })
        }
        (None, _) => Err(EmbeddedError::NoBinaries {
            searched: SEARCHED,
            install: install_command(),
            portable: None,
        }),
    }
}

fn installed(layout: &Layout, run_as: RunAs) -> Vec<Binaries> {
    let mut seen = HashSet::new();
    let folders = searched_folders(Some(&layout.portable))
        .into_iter()
        .filter_map(|folder| {
            // A link in /usr/local/bin and what it leads to are one installation.
            let program = folder.join("postgres").canonicalize().ok()?;
            program.parent().map(Path::to_owned)
        });
    let fresh = folders.filter(|folder| seen.insert(folder.clone()));
    fresh.filter_map(|folder| inspect(&folder, run_as).ok()).collect()
}

fn choose(found: &[Binaries], made_by: Option<u32>) -> Option<&Binaries> {
    let usable = found
        .iter()
        .filter(|found| made_by.is_none_or(|major| found.major == major));
    usable.max_by_key(|found| found.major)
}

fn named(folder: &Path, run_as: RunAs) -> Result<Binaries, EmbeddedError> {
    inspect(folder, run_as).map_err(|problem| EmbeddedError::WrongBinaries {
        folder: folder.to_owned(),
        problem,
    })
}

fn install_command() -> &'static str {
    if cfg!(target_os = "macos") {
        "brew install postgresql@17"
    } else {
        "sudo apt-get install -y postgresql"
    }
}

/// Folders where an installation may have put the programs, the likeliest first.
pub(super) fn searched_folders(portable: Option<&Path>) -> Vec<PathBuf> {
    let mut folders = subfolders(Path::new("/usr/lib/postgresql"), "bin");
    for prefix in [
        "/opt/homebrew/opt",
        "/usr/local/opt",
        "/home/linuxbrew/.linuxbrew/opt",
    ] {
        folders.extend(
            subfolders(Path::new(prefix), "bin")
                .into_iter()
                .filter(|folder| is_of_postgresql(folder)),
        );
    }
    folders.extend(subfolders(
        Path::new("/Applications/Postgres.app/Contents/Versions"),
        "bin",
    ));
    folders.extend(env::var_os("PATH").iter().flat_map(env::split_paths));
    folders.extend(portable.and_then(portable::installed));
    folders
}

fn is_of_postgresql(folder: &Path) -> bool {
    folder
        .iter()
        .any(|part| part.to_string_lossy().starts_with("postgresql"))
}

fn subfolders(folder: &Path, inner: &str) -> Vec<PathBuf> {
    fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join(inner))
        .collect()
}

/// Runs the program in `folder` for its version, as the user that will run the server.
fn inspect(folder: &Path, run_as: RunAs) -> Result<Binaries, String> {
    if !folder.join("initdb").exists() {
        return Err("there is no `initdb` in it".to_owned());
    }
    let output = run_as.command(&folder.join("postgres")).arg("--version").output();
    let output = output.map_err(|error| format!("its `postgres` cannot be run ({error})"))?;
    if !output.status.success() {
        return Err(format!(
            "its `postgres --version` failed: {}",
            cause(&output.stderr)
        ));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let version = parse_version(&text).ok_or_else(|| format!("its `postgres --version` says {text:?}"))?;
    let major = major(version).ok_or_else(|| format!("its version is {version}"))?;
    if major < OLDEST_VERSION {
        return Err(format!("it holds PostgreSQL {version}"));
    }
    Ok(Binaries {
        folder: folder.to_owned(),
        major,
        version: version.to_owned(),
    })
}

pub(super) fn parse_version(text: &str) -> Option<&str> {
    text.split_once("(PostgreSQL) ")?.1.split_whitespace().next()
}

pub(super) fn major(version: &str) -> Option<u32> {
    let digits = version
        .find(|character: char| !character.is_ascii_digit())
        .unwrap_or(version.len());
    version[..digits].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn binaries(version: &str) -> Binaries {
        Binaries {
            folder: PathBuf::from("/x"),
            major: major(version).unwrap(),
            version: version.to_owned(),
        }
    }

    #[test]
    fn versions_of_distributions_and_previews_are_understood() {
        let debian = "postgres (PostgreSQL) 15.13 (Debian 15.13-0+deb12u1)\n";

        assert_eq!(parse_version(debian), Some("15.13"));
        assert_eq!(major("15.13"), Some(15));
        assert_eq!(major("18beta1"), Some(18));
        assert_eq!(parse_version("mysqld 8.0"), None);
    }

    #[test]
    fn a_new_cluster_takes_the_newest_and_an_old_one_its_own_version() {
        let found = [binaries("15.2"), binaries("17.1"), binaries("16.0")];

        assert_eq!(choose(&found, None).unwrap().major, 17);
        assert_eq!(choose(&found, Some(16)).unwrap().major, 16);
        assert_eq!(choose(&found, Some(14)), None);
    }

    #[test]
    fn a_folder_without_the_programs_says_what_is_missing() {
        let error = named(Path::new("/nonexistent"), RunAs::Ourselves).unwrap_err();

        assert!(
            error
                .to_string()
                .starts_with("AMDA_PG_BIN names /nonexistent, but there is no `initdb` in it"),
            "{error}"
        );
    }
}
