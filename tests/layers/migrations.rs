//! Migrations that the release before can work beside: while one server migrates, others of the release before serve on.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The last migration of the newest release, or, before the first one, the last that need not keep to the rules.
const LAST_OF_RELEASE: &str = "2026-11-30-110000_count_for_metrics";

/// What breaks a rule all the same: the migration, a part of the statement in capitals, and the reason why the release before
/// works beside it and nobody waits long.
const EXCEPTIONS: [(&str, &str, &str); 0] = [];

/// The statements of a migration: in capitals, one space between words, without comments and the bodies of functions.
fn statements(sql: &str) -> Vec<String> {
    let lines = sql
        .lines()
        .map(|line| line.split("--").next().unwrap_or_default());
    let words: Vec<String> = lines
        .flat_map(str::split_whitespace)
        .map(str::to_uppercase)
        .collect();
    let mut text = words.join(" ");
    for (from, to) in [("$$", "$$"), ("BEGIN ATOMIC", "END;")] {
        while let Some((before, rest)) = text.split_once(from) {
            let (_, after) = rest
                .split_once(to)
                .unwrap_or_else(|| panic!("{from} without {to}"));
            text = format!("{before}BODY; {after}");
        }
    }
    let statements = text.split(';').map(str::trim);
    statements
        .filter(|statement| !matches!(*statement, "" | "BODY"))
        .map(str::to_owned)
        .collect()
}

/// The table behind `words` in a statement, if it has them.
fn table_after<'a>(statement: &'a str, words: &str) -> Option<&'a str> {
    let (_, rest) = statement.split_once(words)?;
    let rest = rest
        .trim_start_matches("IF NOT EXISTS ")
        .trim_start_matches("ONLY ");
    rest.split([' ', '(']).next()
}

/// The rule that a statement breaks. `new` are the tables that the same migration makes, which nobody uses yet.
fn broken_rule(statement: &str, new: &HashSet<String>) -> Option<&'static str> {
    let begins = |words: &str| statement.starts_with(words);
    let has = |words: &str| statement.contains(words);
    let is_new = |table: Option<&str>| table.is_some_and(|table| new.contains(table));
    if begins("ALTER TABLE ") {
        return if is_new(table_after(statement, "ALTER TABLE ")) {
            None
        } else {
            broken_by_alteration(statement)
        };
    }
    if begins("CREATE INDEX") || begins("CREATE UNIQUE INDEX") {
        let is_free = has(" CONCURRENTLY ") || is_new(table_after(statement, " ON "));
        return (!is_free).then_some("an index on a table in use is made CONCURRENTLY");
    }
    if begins("UPDATE ") || begins("DELETE ") || begins("MERGE ") {
        return Some("rows that are rewritten at once stay locked until the end");
    }
    let is_drop = ["TABLE", "VIEW", "FUNCTION", "TYPE", "DOMAIN", "SCHEMA"]
        .iter()
        .any(|kind| begins(&format!("DROP {kind} ")));
    if is_drop || begins("TRUNCATE ") {
        return Some("what the release before uses goes in a later release");
    }
    let is_exclusive = ["LOCK ", "CLUSTER ", "VACUUM FULL", "REINDEX "];
    if is_exclusive.iter().any(|words| begins(words)) {
        return Some("a table in use is not locked");
    }
    None
}

fn broken_by_alteration(statement: &str) -> Option<&'static str> {
    let has = |words: &str| statement.contains(words);
    if has("DROP COLUMN") || has("RENAME") {
        return Some("what the release before uses goes in a later release");
    }
    if has(" TYPE ") && has("ALTER COLUMN") || has("SET NOT NULL") {
        return Some("the table is rewritten or read through while it is locked");
    }
    if has("DROP NOT NULL") || has("DROP DEFAULT") {
        return Some("the release before does not know what may be absent now");
    }
    statement.split("ADD ").skip(1).find_map(broken_by_addition)
}

/// The rule that the addition of a column or of a constraint breaks.
fn broken_by_addition(addition: &str) -> Option<&'static str> {
    let has = |words: &str| addition.contains(words);
    let constraints = [
        "CONSTRAINT ",
        "CHECK",
        "FOREIGN ",
        "UNIQUE",
        "PRIMARY ",
        "EXCLUDE",
    ];
    if !constraints.iter().any(|words| addition.starts_with(words)) {
        let is_filled = !has("NOT NULL") || has("DEFAULT") || has("GENERATED");
        return (!is_filled).then_some(
            "the release before inserts rows without the new column, so NOT NULL needs a default",
        );
    }
    if has("USING INDEX") || has("NOT VALID") {
        return None;
    }
    Some(if has("UNIQUE") || has("PRIMARY KEY") || has("EXCLUDE") {
        "a unique index is made CONCURRENTLY first, and used by the constraint"
    } else {
        "a constraint on a table in use is added NOT VALID, and validated in a later migration"
    })
}

/// The rules that the migration breaks, each with the statement.
fn broken(sql: &str, runs_in_transaction: bool) -> Vec<(&'static str, String)> {
    let statements = statements(sql);
    let new: HashSet<String> = statements
        .iter()
        .filter(|statement| statement.starts_with("CREATE TABLE "))
        .filter_map(|statement| table_after(statement, "CREATE TABLE "))
        .map(str::to_owned)
        .collect();
    let is_concurrent = statements
        .iter()
        .any(|statement| statement.contains(" CONCURRENTLY "));
    let mut found: Vec<(&'static str, String)> = statements
        .iter()
        .filter_map(|statement| Some((broken_rule(statement, &new)?, statement.clone())))
        .collect();
    if is_concurrent && (runs_in_transaction || statements.len() > 1) {
        let rule = "CONCURRENTLY stands alone, beside a metadata.toml with `run_in_transaction = false`";
        found.push((rule, statements.join("; ")));
    }
    found
}

/// The folders of the migrations that came after the newest release, in order.
fn new_migrations() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<PathBuf> = paths
        .filter(|path| path.is_dir() && name(path) > LAST_OF_RELEASE)
        .collect();
    found.sort();
    found
}

fn name(path: &Path) -> &str {
    path.file_name().unwrap().to_str().unwrap()
}

#[test]
fn the_release_before_works_beside_every_migration_and_nobody_waits_long() {
    let mut wrong = Vec::new();
    let mut used = HashSet::new();
    for path in new_migrations() {
        let sql = fs::read_to_string(path.join("up.sql")).unwrap();
        let metadata = fs::read_to_string(path.join("metadata.toml")).unwrap_or_default();
        let runs_in_transaction = !metadata.replace(' ', "").contains("run_in_transaction=false");
        for (rule, statement) in broken(&sql, runs_in_transaction) {
            let excepted = EXCEPTIONS
                .iter()
                .find(|(migration, part, _)| *migration == name(&path) && statement.contains(part));
            match excepted {
                Some(exception) => {
                    used.insert(exception);
                }
                None => wrong.push(format!("{}: {rule}: {statement}", name(&path))),
            }
        }
    }
    let unused = EXCEPTIONS.iter().filter(|exception| !used.contains(exception));
    wrong
        .extend(unused.map(|(migration, part, _)| format!("{migration}: {part:?} is no exception any more")));

    assert!(
        wrong.is_empty(),
        "migrations/README.md says how it is done:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn each_rule_is_seen_to_be_broken() {
    for (sql, told) in [
        ("DROP TABLE users;", "later release"),
        ("ALTER TABLE users DROP COLUMN locale;", "later release"),
        (
            "ALTER TABLE users RENAME COLUMN locale TO language;",
            "later release",
        ),
        ("ALTER TABLE users RENAME TO people;", "later release"),
        ("DROP FUNCTION amda_x(uuid);", "later release"),
        ("ALTER TABLE users ALTER COLUMN locale TYPE varchar;", "rewritten"),
        ("ALTER TABLE users ALTER locale SET NOT NULL;", "rewritten"),
        ("ALTER TABLE users ALTER COLUMN locale DROP NOT NULL;", "absent"),
        (
            "ALTER TABLE users ADD COLUMN age int NOT NULL;",
            "needs a default",
        ),
        (
            "ALTER TABLE users\n  ADD COLUMN a int NOT NULL DEFAULT 1,\n  ADD COLUMN b int NOT NULL;",
            "needs a default",
        ),
        ("ALTER TABLE users ADD CONSTRAINT c CHECK (age > 0);", "NOT VALID"),
        ("ALTER TABLE users ADD FOREIGN KEY (a) REFERENCES b;", "NOT VALID"),
        (
            "ALTER TABLE users ADD UNIQUE (locale);",
            "made CONCURRENTLY first",
        ),
        ("CREATE INDEX i ON users (locale);", "made CONCURRENTLY"),
        ("CREATE UNIQUE INDEX i ON users (locale);", "made CONCURRENTLY"),
        ("CREATE INDEX CONCURRENTLY i ON users (locale);", "stands alone"),
        ("UPDATE users SET locale = 'en';", "stay locked"),
        ("LOCK TABLE users;", "not locked"),
    ] {
        let found = broken(sql, true);
        assert!(
            found.iter().any(|(rule, _)| rule.contains(told)),
            "{sql}: {found:?}"
        );
    }
}

#[test]
fn what_keeps_to_the_rules_is_let_through() {
    let whole = "
        -- DROP TABLE users;
        CREATE TABLE notes (id uuid PRIMARY KEY, text text NOT NULL CHECK (text <> ''));
        CREATE INDEX notes_text ON notes (text);
        ALTER TABLE notes ADD CHECK (id IS NOT NULL);
        ALTER TABLE users ADD COLUMN note uuid REFERENCES notes, ADD COLUMN is_new boolean NOT NULL DEFAULT true;
        ALTER TABLE users ADD CONSTRAINT c CHECK (note IS NOT NULL) NOT VALID;
        CREATE OR REPLACE FUNCTION amda_x() RETURNS void LANGUAGE plpgsql AS $$ BEGIN DELETE FROM users; END $$;
        CREATE FUNCTION amda_y() RETURNS bigint LANGUAGE sql BEGIN ATOMIC UPDATE users SET locale = ''; SELECT 1; END;
        SELECT amda_protect('notes');";

    assert_eq!(broken(whole, true), []);
    assert_eq!(
        broken("CREATE INDEX CONCURRENTLY i ON users (locale);", false),
        []
    );
}
