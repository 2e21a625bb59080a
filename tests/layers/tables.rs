//! A feature's tables are its own: no other code of the product names them, neither by the schema nor in SQL.

use std::collections::BTreeSet;

use crate::paths;
use crate::source::{self, Source, Token};

/// The tables and views that a feature owns. What is in no row is shared by several modules.
const OWNED: &[(&str, &[&str])] = &[
    ("accounts", &["admin_accounts", "connection_gaps"]),
    ("auto_reply", &["auto_replies", "auto_reply_settings"]),
    (
        "billing",
        &[
            "billing_checkouts",
            "billing_customers",
            "billing_drifts",
            "billing_events",
            "billing_invoices",
            "billing_subscriptions",
        ],
    ),
    ("data_export", &["data_exports"]),
    ("deleted_messages", &["deleted_messages"]),
    ("edited_messages", &["edited_messages"]),
    ("kept_items", &["deleted_items"]),
    (
        "notifications",
        &[
            "notification_mail_items",
            "notification_mails",
            "notification_preferences",
            "notification_switches",
            "push_subscriptions",
        ],
    ),
    (
        "scheduled_statuses",
        &["scheduled_status_viewers", "scheduled_statuses"],
    ),
    (
        "statuses",
        &[
            "auto_likes",
            "status_deletions",
            "status_likes",
            "status_reactions",
            "status_viewers",
            "statuses",
        ],
    ),
    (
        "users",
        &[
            "access_tokens",
            "admin_sessions",
            "admin_users",
            "deleted_external_identities",
            "email_changes",
            "external_identities",
            "external_link_requests",
            "invitations",
            "logins",
            "mail_tokens",
            "recovery_codes",
            "refresh_tokens",
            "two_factor_methods",
        ],
    ),
    ("view_once", &["view_once_messages", "view_once_settings"]),
    (
        "webhooks",
        &[
            "admin_failing_deliveries",
            "webhook_attempts",
            "webhook_deliveries",
            "webhook_endpoints",
        ],
    ),
];

/// Uses of another feature's table that stand, each with its reason. One that is no longer there fails.
const EXCEPTIONS: [(&str, &str, &str); 2] = [
    (
        "src/features/notifications/store/pushes.rs",
        "logins",
        "a browser is pushed to while the session that subscribed it lasts, which one statement must decide",
    ),
    (
        "src/notices/post.rs",
        "notification_switches",
        "a notice that the app does not show has no event, which is decided as it is posted",
    ),
];

/// A use of a table outside of the feature that owns it.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Trespass {
    file: String,
    table: &'static str,
    owner: &'static str,
}

#[test]
fn no_code_names_the_table_of_a_feature_that_is_not_its_own() {
    let trespasses: BTreeSet<Trespass> = source::read_all().iter().flat_map(trespasses).collect();
    let is_excepted = |found: &Trespass| {
        EXCEPTIONS
            .iter()
            .any(|(file, table, _)| *file == found.file && *table == found.table)
    };
    let is_unused = |file: &str, table: &str| {
        !trespasses
            .iter()
            .any(|found| found.file == file && found.table == table)
    };

    let mut wrong: Vec<String> = trespasses
        .iter()
        .filter(|found| !is_excepted(found))
        .map(|found| format!("{} names {}, a table of {}", found.file, found.table, found.owner))
        .collect();
    wrong.extend(
        EXCEPTIONS
            .iter()
            .filter(|(file, table, _)| is_unused(file, table))
            .map(|(file, table, _)| format!("{file} does not name {table}: remove its exception")),
    );

    assert!(
        wrong.is_empty(),
        "tables of other features:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn every_owned_table_is_in_the_schema() {
    let sources = source::read_all();
    let schema: Vec<&Source> = sources
        .iter()
        .filter(|source| is_schema(&source.module))
        .collect();

    for &(owner, tables) in OWNED {
        for table in tables {
            let mut tokens = schema.iter().flat_map(|source| &source.tokens);
            let is_there = tokens.any(|token| token.word() == Some(table));
            assert!(is_there, "{owner} owns {table}, which the schema does not have");
        }
    }
}

/// True for the module that describes the tables to the compiler, and for that of the views.
fn is_schema(module: &[String]) -> bool {
    module == ["db", "schema"] || module == ["db", "views"]
}

fn trespasses(source: &Source) -> Vec<Trespass> {
    if is_schema(&source.module) {
        return Vec::new();
    }
    let by_path: BTreeSet<String> = paths::named(source)
        .into_iter()
        .filter(|path| path.len() > 2 && is_schema(&path[..2]))
        .filter_map(|path| path.into_iter().nth(2))
        .collect();
    let by_text: BTreeSet<String> = source.tokens.iter().flat_map(tables_of_text).collect();
    let mut found = Vec::new();
    for &(owner, tables) in OWNED {
        if source
            .module
            .starts_with(&["features".to_owned(), owner.to_owned()])
        {
            continue;
        }
        let named = tables
            .iter()
            .filter(|table| by_path.contains(**table) || by_text.contains(**table));
        found.extend(named.map(|table| Trespass {
            file: source.file.clone(),
            table,
            owner,
        }));
    }
    found
}

/// The tables that a string literal names: the whole literal, or what its SQL reads or writes.
fn tables_of_text(token: &Token) -> Vec<String> {
    let Token::Text(text) = token else {
        return Vec::new();
    };
    let whole = text.clone();
    let words: Vec<&str> = text
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty())
        .collect();
    words
        .windows(2)
        .filter(|pair| matches!(pair[0], "FROM" | "JOIN" | "INTO" | "UPDATE" | "TABLE"))
        .map(|pair| pair[1].to_owned())
        .chain([whole])
        .collect()
}

#[test]
fn sql_and_whole_literals_name_tables() {
    let code =
        r#"("statuses", "INSERT INTO logins SELECT id FROM users JOIN chats", "from statuses, by name")"#;

    let found: BTreeSet<String> = source::tokens(code).iter().flat_map(tables_of_text).collect();

    for table in ["statuses", "logins", "users", "chats"] {
        assert!(found.contains(table), "{table} was not seen in {found:?}");
    }
    assert!(!found.contains("name"), "{found:?}");
}
