//! Requests that once cost far more than they should, or that a search found.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::meter::Meter;

/// A request, and a part of the error that refuses it.
type Hostile = (&'static str, String, &'static str);

fn body(query: &str, variables: &Value) -> String {
    json!({ "query": query, "variables": variables }).to_string()
}

fn times(count: usize, part: &str) -> String {
    part.repeat(count)
}

fn zeros(count: usize) -> Value {
    Value::from(vec![0; count])
}

/// `fields` of the viewer in a fragment, spread as often as a document can.
fn spread(fields: &str) -> String {
    format!(
        "{{ viewer {{ {} }} }} fragment f on User {{ {fields} }}",
        times(400, "...f ")
    )
}

fn variables() -> Vec<Hostile> {
    let uses = format!("{{ node(id: [{}]) {{ id }} }}", times(450, "$x "));
    let long = json!({ "x": times(900_000, "x") });
    let in_directives = times(40, "@include(if: $x) ");
    vec![
        (
            "a list of 400,000 zeros for a string, used 450 times",
            body(
                &format!("query($x: String) {uses}"),
                &json!({ "x": zeros(400_000) }),
            ),
            "JSON values; 20000 are allowed",
        ),
        (
            "a list of 19,000 zeros for a string, used 450 times",
            body(
                &format!("query($x: String) {uses}"),
                &json!({ "x": zeros(19_000) }),
            ),
            "$x is a list; it must be String",
        ),
        (
            "a list of 19,000 zeros, well declared, used 450 times",
            body(
                &format!("query($x: [Int]) {uses}"),
                &json!({ "x": zeros(19_000) }),
            ),
            "bytes (each value as often as it is used",
        ),
        (
            "a string of 0.9 MB, used 450 times",
            body(&format!("query($x: String) {uses}"), &long),
            "bytes (each value as often as it is used",
        ),
        (
            "a string of 0.9 MB in an object, used 300 times",
            body(
                &format!(
                    "query($x: ID!) {{ node(id: {{ a: [{}] }}) {{ id }} }}",
                    times(300, "$x ")
                ),
                &long,
            ),
            "bytes (each value as often as it is used",
        ),
        (
            "a string of 0.9 MB in 40 directives",
            body(
                &format!("query($x: String) {{ __typename {in_directives} }}"),
                &long,
            ),
            "bytes (each value as often as it is used",
        ),
        (
            "a string of 0.9 MB in a fragment that is spread 400 times",
            body(
                &format!(
                    "query($x: String) {}",
                    spread("statuses(after: $x) { nodes { id } }")
                ),
                &long,
            ),
            "bytes (each value as often as it is used",
        ),
        (
            "a default of 60 kB, used 450 times",
            body(
                &format!("query($x: String = \"{}\") {uses}", times(60_000, "x")),
                &json!({}),
            ),
            "bytes (each value as often as it is used",
        ),
        (
            "a type that does not exist, with a default",
            body("query($x: Nothing = 1) { node(id: $x) { id } }", &json!({})),
            "no input type of this schema",
        ),
    ]
}

fn documents() -> Vec<Hostile> {
    let long = times(50_000, "x");
    let bomb = (0..30).fold("{ ...f0 }".to_owned(), |mut text, level| {
        let next = level + 1;
        write!(text, " fragment f{level} on Query {{ ...f{next} ...f{next} }}").unwrap();
        text
    }) + " fragment f30 on Query { __typename }";
    let objects = format!("{{\"query\":[{}]}}", times(100_000, "{\"a\":1},"));
    vec![
        (
            "a bomb of fragments",
            body(&bomb, &json!({})),
            "selections; 2000 are allowed",
        ),
        (
            "a text of 50 kB in a fragment that is spread 400 times",
            body(
                &spread(&format!("statuses(after: \"{long}\") {{ nodes {{ id }} }}")),
                &json!({}),
            ),
            "bytes (each value as often as it is used",
        ),
        (
            "a wrong value of 50 kB for an enum, spread 400 times",
            body(
                &spread(&format!("statuses(after: {long}) {{ nodes {{ id }} }}")),
                &json!({}),
            ),
            "bytes in a name; 256 are allowed",
        ),
        (
            "an unknown field of 50 kB, spread 400 times",
            body(&spread(&long), &json!({})),
            "bytes in a name; 256 are allowed",
        ),
        (
            "an unknown field of 256 bytes, spread 400 times",
            body(&spread(&long[..256]), &json!({})),
            "Unknown field",
        ),
        (
            "300 unknown arguments",
            body(
                &format!("{{ node(id: 1 {}) {{ id }} }}", times(300, "idd: 1 ")),
                &json!({}),
            ),
            "Unknown argument",
        ),
        (
            "a name of 0.9 MB for the operation",
            json!({ "query": "{ __typename }", "operationName": times(900_000, "x") }).to_string(),
            "has no operation named",
        ),
        ("100,000 JSON objects", objects, "JSON values; 20000 are allowed"),
        (
            "500,000 nested JSON lists",
            times(500_000, "["),
            "JSON values; 20000 are allowed",
        ),
    ]
}

#[test]
fn a_hostile_request_is_refused_within_bounds_of_time_and_memory() {
    let meter = Meter::new();
    // What is made once, such as the description of the schema, is no request's fault.
    meter.post(body("{ __typename __schema { types { name } } }", &json!({})));

    let mut report = String::new();
    let mut wrong = Vec::new();
    for (name, body, refusal) in variables().into_iter().chain(documents()) {
        let length = body.len();
        let measured = meter.post(body);
        let (millis, kib) = (measured.took.as_secs_f64() * 1_000.0, measured.peak_bytes / 1024);
        writeln!(report, "| {name} | {length} | {millis:.1} | {kib} |").unwrap();
        if !measured.is_bounded() || !measured.message().contains(refusal) {
            wrong.push(format!(
                "{name}: {millis:.1} ms, {kib} KiB, {}",
                measured.message()
            ));
        }
    }

    eprintln!("| request | bytes | ms | KiB |\n|---|---|---|---|\n{report}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
