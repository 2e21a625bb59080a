//! The screens of a console: their operations of `frontend-codegen/operations`, and what each costs.

use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

use crate::node;
use crate::stage;
use crate::support::app::TestApp;
use crate::support::graphql::Reply;
use crate::support::statements::{count_statements, statements_sent};

/// The most statements that a screen may take, whatever the length of its lists.
const STATEMENTS: usize = 60;

/// The times that each screen is asked for; more would use up the cost that a user may cause at once.
const ROUNDS: usize = 3;

/// The query of each screen, by its name and with its variables.
pub(crate) fn all() -> Vec<(&'static str, Value)> {
    vec![
        ("Overview", json!({})),
        ("Statuses", json!({})),
        ("ViewOnceGallery", json!({})),
        ("DeletedAndEdited", json!({})),
        ("Settings", json!({})),
        ("Schedule", json!({})),
        ("Analytics", json!({"range": {"lastDays": 30}, "bucket": "DAY"})),
        ("AccountAndSecurity", json!({})),
        ("Plan", json!({})),
    ]
}

/// The text of the query `name`, with the fragments that it uses.
fn text<'a>(documents: &'a Map<String, Value>, name: &str) -> &'a str {
    let heads = [format!("query {name} "), format!("query {name}(")];
    let mut texts = documents.values().filter_map(Value::as_str);
    texts
        .find(|text| heads.iter().any(|head| text.contains(head)))
        .unwrap_or_else(|| panic!("no operation {name}"))
}

/// What one screen took.
struct Measured {
    cost: u64,
    statements: usize,
    time: Duration,
    bytes: usize,
}

#[tokio::test]
async fn each_screen_takes_few_statements() {
    count_statements();
    let documents = node::documents().await;
    let app = TestApp::start().await;
    let (user, _phone) = stage::premium(&app, "alice@example.org", "5511900009000").await;
    let mut measured = Vec::new();

    for (name, variables) in all() {
        let query = text(&documents, name);
        let mut best: Option<Measured> = None;
        for _ in 0..ROUNDS {
            let (before, began) = (statements_sent(), Instant::now());
            let reply = user.client.run(query, variables.clone()).await;
            let now = Measured::of(&reply, statements_sent() - before, began.elapsed());
            // Work in the background sends statements too, so the least of some rounds is the screen's own.
            if best.as_ref().is_none_or(|best| now.statements <= best.statements) {
                best = Some(now);
            }
        }
        measured.push((name, best.unwrap()));
    }

    eprintln!("| Screen | Cost | Statements | ms | Bytes |\n|---|---|---|---|---|");
    for (name, it) in &measured {
        eprintln!(
            "| {name} | {} | {} | {} | {} |",
            it.cost,
            it.statements,
            it.time.as_millis(),
            it.bytes
        );
    }
    for (name, it) in &measured {
        assert!(
            it.statements <= STATEMENTS,
            "{name} takes {} statements",
            it.statements
        );
    }
    app.stop().await;
}

impl Measured {
    fn of(reply: &Reply, statements: usize, time: Duration) -> Self {
        Self {
            bytes: reply.data("").to_string().len(),
            cost: reply.body["extensions"]["cost"]["requested"].as_u64().unwrap(),
            statements,
            time,
        }
    }
}
