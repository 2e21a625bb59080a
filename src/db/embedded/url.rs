use std::path::{Path, PathBuf};

use super::folder::Layout;
use super::lock_file::LockFile;
use crate::config::{DatabaseUrls, EmbeddedConfig};

/// The database of AMDA's tables.
pub(super) const DATABASE: &str = "amda";

/// The database that every cluster has, for connections that create or drop others.
pub(super) const MAINTENANCE_DATABASE: &str = "postgres";

/// The superuser that owns the cluster.
pub(super) const SUPERUSER: &str = "postgres";

/// The role that the server works as.
const APP_ROLE: &str = "amda_app";

/// The URL at which the superuser logs in to the server of `config.folder`, if a process runs it now; starts, creates and
/// stops nothing.
pub fn running_url(config: &EmbeddedConfig) -> Option<String> {
    Some(superuser_url(&running_socket(config)?, DATABASE))
}

/// The URLs of the server of `config.folder`, if a process runs it now.
pub(in crate::db) fn running_urls(config: &EmbeddedConfig) -> Option<DatabaseUrls> {
    Some(urls(&running_socket(config)?, DATABASE))
}

fn running_socket(config: &EmbeddedConfig) -> Option<PathBuf> {
    let layout = Layout::existing(&config.folder)?;
    let file = LockFile::read(&layout.cluster)?;
    file.is_of_running_server(&layout.cluster).then_some(file.socket)
}

/// The URLs of `database` over the socket in the folder `socket`.
pub(super) fn urls(socket: &Path, database: &str) -> DatabaseUrls {
    DatabaseUrls {
        app: socket_url(socket, APP_ROLE, database).into(),
        owner: Some(superuser_url(socket, database).into()),
        direct: None,
    }
}

/// The URL at which the superuser logs in to `database` over the socket in the folder `socket`.
pub(super) fn superuser_url(socket: &Path, database: &str) -> String {
    socket_url(socket, SUPERUSER, database)
}

fn socket_url(socket: &Path, role: &str, database: &str) -> String {
    let host: String =
        ::url::form_urlencoded::byte_serialize(socket.as_os_str().as_encoded_bytes()).collect();
    // A form writes a space as "+", which a URL's host would keep as it is.
    format!("postgresql://{role}@{}/{database}", host.replace('+', "%20"))
}
