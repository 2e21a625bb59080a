use std::fs::{self, DirBuilder, Permissions};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use thiserror::Error;

/// The data folder of another user, in which root must make nothing: that user could not read it.
#[derive(Debug, Error)]
#[error(
    "{folder} belongs to {owner}, who could not use it any more if root wrote into it; run this command as that user, \
     `sudo -u '{owner}' amda ...`, or name another folder with --data-dir"
)]
pub struct ForeignDataFolder {
    /// The data folder.
    pub folder: PathBuf,
    /// The name of its owner, or `#` and the number.
    pub owner: String,
}

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

/// Refuses root the data folder that another user works in. A folder that belongs to another user and holds nothing of
/// theirs may be used: a container that runs as root often finds its volume so.
///
/// # Errors
/// [`ForeignDataFolder`].
pub fn refuse_foreign_folder(folder: &Path) -> Result<(), ForeignDataFolder> {
    if !rustix::process::geteuid().is_root() {
        return Ok(());
    }
    match working_owner(folder) {
        None => Ok(()),
        Some(owner) => Err(ForeignDataFolder {
            folder: folder.to_owned(),
            owner: user_name(owner),
        }),
    }
}

/// The owner of the folder, if it is not root and something in the folder is theirs as well.
fn working_owner(folder: &Path) -> Option<u32> {
    let owner = fs::metadata(folder).ok()?.uid();
    let mut entries = fs::read_dir(folder).ok()?.flatten();
    let is_theirs = |entry: fs::DirEntry| entry.metadata().is_ok_and(|found| found.uid() == owner);
    (owner != 0 && entries.any(is_theirs)).then_some(owner)
}

fn user_name(uid: u32) -> String {
    let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let named = users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(uid)).then(|| name.to_owned())
    });
    named.unwrap_or_else(|| format!("#{uid}"))
}
