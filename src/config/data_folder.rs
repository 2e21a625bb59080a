use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
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
    DirBuilder::new().recursive(true).mode(mode).create(folder)
}
