//! A search for requests that cost more than their size explains.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};

use crate::meter::Meter;

/// The number of requests that are tried, unless `HOSTILE_CASES` says otherwise.
const CASES: u32 = 300;

/// The most bytes of an answer that nobody's request can have; the schema itself is the longest.
const MOST_ANSWER_BYTES: usize = 2 * 1024 * 1024;

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        select(vec![0, 1, 100, 10_000, 900_000]).prop_map(|length| Value::from("x".repeat(length))),
        Just(json!("\u{0}\u{202e}\"\\")),
    ];
    prop_oneof![
        4 => leaf.clone(),
        2 => (leaf.clone(), select(vec![1_usize, 100, 5_000, 19_000, 60_000]))
            .prop_filter("within the body", |(item, count)| item.to_string().len() * count < 900_000)
            .prop_map(|(item, count)| Value::from(vec![item; count])),
        1 => (leaf, select(vec![1_usize, 50, 120])).prop_map(|(item, depth)| {
            (0..depth).fold(item, |inner, level| if level % 2 == 0 { json!([inner]) } else { json!({ "a": inner }) })
        }),
        1 => select(vec![1_usize, 100, 9_000]).prop_map(|count| {
            (0..count).map(|index| (format!("k{index}"), json!(index))).collect::<serde_json::Map<_, _>>().into()
        }),
    ]
}

fn declared_type() -> impl Strategy<Value = &'static str> {
    select(vec![
        "String",
        "ID!",
        "Int",
        "[Int]",
        "[[Int!]!]",
        "Boolean",
        "EventKind",
        "[EventKind!]",
        "LogInInput!",
        "StatusFilter",
        "DateTime",
        "Cursor",
        "Query",
        "Nothing",
    ])
}

/// An argument or a directive in which `$x` stands, and how many times over.
fn field() -> impl Strategy<Value = String> {
    let place = select(vec![
        "node(id: @) { id }",
        "node(id: [@]) { id }",
        "node(id: { a: [@] }) { id }",
        "node(id: \"a\") @include(if: @) { id }",
        "__type(name: @) { name fields { name args { name type { ...t } } } }",
        "__schema { types { name fields(includeDeprecated: @) { type { ...t } } } }",
        "__typename @skip(if: @) @include(if: @)",
        "viewer { statuses(first: @, filter: { authorIds: [@], kinds: @ }) { edges { node { text } } } }",
        "unknown(argument: @)",
        "viewer { id email(x: @) }",
    ]);
    let used = prop_oneof![
        4 => select(vec![1_usize, 10, 200, 450]).prop_map(|count| "$x ".repeat(count)),
        1 => select(vec![1_usize, 100, 50_000]).prop_map(|length| format!("\"{}\"", "y".repeat(length))),
        1 => select(vec![1_usize, 100, 250, 300]).prop_map(|length| "Y".repeat(length)),
        1 => select(vec![1_usize, 100, 400]).prop_map(|count| format!("[{}]", "1 ".repeat(count))),
        1 => select(vec![1_usize, 40, 60]).prop_map(|depth| "[".repeat(depth) + "$x" + &"]".repeat(depth)),
    ];
    (place, used).prop_map(|(place, used)| place.replace('@', &used))
}

fn document() -> impl Strategy<Value = String> {
    let kind = select(vec!["query", "query", "query", "mutation", "subscription"]);
    let default = prop_oneof![
        3 => Just(String::new()),
        1 => select(vec![1_usize, 1_000, 50_000]).prop_map(|length| format!(" = \"{}\"", "z".repeat(length))),
        1 => select(vec![1_usize, 400]).prop_map(|count| format!(" = [{}]", "0 ".repeat(count))),
    ];
    let parts = (
        kind,
        declared_type(),
        default,
        vec(field(), 1..4),
        vec(field(), 0..3),
        0_usize..400,
    );
    parts.prop_map(|(kind, ty, default, own, shared, spreads)| {
        let spread = if shared.is_empty() {
            String::new()
        } else {
            "...f ".repeat(spreads)
        };
        let fragment = if shared.is_empty() {
            String::new()
        } else {
            format!("fragment f on Query {{ {} }}", shared.join(" "))
        };
        let wrapped = "fragment t on __Type { name ofType { name ofType { name } } fields { name } }";
        format!(
            "{kind} Q($x: {ty}{default}) {{ {} {spread} }} {fragment} {wrapped}",
            own.join(" ")
        )
    })
}

#[test]
fn a_search_finds_no_request_that_costs_more_than_its_size_explains() {
    let meter = Meter::new();
    meter.post(json!({ "query": "{ __typename __schema { types { name } } }" }).to_string());
    let cases = std::env::var("HOSTILE_CASES").map_or(CASES, |cases| cases.parse().unwrap());
    let config = Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: 200,
        ..Config::default()
    };
    let seed = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config, seed);

    let found = runner.run(&(document(), value()), |(query, x)| {
        let body = json!({ "query": query, "variables": { "x": x } }).to_string();
        let measured = meter.post(body);
        prop_assert!(
            measured.is_bounded(),
            "{:?}, {} bytes",
            measured.took,
            measured.peak_bytes
        );
        prop_assert!(
            measured.answer_bytes <= MOST_ANSWER_BYTES,
            "{} bytes of answer",
            measured.answer_bytes
        );
        let code = measured.answer["errors"][0]["extensions"]["code"].as_str();
        prop_assert!(code != Some("INTERNAL"), "{}", measured.message());
        Ok(())
    });

    found.unwrap_or_else(|error| panic!("{}", error.to_string().chars().take(4_000).collect::<String>()));
}
