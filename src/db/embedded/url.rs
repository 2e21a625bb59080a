use std::path::Path;

use super::folder::Layout;
use super::lock_file::LockFile;
use crate::config::EmbeddedConfig;

/// The database of AMDA's tables.
pub(super) const DATABASE: &str = "amda";

/// The database that every cluster has, for connections that create or drop others.
pub(super) const MAINTENANCE_DATABASE: &str = "postgres";

/// The superuser that owns the cluster.
pub(super) const SUPERUSER: &str = "postgres";

/// The URL of the server of `config.folder` if a process runs it now; starts, creates and stops nothing.
pub fn running_url(config: &EmbeddedConfig) -> Option<String> {
    let layout = Layout::existing(&config.folder)?;
    let file = LockFile::read(&layout.cluster)?;
    file.is_of_running_server(&layout.cluster)
        .then(|| socket_url(&file.socket, DATABASE))
}

/// The URL of `database` over the socket in the folder `socket`.
pub(super) fn socket_url(socket: &Path, database: &str) -> String {
    let host: String =
        ::url::form_urlencoded::byte_serialize(socket.as_os_str().as_encoded_bytes()).collect();
    // A form writes a space as "+", which a URL's host would keep as it is.
    format!("postgresql://{SUPERUSER}@{}/{database}", host.replace('+', "%20"))
}
