//! The server that ran on this data folder before, which a start after a crash need not wait for.
//!
//! A killed server leaves leases behind that last some seconds. Where it certainly ran on this machine, and no longer does,
//! they are ended at once: its id is in a file that it kept locked for as long as it lived.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use rustix::fs::{FlockOperation, flock};
use uuid::Uuid;

use crate::id::NodeId;

const FILE: &str = "node";
/// Number of this run of the machine: servers of two machines may share a folder, of which each may see its own locks alone.
const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";

/// The file of the server that runs on a data folder, locked until it is dropped.
#[derive(Debug)]
pub(super) struct NodeFile {
    _file: File,
}

impl NodeFile {
    /// Writes down that `node` runs on `folder`, and returns the node that did before, if it has ended. None of both while
    /// another server runs on the folder.
    ///
    /// # Errors
    /// When the file cannot be read or written.
    pub(super) fn claim(folder: &Path, node: NodeId) -> io::Result<(Option<Self>, Option<NodeId>)> {
        let mut options = File::options();
        options.read(true).write(true).create(true).truncate(false);
        let mut file = options.open(folder.join(FILE))?;
        if flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
            return Ok((None, None));
        }
        let mut text = String::new();
        file.read_to_string(&mut text)?;
        let boot = std::fs::read_to_string(BOOT_ID).unwrap_or_default();
        // A copy of the folder is another file, and the server of the first one may run.
        let metadata = file.metadata()?;
        let place = format!("{} {} {}", boot.trim(), metadata.dev(), metadata.ino());
        let before = predecessor(&text, &place).filter(|_| !boot.is_empty());
        file.set_len(0)?;
        file.rewind()?;
        write!(file, "{}\n{place}\n", node.as_uuid())?;
        Ok((Some(Self { _file: file }), before))
    }
}

/// The node in the file's `text`, if that was written in `place`: this run of the machine, and this file.
fn predecessor(text: &str, place: &str) -> Option<NodeId> {
    let (node, of_place) = text.split_once('\n')?;
    let is_of_this_place = of_place.trim() == place;
    is_of_this_place.then_some(Uuid::parse_str(node).ok()?.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_node_before_is_known_once_it_has_ended_and_only_on_its_own_machine() {
        let folder = tempfile::tempdir().unwrap();
        let (first, second) = (NodeId::from(Uuid::from_u128(1)), NodeId::from(Uuid::from_u128(2)));

        let (held, before) = NodeFile::claim(folder.path(), first).unwrap();
        assert!(held.is_some() && before.is_none());
        let (shared, unknown) = NodeFile::claim(folder.path(), second).unwrap();
        assert!(shared.is_none() && unknown.is_none());
        drop(held);
        let (_held, before) = NodeFile::claim(folder.path(), second).unwrap();

        assert_eq!(before, Some(first));
        let copy = tempfile::tempdir().unwrap();
        std::fs::copy(folder.path().join(FILE), copy.path().join(FILE)).unwrap();
        let (_of_copy, before) = NodeFile::claim(copy.path(), first).unwrap();
        assert_eq!(before, None, "a copy has no predecessor");
        assert_eq!(
            predecessor(&format!("{}\nhere\n", first.as_uuid()), "there"),
            None
        );
    }
}
