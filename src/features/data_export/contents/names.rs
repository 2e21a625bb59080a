use std::collections::HashMap;

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::contacts::SealedNames;
use crate::db::schema::contacts;
use crate::id::{ContactId, MediaId};
use crate::media::{self, MediaRow};
use crate::work::Work;

/// The suffixes of types of files. A sender declares the type, so no other suffix is taken from it.
const SUFFIXES: [(&str, &str); 21] = [
    ("application/pdf", "pdf"),
    ("application/zip", "zip"),
    ("audio/aac", "aac"),
    ("audio/amr", "amr"),
    ("audio/mp4", "m4a"),
    ("audio/mpeg", "mp3"),
    ("audio/ogg", "ogg"),
    ("audio/wav", "wav"),
    ("audio/webm", "webm"),
    ("image/gif", "gif"),
    ("image/jpeg", "jpg"),
    ("image/png", "png"),
    ("image/webp", "webp"),
    ("text/csv", "csv"),
    ("text/plain", "txt"),
    ("text/vcard", "vcf"),
    ("text/x-vcard", "vcf"),
    ("video/3gpp", "3gp"),
    ("video/mp4", "mp4"),
    ("video/ogg", "ogv"),
    ("video/webm", "webm"),
];

/// The path of a file in the archive.
pub(in crate::features::data_export) fn file_path(id: MediaId, mime_type: &str) -> String {
    let declared = mime_type.split(';').next().unwrap_or_default().trim();
    let known = SUFFIXES
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(declared));
    let suffix = known.map_or("bin", |(_, suffix)| suffix);
    format!("media/{}.{suffix}", id.as_uuid())
}

/// The path of the thumbnail of a file in the archive.
pub(in crate::features::data_export) fn thumbnail_path(id: MediaId) -> String {
    format!("media/thumbnails/{}.jpg", id.as_uuid())
}

/// What the ids in a page of rows stand for.
#[derive(Debug, Default)]
pub(in crate::features::data_export) struct Names {
    files: HashMap<MediaId, MediaRow>,
    contacts: HashMap<Uuid, String>,
}

impl Names {
    /// Loads the files.
    pub(super) async fn of_files(work: &mut Work, ids: &[MediaId]) -> QueryResult<Self> {
        let found = if ids.is_empty() {
            Vec::new()
        } else {
            media::load(work, ids).await?
        };
        Ok(Self {
            files: found.into_iter().map(|row| (row.id, row)).collect(),
            contacts: HashMap::new(),
        })
    }

    /// Adds the names of these contacts; one whose name does not open stays without.
    pub(super) async fn add_contacts(&mut self, work: &mut Work, ids: &[ContactId]) -> QueryResult<()> {
        let found: Vec<(ContactId, SealedNames)> = contacts::table
            .filter(contacts::id.eq_any(ids))
            .select((contacts::id, SealedNames::as_select()))
            .load(work)
            .await?;
        for (id, sealed) in found {
            let names = sealed.open(&work.key).ok();
            if let Some(name) = names.and_then(|names| names.best()) {
                self.contacts.insert(id.into(), name);
            }
        }
        Ok(())
    }

    /// The path of a file, while it is stored.
    pub(in crate::features::data_export) fn file(&self, id: MediaId) -> Option<String> {
        let row = self.files.get(&id).filter(|row| row.object_key.is_some())?;
        Some(file_path(id, &row.mime_type))
    }

    /// The path of the thumbnail of a file.
    pub(in crate::features::data_export) fn thumbnail(&self, id: MediaId) -> Option<String> {
        let row = self.files.get(&id).filter(|row| row.has_thumbnail)?;
        Some(thumbnail_path(row.id))
    }

    /// The best name of a contact.
    pub(in crate::features::data_export) fn contact(&self, id: Uuid) -> Option<&str> {
        self.contacts.get(&id).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_made_of_the_id_and_never_of_what_a_sender_says() {
        let id = MediaId::from(Uuid::nil());
        let named = [
            ("image/jpeg", "jpg"),
            ("Audio/OGG; codecs=opus", "ogg"),
            ("text/html", "bin"),
            ("../../x.exe", "bin"),
        ];

        for (mime_type, extension) in named {
            let path = format!("media/00000000-0000-0000-0000-000000000000.{extension}");
            assert_eq!(file_path(id, mime_type), path);
        }
    }
}
