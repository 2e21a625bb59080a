use std::fs::{self, DirBuilder, Permissions};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::Path;

/// Creates the data folder, with its parents, unless it exists. Only this user may list it; when this user is root,
/// others may pass through it, because the user that PostgreSQL then runs as must.
///
/// # Errors
/// An error of the operating system.
pub fn make_data_folder(folder: &Path) -> std::io::Result<()> {
    let mode = if rustix::process::geteuid().is_root() {
        0o711
    } else {
        0o700
    };
    let is_missing = |path: &&Path| !path.as_os_str().is_empty() && !path.exists();
    let missing: Vec<&Path> = folder.ancestors().take_while(is_missing).collect();
    DirBuilder::new().recursive(true).mode(mode).create(folder)?;
    // The umask may have taken from the mode what root's folders need.
    missing
        .iter()
        .try_for_each(|made| fs::set_permissions(made, Permissions::from_mode(mode)))
}
