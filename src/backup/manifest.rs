use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// The form of the archive. A number of its own, because a new AMDA reads old backups.
pub(super) const FORMAT: u32 = 1;
/// The names in the archive.
pub(super) const MANIFEST: &str = "manifest.json";
pub(super) const DATABASE: &str = "database.dump";
pub(super) const MEDIA: &str = "media";
pub(super) const KEYS: &str = "keys";

/// The contents of a backup, in its last file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The form of the archive.
    pub(super) format: u32,
    /// The version of the AMDA that made it.
    pub amda: String,
    /// The time at which it was begun.
    pub created_at: DateTime<Utc>,
    /// The newest migration of the database.
    pub(super) newest_migration: String,
    /// The major version of the program that dumped the database.
    pub(super) postgresql: u32,
    /// The name of the current master key, which reveals nothing of it.
    pub(super) master_key_id: String,
    /// The names of the master keys that open what is in the database: several while a rotation is unfinished. None in a backup
    /// of an earlier version, which used one.
    #[serde(default)]
    pub(super) master_key_ids: Vec<String>,
    /// The other files, in their order.
    pub(super) files: Vec<FileEntry>,
}

/// A file in the archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FileEntry {
    pub(super) name: String,
    pub(super) size_bytes: u64,
    /// In hexadecimal digits.
    pub(super) sha256: String,
}

impl Manifest {
    /// True when the archive holds the key file `name`.
    pub fn has_key(&self, name: &str) -> bool {
        let name = format!("{KEYS}/{name}");
        self.files.iter().any(|file| file.name == name)
    }

    /// The names of the master keys without which something in it cannot be read.
    pub(super) fn needed_master_keys(&self) -> &[String] {
        match self.master_key_ids.as_slice() {
            [] => std::slice::from_ref(&self.master_key_id),
            ids => ids,
        }
    }

    /// The number of media files.
    pub fn media(&self) -> usize {
        self.files.iter().filter(|file| is_media(&file.name)).count()
    }

    /// The bytes of everything in it.
    pub fn size_bytes(&self) -> u64 {
        self.files.iter().map(|file| file.size_bytes).sum()
    }
}

pub(super) fn is_media(name: &str) -> bool {
    name.strip_prefix(MEDIA).is_some_and(|rest| rest.starts_with('/'))
}

/// True for a name that an archive may hold: nothing in it leads out of its folder.
pub(super) fn is_allowed(name: &str) -> bool {
    let is_plain =
        |part: &str| !part.is_empty() && part != "." && part != ".." && !part.contains(['\\', '\0']);
    let parts: Vec<&str> = name.split('/').collect();
    match parts.as_slice() {
        [DATABASE] => true,
        [KEYS, key] => is_plain(key),
        [MEDIA, inner @ ..] => !inner.is_empty() && inner.iter().all(|part| is_plain(part)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backup_needs_the_keys_that_it_names_or_the_one_of_an_earlier_version() {
        let earlier = r#"{"format": 1, "amda": "0.1.0", "created_at": "2026-11-29T12:00:00Z", "newest_migration": "x",
            "postgresql": 17, "master_key_id": "old", "files": []}"#;
        let mut manifest: Manifest = serde_json::from_str(earlier).unwrap();

        assert_eq!(manifest.needed_master_keys(), ["old"]);
        manifest.master_key_ids = vec!["older".to_owned(), "old".to_owned()];
        assert_eq!(manifest.needed_master_keys(), ["older", "old"]);
    }

    #[test]
    fn a_name_that_leads_out_of_its_folder_is_not_allowed() {
        for name in ["database.dump", "keys/master.key", "media/user/account/file"] {
            assert!(is_allowed(name), "{name}");
        }
        for name in [
            "",
            "media",
            "media/",
            "media//etc",
            "media/../master.key",
            "keys/../x",
            "keys/a/b",
            "/etc/passwd",
            "other",
        ] {
            assert!(!is_allowed(name), "{name}");
        }
    }
}
