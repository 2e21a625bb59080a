//! The README's tables of what AMDA says and what to do: what they quote is said, and what is logged as an error is in them.

use std::fs;
use std::path::Path;

use crate::source::{self, Source, Token};

/// The words that a text of the tables stands for where something is different each time.
const ELLIPSIS: char = '…';

/// The files beside the code whose words the tables quote.
const OTHER_FILES: [&str; 1] = ["deploy/alerts.yaml"];

fn read(file: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap()
}

/// What the first cells of the tables quote.
fn quotes() -> Vec<String> {
    let readme = read("README.md");
    let (_, section) = readme.split_once("### When it says something").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let cells = section
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split(" | ").next());
    cells
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .map(str::to_owned)
        .collect()
}

/// A literal as it is printed: a line that is broken by a backslash is one line, and an escaped mark is the mark.
fn printed(literal: &str) -> String {
    let mut lines = literal.split("\\\n");
    let first = lines.next().unwrap_or_default().to_owned();
    let whole = lines.fold(first, |whole, line| whole + line.trim_start());
    whole.replace("\\\"", "\"")
}

/// The string literals of a file, as they are printed.
fn literals(source: &Source) -> impl Iterator<Item = String> {
    source.tokens.iter().filter_map(|token| match token {
        Token::Text(text) => Some(printed(text)),
        _ => None,
    })
}

/// True when the pieces of `quote` stand in `text` in this order.
fn is_quoted(quote: &str, text: &str) -> bool {
    let mut rest = text;
    quote.split(ELLIPSIS).map(str::trim).all(|piece| {
        let found = rest.split_once(piece);
        rest = found.map_or("", |(_, rest)| rest);
        found.is_some()
    })
}

/// The literal messages that `source` logs as errors; none where the message is a value alone.
fn logged_errors(source: &Source) -> Vec<String> {
    let mut found = Vec::new();
    for (at, pair) in source.tokens.windows(2).enumerate() {
        if pair[0].word() != Some("error") || pair[1] != Token::Mark('!') {
            continue;
        }
        let behind = source.tokens[at..].iter();
        let message = behind
            .take_while(|token| **token != Token::Mark(';'))
            .find_map(|token| {
                let Token::Text(text) = token else {
                    return None;
                };
                Some(printed(text))
            });
        found.extend(message.filter(|message| message.contains(' ')));
    }
    found
}

fn is_product(source: &Source) -> bool {
    let module = source.module.first().map(String::as_str);
    !matches!(module, Some("simulator" | "stripe_simulator" | "telemetry"))
        && source.module.get(1).is_none_or(|module| module != "load")
}

#[test]
fn what_the_readme_quotes_is_said() {
    let mut said: Vec<String> = source::read_all().iter().flat_map(literals).collect();
    said.extend(OTHER_FILES.map(read));
    said.extend(OTHER_FILES.map(str::to_owned));

    let quotes = quotes();
    let wrong: Vec<&String> = quotes
        .iter()
        .filter(|quote| !said.iter().any(|text| is_quoted(quote, text)))
        .collect();

    assert!(quotes.len() > 50, "the tables are read");
    assert!(
        wrong.is_empty(),
        "nothing says what the README quotes: {wrong:#?}"
    );
}

#[test]
fn what_is_logged_as_an_error_stands_in_the_readme_with_what_to_do() {
    let quotes = quotes();
    let sources = source::read_all();
    let errors: Vec<String> = sources
        .iter()
        .filter(|source| is_product(source))
        .flat_map(logged_errors)
        .collect();

    let missing: Vec<&String> = errors
        .iter()
        .filter(|message| !quotes.iter().any(|quote| is_quoted(quote, message)))
        .collect();

    assert!(errors.len() > 15, "the code is read");
    assert!(
        missing.is_empty(),
        "add these to \"When it says something\": {missing:#?}"
    );
}

#[test]
fn a_quote_is_found_over_broken_lines_and_in_order() {
    let literal = printed("one \\\n         two \\\"three\\\" four");

    assert_eq!(literal, "one two \"three\" four");
    assert!(is_quoted("one … \"three\"", &literal));
    assert!(!is_quoted("three … two", &literal));
}
