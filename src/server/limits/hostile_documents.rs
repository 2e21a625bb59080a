use std::fmt::Write;
use std::time::{Duration, Instant};

use serde_json::{Map, json};

use super::known_schema::KnownSchema;
use super::{DocumentCache, DocumentLimits};
use crate::metrics::Metrics;

const SCHEMA: &str = "
    type Query { a: Query b: Query c: Int id: ID versions: [Query!]! words: [String!]! errors: [Query!]!
      nodes(ids: [ID!]!): [Query]! list(first: Int, last: Int): Connection statuses(first: Int): Connection
      contacts(first: Int): Connection }
    type Connection { edges: [Edge!]! nodes: [Query!]! totalCount: Int! }
    type Edge { node: Query! }";

fn documents() -> DocumentCache {
    DocumentCache::new(
        DocumentLimits::STANDARD,
        KnownSchema::parse(SCHEMA),
        Metrics::default(),
    )
}

/// Checks `text` and its cost; the fastest of five, because the machine is shared.
fn refusal(text: &str) -> (String, Duration) {
    let attempt = || {
        let documents = documents();
        let started = Instant::now();
        let checked = documents.check(text);
        let checked = checked.and_then(|document| {
            let chosen = document.choose(None)?;
            chosen.check_cost(&Map::new(), documents.limits(), documents.schema())
        });
        let took = started.elapsed();
        (checked.expect_err("the document is hostile").error.message, took)
    };
    (0..5).map(|_| attempt()).min_by_key(|(_, took)| *took).unwrap()
}

/// Each fragment spreads the next one twice: 2^30 fields in under a kilobyte.
fn bomb() -> String {
    let mut text = "{ ...f0 }".to_owned();
    for level in 0..30 {
        write!(
            text,
            " fragment f{level} on Query {{ ...f{0} ...f{0} }}",
            level + 1
        )
        .unwrap();
    }
    text + " fragment f30 on Query { __typename }"
}

/// Approximate factor by which a build without optimisation is slower.
const SLOWNESS: u32 = if cfg!(debug_assertions) { 10 } else { 1 };

#[test]
fn a_fragment_bomb_is_refused_within_a_millisecond() {
    let (message, took) = refusal(&bomb());

    assert!(message.contains("selections; 2000 are allowed"), "{message}");
    assert!(took < Duration::from_millis(1) * SLOWNESS, "it took {took:?}");
}

#[test]
fn hostile_documents_are_refused_within_ten_milliseconds() {
    let many = |count: usize, part: &str| part.repeat(count);
    let nested = |count: usize, part: &str| format!("{}a{}", part.repeat(count), "}".repeat(count));
    let aliases: String = (0..16)
        .flat_map(|n| ["a".to_owned(), n.to_string(), ": b ".to_owned()])
        .collect();
    let pages = "statuses(first: 100) { edges { node { contacts(first: 100) { edges { node { id } } } } } }";
    let cases = [
        ("tokens or more", format!("{{ {} }}", many(1_001, "a "))),
        ("bytes", format!("{{ a(b: \"{}\") }}", many(70_000, "x"))),
        ("bytes in a name", format!("{{ a(b: {}) }}", many(257, "x"))),
        ("brackets within brackets", many(900, "{")),
        (
            "brackets within brackets",
            format!("{{ a(b: {}) }}", many(900, "[")),
        ),
        ("levels of depth", format!("{{ {}", nested(16, "a {")) + "}"),
        ("aliases", format!("{{ {aliases} }}")),
        ("directives", format!("{{ a {} }}", many(51, "@b "))),
        ("root fields", format!("{{ {} }}", many(21, "a "))),
        (
            "root fields",
            format!("{{ ...f }} fragment f on Query {{ {} }}", many(21, "a ")),
        ),
        (
            "spreads itself",
            "{ ...f } fragment f on Query { ...g } fragment g on Query { ...f }".to_owned(),
        ),
        ("the operation costs", format!("{{ {pages} }}")),
        (
            "selections",
            format!("{{ a {{ ...f0 }} }} {}", fragments_of_six(4)),
        ),
    ];

    for (wanted, text) in cases {
        let (message, took) = refusal(&text);
        assert!(message.contains(wanted), "{wanted} was expected, not: {message}");
        assert!(
            took < Duration::from_millis(10) * SLOWNESS,
            "{wanted} took {took:?}"
        );
    }
}

/// Each fragment spreads the next one six times, within a field.
fn fragments_of_six(levels: usize) -> String {
    let spread = |level: usize| format!("...f{level} ").repeat(6);
    let fragments =
        (0..levels).map(|level| format!("fragment f{level} on A {{ a {{ {} }} }} ", spread(level + 1)));
    fragments.collect::<String>() + &format!("fragment f{levels} on A {{ b c d e f g }}")
}

#[test]
fn a_refusal_says_what_was_asked_and_what_is_allowed() {
    let refused = documents()
        .check(&format!("{{ {} }}", "a ".repeat(21)))
        .unwrap_err();

    let error = serde_json::to_value(&*refused.error).unwrap();
    assert_eq!(
        error["message"],
        "the document asks for 21 root fields; 20 are allowed"
    );
    assert_eq!(
        error["extensions"],
        json!({ "code": "COST_LIMIT", "limit": "root fields", "requested": 21, "allowed": 20 })
    );
}

/// The cost of `text` in the small schema.
fn cost(text: &str, variables: serde_json::Value) -> u64 {
    let documents = documents();
    let document = documents.check(text).unwrap();
    let serde_json::Value::Object(variables) = variables else {
        panic!("variables are an object");
    };
    let chosen = document.choose(None).unwrap();
    let cost = chosen.check_cost(&variables, documents.limits(), documents.schema());
    cost.unwrap()
}

#[test]
fn the_cost_follows_the_lengths_of_lists() {
    let list = "query($n: Int = 5) { list(first: $n) { edges { node { id } } } }";

    assert_eq!(cost("{ a { id } b { c } }", json!({})), 4);
    assert_eq!(
        cost("{ list(first: 10) { edges { node { id } } } }", json!({})),
        22
    );
    assert_eq!(
        cost("{ list(last: 10) { edges { node { id } } } }", json!({})),
        22
    );
    assert_eq!(cost("{ list { edges { node { id } } } }", json!({})), 42);
    assert_eq!(cost(list, json!({})), 12);
    assert_eq!(cost(list, json!({ "n": 50 })), 102);
    // No list is longer than a hundred; asking for more is the resolver's to refuse.
    assert_eq!(cost(list, json!({ "n": 5_000 })), 202);
    assert_eq!(cost("{ list(first: 90) { totalCount } }", json!({})), 11);
    assert_eq!(
        cost("{ ...f ...f } fragment f on Query { a { id } }", json!({})),
        4
    );
}

#[test]
fn a_list_without_pages_has_a_price() {
    let ids = "query($ids: [ID!]! = [1, 2]) { nodes(ids: $ids) { id } }";

    assert_eq!(cost("{ versions { id } }", json!({})), 11);
    assert_eq!(cost("{ words }", json!({})), 10);
    assert_eq!(cost("{ errors { id } }", json!({})), 3);
    assert_eq!(cost("{ nodes(ids: [1, 2, 3]) { id } }", json!({})), 4);
    assert_eq!(cost(ids, json!({})), 3);
    assert_eq!(cost(ids, json!({ "ids": vec!["x"; 100] })), 101);
}

/// The cost of `text` with the real schema.
fn real_cost(text: &str) -> Result<u64, String> {
    let schema = KnownSchema::parse(&crate::server::sdl());
    let documents = DocumentCache::new(DocumentLimits::STANDARD, schema, Metrics::default());
    let checked = documents.check(text).and_then(|document| {
        let chosen = document.choose(None)?;
        chosen.check_cost(&Map::new(), documents.limits(), documents.schema())
    });
    checked.map_err(|error| error.error.message)
}

#[test]
fn a_page_costs_the_same_behind_a_fragment() {
    let spelled = [
        "{ viewer { statuses { nodes { id author { id } } } } }",
        "{ ...F } fragment F on Query { viewer { statuses { nodes { id author { id } } } } }",
        "{ viewer { statuses { ...F } } } fragment F on StatusConnection { nodes { id author { id } } }",
        "{ viewer { statuses { ... { nodes { ...F } } } } } fragment F on Status { id author { id } }",
        "{ viewer { statuses { n: nodes { ... on Node { id } author { id } } } } }",
    ];

    let costs = spelled.map(|text| real_cost(text).unwrap());

    assert_eq!(costs, [63; 5]);
}

#[test]
fn the_introspection_query_of_usual_clients_costs_what_it_carries() {
    let cost = real_cost(INTROSPECTION).unwrap();

    // Far enough below the 10,000 that are allowed for the schema to grow, and enough to stop a script that repeats it.
    assert!((2_000..=8_000).contains(&cost), "{cost}");
}

#[test]
fn an_introspection_query_that_multiplies_lists_is_refused() {
    let fields = "fields { type { fields { type { fields { type { fields { name } } } } } } }";

    let all = real_cost(&format!("{{ __schema {{ types {{ {fields} }} }} }}")).unwrap_err();
    let one = real_cost(&format!("{{ __type(name: \"Query\") {{ {fields} }} }}")).unwrap_err();
    let usual = real_cost("{ __type(name: \"Query\") { name fields { name type { name } } } }");

    assert!(all.starts_with("the operation costs"), "{all}");
    assert!(one.starts_with("the operation costs"), "{one}");
    assert!(usual.unwrap() < 20);
}

#[test]
fn long_texts_and_lists_without_pages_are_part_of_the_cost() {
    let page =
        |selected: &str| format!("{{ viewer {{ editedMessages(first: 10) {{ nodes {{ {selected} }} }} }} }}");

    let plain = real_cost(&page("id")).unwrap();
    let text = real_cost(&page("text")).unwrap();
    let versions = real_cost(&page("versions { text }")).unwrap();

    assert_eq!((plain, text, versions), (13, 103, 1_013));
}

#[test]
fn a_subscription_listens_to_exactly_one_field() {
    let kept = documents();
    let lifted = kept
        .check(
            "subscription { ...F } fragment F on Subscription { ...G } fragment G on Subscription { events { id } }",
        )
        .unwrap();
    let two = kept
        .check("subscription { events { id } linked { id } }")
        .unwrap_err();

    let chosen = lifted.choose(None).unwrap();
    assert_eq!(chosen.subscribed_field().unwrap().name.node, "events");
    assert!(lifted.to_executable().fragments.is_empty());
    assert!(
        two.error.message.contains("this one has 2"),
        "{}",
        two.error.message
    );
}

/// The introspection query of graphql-js 16, which nests `ofType` nine times.
const INTROSPECTION: &str = "
    query IntrospectionQuery { __schema { description queryType { name kind } mutationType { name kind }
      subscriptionType { name kind } types { ...FullType }
      directives { name description isRepeatable locations args(includeDeprecated: true) { ...InputValue } } } }
    fragment FullType on __Type { kind name description specifiedByURL isOneOf
      fields(includeDeprecated: true) { name description args(includeDeprecated: true) { ...InputValue }
        type { ...TypeRef } isDeprecated deprecationReason }
      inputFields(includeDeprecated: true) { ...InputValue } interfaces { ...TypeRef }
      enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
      possibleTypes { ...TypeRef } }
    fragment InputValue on __InputValue { name description type { ...TypeRef } defaultValue isDeprecated
      deprecationReason }
    fragment TypeRef on __Type { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name
      ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } } } } }";
