//! Reading of a whole archive before anything of it is used.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use serde::Deserialize;
use tar::{Archive, Entry, EntryType};
use tokio_util::sync::CancellationToken;

use super::archive::{CopyError, copy};
use super::error::BackupError;
use super::manifest::{DATABASE, FORMAT, FileEntry, MANIFEST, Manifest, is_allowed};

/// The archive in `file`, from its beginning.
pub(super) fn open(file: &File) -> io::Result<Archive<BufReader<&File>>> {
    let mut start = file;
    start.seek(SeekFrom::Start(0))?;
    Ok(Archive::new(BufReader::with_capacity(256 * 1024, file)))
}

/// The name of an entry.
pub(super) fn name_of<R: Read>(entry: &Entry<'_, R>) -> String {
    String::from_utf8_lossy(&entry.path_bytes()).into_owned()
}

/// Reads all of the archive in `file`, which `path` names, and compares it with its manifest.
pub(super) fn verify(file: &File, path: &Path, stop: &CancellationToken) -> Result<Manifest, BackupError> {
    read_all(file, stop)
        .and_then(check)
        .map_err(|problem| match problem {
            Problem::Stopped => BackupError::Stopped,
            Problem::Told(problem) => BackupError::Damaged {
                file: path.to_owned(),
                problem,
            },
        })
}

enum Problem {
    Told(String),
    Stopped,
}

impl From<io::Error> for Problem {
    fn from(error: io::Error) -> Self {
        Self::Told(format!("it cannot be read as a tar archive ({error})"))
    }
}

/// The contents of the archive, and what its manifest says they are.
struct Found {
    files: Vec<FileEntry>,
    manifest: Option<Manifest>,
}

fn read_all(file: &File, stop: &CancellationToken) -> Result<Found, Problem> {
    let mut found = Found {
        files: Vec::new(),
        manifest: None,
    };
    for entry in open(file)?.entries()? {
        let mut entry = entry?;
        let name = name_of(&entry);
        if found.manifest.is_some() {
            return Err(Problem::Told(format!(
                "{name} stands behind its list of contents"
            )));
        }
        if name == MANIFEST {
            found.manifest = Some(read_manifest(&mut entry)?);
            continue;
        }
        if entry.header().entry_type() != EntryType::Regular || !is_allowed(&name) {
            return Err(Problem::Told(format!("{name:?} is nothing that a backup holds")));
        }
        let (size_bytes, sha256) = copy(&mut entry, &mut io::sink(), stop).map_err(|error| match error {
            CopyError::Stopped => Problem::Stopped,
            CopyError::Read(error) | CopyError::Write(error) => error.into(),
        })?;
        found.files.push(FileEntry {
            name,
            size_bytes,
            sha256,
        });
    }
    Ok(found)
}

fn read_manifest(entry: &mut impl Read) -> Result<Manifest, Problem> {
    let mut text = String::new();
    entry.read_to_string(&mut text)?;
    let unread = |error| Problem::Told(format!("its list of contents cannot be read ({error})"));
    // Looked at first: another form may have other fields.
    let Form { format } = serde_json::from_str(&text).map_err(unread)?;
    if format != FORMAT {
        return Err(Problem::Told(format!(
            "its form is number {format}, and this AMDA reads number {FORMAT}; use the AMDA that wrote it, or a newer one"
        )));
    }
    serde_json::from_str(&text).map_err(unread)
}

/// The part of the list of contents that every form has.
#[derive(Deserialize)]
struct Form {
    format: u32,
}

fn check(found: Found) -> Result<Manifest, Problem> {
    let told = |problem: String| Err(Problem::Told(problem));
    let Some(manifest) = found.manifest else {
        return told("it ends before its list of contents, so it was not written or copied whole".to_owned());
    };
    let mut pairs = manifest.files.iter().zip(&found.files);
    if let Some((listed, _)) = pairs.find(|(listed, read)| listed != read) {
        return told(format!(
            "{} is not as it was when the backup was made",
            listed.name
        ));
    }
    if manifest.files.len() != found.files.len() {
        return told(format!(
            "it holds {} files, and its list {}",
            found.files.len(),
            manifest.files.len()
        ));
    }
    if !manifest.files.iter().any(|file| file.name == DATABASE) {
        return told("there is no database in it".to_owned());
    }
    Ok(manifest)
}
