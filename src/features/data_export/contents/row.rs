use data_encoding::HEXLOWER;
use serde_json::{Map, Value};
use ulid::Ulid;
use uuid::Uuid;

use super::names::{Names, thumbnail_path};
use super::query::Place;
use crate::crypto::{CryptoError, DataKey, belongs_to};
use crate::features::{ExportedColumn, ExportedRows};
use crate::id::MediaId;

/// The table whose rows are the files themselves.
const FILES: &str = "media";

/// A row of an export: its fields, in the order of their declaration.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::features::data_export) struct Row {
    fields: Vec<(String, Value)>,
}

/// Number of sealed values that do not open.
pub(in crate::features::data_export) type Unread = u64;

impl Row {
    /// The fields and their values.
    pub(in crate::features::data_export) fn fields(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.fields.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// The value of a field; null when there is none.
    pub(in crate::features::data_export) fn field(&self, name: &str) -> &Value {
        let found = self.fields.iter().find(|(field, _)| field == name);
        found.map_or(&Value::Null, |(_, value)| value)
    }

    /// Opens a row as its statement answered. A value that does not open is null: one that is damaged does not keep the
    /// user from the others.
    pub(super) fn open(
        rows: &ExportedRows,
        stored: &Map<String, Value>,
        key: &DataKey,
        names: &Names,
    ) -> (Self, Unread) {
        let mut unread = 0;
        let mut fields = Vec::new();
        let id = id_of(rows, stored);
        for (name, _) in rows.key {
            fields.push(((*name).to_owned(), value(stored, name)));
        }
        if rows.table == FILES {
            let file = id.and_then(|id| names.file(MediaId::from(id)));
            fields.push(("file".to_owned(), file.map_or(Value::Null, Value::from)));
        }
        let mut opened = |column: &str, read: fn(Vec<u8>) -> Option<Value>| {
            let sealed = value(stored, column);
            let Some(sealed) = sealed.as_str() else {
                return Value::Null;
            };
            let plain = open(rows.table, column, id, sealed, key).ok();
            plain.and_then(read).unwrap_or_else(|| {
                unread += 1;
                Value::Null
            })
        };
        for column in rows.columns {
            match *column {
                ExportedColumn::Plain(name) | ExportedColumn::Structured(name) => {
                    fields.push((name.to_owned(), value(stored, name)));
                }
                ExportedColumn::SealedText(name) => {
                    let text = opened(name, |plain| Some(String::from_utf8_lossy(&plain).into()));
                    fields.push((shown_name(name), text));
                }
                ExportedColumn::SealedJson(name) => {
                    let read = opened(name, |plain| serde_json::from_slice(&plain).ok());
                    fields.push((shown_name(name), read));
                }
                ExportedColumn::Media(name) => {
                    let media = media_of(stored, name);
                    let file = media.and_then(|media| names.file(media));
                    fields.push((name.to_owned(), value(stored, name)));
                    fields.push((file_field(name), file.map_or(Value::Null, Value::from)));
                }
                ExportedColumn::Thumbnail(name) => {
                    let is_there = value(stored, name) == Value::Bool(true);
                    let path = id.filter(|_| is_there).map(|id| thumbnail_path(id.into()));
                    fields.push((name.to_owned(), path.map_or(Value::Null, Value::from)));
                }
                ExportedColumn::LeftOut(..) => {}
            }
        }
        (Self { fields }, unread)
    }
}

/// The names of the fields of a table.
pub(in crate::features::data_export) fn fields(rows: &ExportedRows) -> impl Iterator<Item = String> {
    let key = rows.key.iter().map(|(name, _)| (*name).to_owned());
    let file = (rows.table == FILES).then(|| "file".to_owned());
    let others = rows.columns.iter().flat_map(|column| match *column {
        ExportedColumn::LeftOut(..) => Vec::new(),
        ExportedColumn::Media(name) => vec![name.to_owned(), file_field(name)],
        ExportedColumn::SealedText(name) | ExportedColumn::SealedJson(name) => vec![shown_name(name)],
        ExportedColumn::Plain(name) | ExportedColumn::Structured(name) | ExportedColumn::Thumbnail(name) => {
            vec![name.to_owned()]
        }
    });
    key.chain(file).chain(others)
}

/// The files that a row as stored names.
pub(super) fn media_ids(rows: &ExportedRows, stored: &Map<String, Value>) -> Vec<MediaId> {
    let own = (rows.table == FILES)
        .then(|| id_of(rows, stored).map(MediaId::from))
        .flatten();
    let named = rows.columns.iter().filter_map(|column| {
        let ExportedColumn::Media(name) = column else {
            return None;
        };
        media_of(stored, name)
    });
    own.into_iter().chain(named).collect()
}

/// The place of a row in its table.
pub(super) fn place(rows: &ExportedRows, stored: &Map<String, Value>) -> Place {
    let part = |name: &str| match value(stored, name) {
        Value::String(text) => text,
        other => other.to_string(),
    };
    Place(rows.key.iter().map(|(name, _)| part(name)).collect())
}

fn value(stored: &Map<String, Value>, name: &str) -> Value {
    stored.get(name).cloned().unwrap_or_default()
}

fn media_of(stored: &Map<String, Value>, column: &str) -> Option<MediaId> {
    let id = stored.get(column)?.as_str()?;
    Some(Uuid::parse_str(id).ok()?.into())
}

/// The id that a row's values are sealed for.
fn id_of(rows: &ExportedRows, stored: &Map<String, Value>) -> Option<Uuid> {
    let (name, _) = rows.key.first()?;
    Uuid::parse_str(stored.get(*name)?.as_str()?).ok()
}

fn open(
    table: &str,
    column: &str,
    id: Option<Uuid>,
    sealed: &str,
    key: &DataKey,
) -> Result<Vec<u8>, CryptoError> {
    let id = Ulid::from(id.ok_or(CryptoError::Malformed)?);
    let sealed = HEXLOWER
        .decode(sealed.as_bytes())
        .map_err(|_| CryptoError::Malformed)?;
    key.open(&belongs_to(table, column, id), &sealed)
}

fn shown_name(column: &str) -> String {
    column.strip_prefix("sealed_").unwrap_or(column).to_owned()
}

fn file_field(column: &str) -> String {
    format!("{}_file", column.strip_suffix("_id").unwrap_or(column))
}
