//! The tables of AMDA, and those of others in the same database.

use diesel::sql_types::Text;
use diesel::{QueryResult, QueryableByName, sql_query};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

/// The record of applied migrations.
pub(super) const MIGRATIONS_TABLE: &str = "__diesel_schema_migrations";

/// A name in an answer.
#[derive(QueryableByName)]
pub(super) struct Name {
    #[diesel(sql_type = Text)]
    pub(super) name: String,
}

/// The tables that the migrations make, by the schema that is generated from them.
pub(super) fn names() -> Vec<&'static str> {
    defined_in(include_str!("schema.rs"))
}

/// The views that the migrations make, which the server reads.
pub(super) fn views() -> Vec<&'static str> {
    defined_in(include_str!("views.rs"))
}

/// The names that the macros in `source` define, whose documentation stands before them.
fn defined_in(source: &'static str) -> Vec<&'static str> {
    let names = source.split("diesel::table! {").skip(1).filter_map(|table| {
        let name = table
            .lines()
            .map(str::trim)
            .find(|line| !line.is_empty() && !line.starts_with("///"))?;
        name.split_whitespace().next()
    });
    names.collect()
}

/// The tables and views in the same schema that are no extension's.
pub(super) async fn all(conn: &mut AsyncPgConnection) -> QueryResult<Vec<String>> {
    let query = "SELECT c.relname::text AS name
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
            AND NOT EXISTS (SELECT FROM pg_depend d
                WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
        ORDER BY 1";
    let found: Vec<Name> = sql_query(query).load(conn).await?;
    Ok(found.into_iter().map(|found| found.name).collect())
}

/// The tables and views in the same schema that are neither AMDA's nor an extension's.
pub(super) async fn foreign(conn: &mut AsyncPgConnection) -> QueryResult<Vec<String>> {
    let mut found = all(conn).await?;
    let (tables, views) = (names(), views());
    let is_ours = |name: &str| name == MIGRATIONS_TABLE || tables.contains(&name) || views.contains(&name);
    found.retain(|name| !is_ours(name));
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_those_of_the_schema() {
        let names = names();

        assert!(names.contains(&"users") && names.contains(&"jobs"), "{names:?}");
        assert!(
            views().iter().any(|name| name.starts_with("admin_")),
            "{:?}",
            views()
        );
        assert!(
            names
                .iter()
                .chain(&views())
                .all(|name| name.chars().all(|c| c.is_ascii_lowercase() || c == '_')),
            "{names:?}"
        );
    }
}
