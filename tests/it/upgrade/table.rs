//! Tables of rows: the texts that the release before stored, and the fields that clients read now.

use amda::crypto::belongs_to;
use amda::id::to_global;
use serde_json::{Value, json};
use tokio_postgres::types::ToSql;
use ulid::Ulid;
use uuid::Uuid;

use super::{Earlier, account};

/// Rows of one table. In both halves of a row an empty text stands for null.
pub(super) struct Rows<const OLD: usize, const NEW: usize> {
    /// Number of the first row.
    pub(super) first: u128,
    /// Inserts a row: `$1` is its number, the other parameters are its texts.
    pub(super) insert: &'static str,
    /// Table and column of what is sealed in each row, and its text.
    pub(super) sealed: Option<[&'static str; 3]>,
    /// The source of the fields.
    pub(super) read: Read<NEW>,
    pub(super) all: &'static [([&'static str; OLD], [&'static str; NEW])],
}

/// A source of fields.
pub(super) enum Read<const NEW: usize> {
    /// A type of nodes, and its fields.
    Nodes(&'static str, [&'static str; NEW]),
    /// A query, for what no client reads: of text columns, for the row with the number `$1`.
    Sql(&'static str),
}

impl<const OLD: usize, const NEW: usize> Rows<OLD, NEW> {
    /// The rows survive an upgrade.
    pub(super) async fn survive(&self) {
        let earlier = Earlier::begin().await;
        self.insert(&earlier).await;

        earlier.upgrade().await;

        let found = self.load(&earlier).await;
        for ((old, wanted), found) in self.all.iter().zip(&found) {
            assert_eq!(found, wanted, "of {old:?}");
        }
        assert_eq!(found.len(), self.all.len());
    }

    /// Stores the rows as the release before did.
    pub(super) async fn insert(&self, earlier: &Earlier) {
        for (number, (old, _)) in (self.first..).zip(self.all) {
            let row = i64::try_from(number).unwrap();
            let texts = old.map(|text| (!text.is_empty()).then_some(text));
            let mut parameters: Vec<&(dyn ToSql + Sync)> = vec![&row];
            parameters.extend(texts.iter().map(|text| text as &(dyn ToSql + Sync)));
            earlier.rows.execute(self.insert, &parameters).await.unwrap();
            if let Some([table, column, plain]) = self.sealed {
                earlier.seal(table, column, number, plain).await;
            }
        }
    }

    async fn load(&self, earlier: &Earlier) -> Vec<[String; NEW]> {
        let numbers = (self.first..).take(self.all.len());
        match &self.read {
            Read::Nodes(kind, fields) => {
                let ids: Vec<String> = numbers
                    .map(|number| to_global(kind, Ulid::from(number)))
                    .collect();
                let query = format!(
                    "query($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on {kind} {{ {} }} }} }}",
                    fields.join(" ")
                );
                let answer = earlier.world.ask(account(), &query, json!({ "ids": ids })).await;
                let nodes = answer["nodes"].as_array().unwrap();
                nodes
                    .iter()
                    .map(|node| fields.map(|field| shown(&node[field])))
                    .collect()
            }
            Read::Sql(query) => {
                let mut found = Vec::new();
                for number in numbers {
                    let row = earlier
                        .rows
                        .query_one(*query, &[&i64::try_from(number).unwrap()])
                        .await
                        .unwrap();
                    found.push(std::array::from_fn(|column| {
                        row.get::<_, Option<String>>(column).unwrap_or_default()
                    }));
                }
                found
            }
        }
    }
}

impl Earlier {
    /// Seals `plain` into a column of the row with this number.
    pub(super) async fn seal(&self, table: &str, column: &str, number: u128, plain: &str) {
        let place = belongs_to(table, column, Ulid::from(Uuid::from_u128(number)));
        let sealed = self.key.seal(&place, plain.as_bytes());
        let update = format!("UPDATE {table} SET {column} = $1 WHERE id = id($2)");
        let row = i64::try_from(number).unwrap();
        assert_eq!(self.rows.execute(&update, &[&sealed, &row]).await.unwrap(), 1);
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
