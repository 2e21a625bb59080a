//! The folders of the cluster, its log, its lock and its socket, and their permissions.

use std::fs::{self, DirBuilder, Permissions};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use tracing::{info, warn};

use super::EmbeddedError;
use super::run_as::RunAs;
use crate::config::make_data_folder;

/// The folder for a cluster whose user cannot reach the data folder.
const SYSTEM_FOLDER: &str = "/var/lib/amda";

/// The name of PostgreSQL's data directory.
const CLUSTER: &str = "cluster";

/// The name that PostgreSQL gives its socket, from its port.
const SOCKET_NAME: &str = ".s.PGSQL.5432";

/// The maximum length of a socket's path: 104 bytes with the closing zero on macOS and the BSDs, 108 on Linux.
const MAX_SOCKET_PATH_BYTES: usize = 103;

/// The files of one cluster.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    /// The folder of all these; owned by the server's user, mode 0700.
    pub(super) root: PathBuf,
    /// PostgreSQL's data directory.
    pub(super) cluster: PathBuf,
    /// The server's output since it started, or since the file was last cut off.
    pub(super) log: PathBuf,
    /// Locked by the process that runs the server.
    pub(super) lock: PathBuf,
    /// The folder of the portable build, if it is needed.
    pub(super) portable: PathBuf,
}

impl Layout {
    /// The layout of an existing folder, with links resolved.
    pub(super) fn existing(folder: &Path) -> Option<Self> {
        folder.canonicalize().ok().map(Self::of)
    }

    /// Creates the folder for the user that PostgreSQL runs as.
    pub(super) fn make(folder: &Path, run_as: &RunAs) -> Result<Self, EmbeddedError> {
        let failed = |source| EmbeddedError::folder(folder, source);
        if let (Ok(target), false) = (fs::read_link(folder), folder.exists()) {
            return Err(EmbeddedError::Lost {
                link: folder.to_owned(),
                target,
            });
        }
        if !folder.exists() {
            make_parent(folder).map_err(failed)?;
            place(folder, *run_as)?;
        }
        let layout = Self::of(folder.canonicalize().map_err(failed)?);
        if let Ok(target) = fs::read_link(folder) {
            warn!(
                "the database lies in {}, where the link {} leads: a copy of the data folder does not hold it",
                target.display(),
                folder.display()
            );
        }
        make_private(&layout.root, *run_as).map_err(failed)?;
        if !run_as.can_enter(&layout.root) {
            let reason = io::Error::other("the user that PostgreSQL runs as cannot reach it");
            return Err(failed(reason));
        }
        Ok(layout)
    }

    /// The names of the files under `root`.
    pub(super) fn of(root: PathBuf) -> Self {
        Self {
            cluster: root.join(CLUSTER),
            log: root.join("postgres.log"),
            lock: root.join("amda.lock"),
            portable: root.join("portable"),
            root,
        }
    }
}

/// Creates the folder where it is wanted or, if its user cannot reach that (root's home is closed to all others), under
/// `/var/lib/amda` with a link in the wanted place.
fn place(folder: &Path, run_as: RunAs) -> Result<(), EmbeddedError> {
    let parent = folder.parent().unwrap_or(Path::new("/"));
    if run_as.can_enter(parent) {
        return make_private(folder, run_as).map_err(|source| EmbeddedError::folder(folder, source));
    }
    let target = Path::new(SYSTEM_FOLDER).join(format!("postgres-{:08x}", rand::random::<u32>()));
    let made = make_parent(&target)
        .and_then(|()| make_private(&target, run_as))
        .and_then(|()| symlink(&target, folder));
    made.map_err(|source| EmbeddedError::folder(&target, source))?;
    info!(
        "PostgreSQL does not run as root and its user cannot reach {}, so the database is made elsewhere",
        parent.display()
    );
    Ok(())
}

fn make_parent(folder: &Path) -> io::Result<()> {
    folder.parent().map_or(Ok(()), make_data_folder)
}

/// Creates a folder that only the given user can enter, or closes an existing one to others. One that holds a cluster
/// stays its owner's.
fn make_private(folder: &Path, run_as: RunAs) -> io::Result<()> {
    match DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    let found = fs::metadata(folder)?;
    if found.uid() != run_as.uid() {
        if folder.join(CLUSTER).exists() {
            return Err(io::Error::other(format!(
                "it belongs to the user with the number {} and is used by the one with {}",
                found.uid(),
                run_as.uid()
            )));
        }
        run_as.give(folder)?;
    }
    if found.mode() & 0o777 != 0o700 {
        fs::set_permissions(folder, Permissions::from_mode(0o700))?;
    }
    Ok(())
}

/// The folder of the socket: beside the cluster or, where that path is too long for a socket, in the temporary folder.
pub(super) fn make_socket(layout: &Layout, run_as: &RunAs) -> Result<PathBuf, EmbeddedError> {
    let folder = socket_folder(&layout.root, &std::env::temp_dir());
    // In the temporary folder another user could have created it first, to intercept connections.
    let foreign =
        fs::symlink_metadata(&folder).is_ok_and(|found| !found.is_dir() || found.uid() != run_as.uid());
    if foreign {
        return Err(EmbeddedError::ForeignSocket { folder });
    }
    make_private(&folder, *run_as).map_err(|source| EmbeddedError::folder(&folder, source))?;
    Ok(folder)
}

fn socket_folder(root: &Path, temporary: &Path) -> PathBuf {
    let wanted = root.join("socket");
    if wanted.join(SOCKET_NAME).as_os_str().as_bytes().len() <= MAX_SOCKET_PATH_BYTES {
        return wanted;
    }
    let mut hasher = DefaultHasher::new();
    root.hash(&mut hasher);
    let name = format!("amda-{:016x}", hasher.finish());
    let short = temporary.join(&name);
    if short.join(SOCKET_NAME).as_os_str().as_bytes().len() <= MAX_SOCKET_PATH_BYTES {
        return short;
    }
    Path::new("/tmp").join(name)
}

/// Deletes a socket folder that is outside the cluster's own.
pub(super) fn remove_socket(layout: &Layout, socket: &Path) {
    if !socket.starts_with(&layout.root) {
        // What remains is an empty folder that the next start uses again.
        let _ = fs::remove_dir_all(socket);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_socket_lies_beside_the_cluster_while_its_path_is_short() {
        let socket = socket_folder(Path::new("/srv/amda/data/postgres"), Path::new("/tmp"));

        assert_eq!(socket, Path::new("/srv/amda/data/postgres/socket"));
    }

    #[test]
    fn a_path_too_long_for_a_socket_moves_it_to_the_temporary_folder() {
        let deep = PathBuf::from(format!("/srv/{}", "deep/".repeat(20)));

        let socket = socket_folder(&deep, Path::new("/var/tmp"));

        assert!(socket.starts_with("/var/tmp"), "{}", socket.display());
        assert!(socket.join(SOCKET_NAME).as_os_str().len() <= MAX_SOCKET_PATH_BYTES);
        assert_eq!(
            socket,
            socket_folder(&deep, Path::new("/var/tmp")),
            "the same folder has the same socket"
        );
    }

    #[test]
    fn a_temporary_folder_that_is_too_long_itself_is_passed_over() {
        let deep = PathBuf::from(format!("/srv/{}", "deep/".repeat(20)));

        let socket = socket_folder(&deep, &deep);

        assert!(socket.starts_with("/tmp"), "{}", socket.display());
    }
}
