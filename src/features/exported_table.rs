/// A table with rows of users, as an export of their data shows it. Every such table is declared by the feature that owns
/// it, and every column of it: a test compares the declarations with the database's catalogue.
#[derive(Debug, Clone, Copy)]
pub enum ExportedTable {
    /// Its rows are in the export.
    Rows(ExportedRows),
    /// Nothing of it is, for this reason.
    LeftOut(&'static str, &'static str),
}

impl ExportedTable {
    /// A table whose rows have an id that grows with time.
    pub const fn by_id(table: &'static str, about: &'static str, columns: &'static [ExportedColumn]) -> Self {
        Self::Rows(ExportedRows::by_id(table, about, columns))
    }

    /// A table of one row an account.
    pub const fn by_account(
        table: &'static str,
        about: &'static str,
        columns: &'static [ExportedColumn],
    ) -> Self {
        Self::by_key(table, about, &[("account_id", "uuid")], columns)
    }

    /// A table whose rows are told apart by `key`: columns beside the owner's, with their types.
    pub const fn by_key(
        table: &'static str,
        about: &'static str,
        key: &'static [(&'static str, &'static str)],
        columns: &'static [ExportedColumn],
    ) -> Self {
        Self::Rows(ExportedRows {
            key,
            until: HighWater::None,
            ..ExportedRows::by_id(table, about, columns)
        })
    }

    /// The table.
    pub const fn table(&self) -> &'static str {
        match self {
            Self::Rows(rows) => rows.table,
            Self::LeftOut(table, _) => table,
        }
    }
}

/// The rows of a table in an export: one file of them.
#[derive(Debug, Clone, Copy)]
pub struct ExportedRows {
    /// The table.
    pub table: &'static str,
    /// The name of its files, without a suffix.
    pub file: &'static str,
    /// What a row is, for the reader of the export.
    pub about: &'static str,
    /// The column that says whose a row is; it is the same in all rows, so the export does not repeat it.
    pub owner: &'static str,
    /// The columns that tell rows apart, in the order in which they are read, with their types. The first one of a table
    /// with sealed columns is the id that they are sealed for.
    pub key: &'static [(&'static str, &'static str)],
    /// The rows that are left out because they came while the export was written.
    pub until: HighWater,
    /// Every other column.
    pub columns: &'static [ExportedColumn],
    /// The columns that the export's page shows; none for a table that it does not show.
    pub page: Option<ShownColumns>,
}

impl ExportedRows {
    /// Rows with an id that grows with time.
    pub const fn by_id(table: &'static str, about: &'static str, columns: &'static [ExportedColumn]) -> Self {
        Self {
            table,
            file: table,
            about,
            owner: "user_id",
            key: &[("id", "uuid")],
            until: HighWater::Id,
            columns,
            page: None,
        }
    }
}

/// The end of the rows that an export holds, taken when it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HighWater {
    /// The time at which it began, by the column `id`.
    Id,
    /// The newest event when it began, by the column `sequence`.
    Sequence,
    /// None: each row as it is when it is read.
    None,
}

/// A column of a table, in an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportedColumn {
    /// One value, as it is stored.
    Plain(&'static str),
    /// A list or an object, as it is stored.
    Structured(&'static str),
    /// A text that is sealed for its column and row. `sealed_` is no part of its name in the export.
    SealedText(&'static str),
    /// JSON that is sealed so.
    SealedJson(&'static str),
    /// The id of a file, beside which the export names the file.
    Media(&'static str),
    /// A small picture, which is a file of the export.
    Thumbnail(&'static str),
    /// It is not in the export, for this reason.
    LeftOut(&'static str, &'static str),
}

impl ExportedColumn {
    /// The column.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plain(name)
            | Self::Structured(name)
            | Self::SealedText(name)
            | Self::SealedJson(name)
            | Self::Media(name)
            | Self::Thumbnail(name)
            | Self::LeftOut(name, _) => name,
        }
    }
}

/// What the export's page shows of a table: the names of fields in the export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShownColumns {
    /// The heading.
    pub title: &'static str,
    /// The time.
    pub at: &'static str,
    /// The contact.
    pub who: &'static str,
    /// The words: a text, or a list of wordings.
    pub text: &'static str,
    /// The id of the file; none for rows without files.
    pub media: Option<&'static str>,
    /// A remark, such as an outcome.
    pub note: Option<&'static str>,
}

/// The reason to leave out what a password, a token or another secret is or was made from.
pub const SECRET: &str = "a secret that protects you, or a hash of one";
/// The reason to leave out the fingerprints by which sealed values are found.
pub const SEARCH_INDEX: &str =
    "keyed hashes of words or numbers that the export has in clear, made to find them";
/// The reason to leave out a column that earlier releases filled.
pub const EMPTIED: &str = "emptied when its values were sealed, which the export has in clear";
/// The reason to leave out how the server does its work.
pub const TECHNICAL: &str = "bookkeeping of the server, which says nothing about you";
