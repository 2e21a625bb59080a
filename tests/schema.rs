//! The public contract: `schema.graphql` is what the code says, and no feature hides another's field.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

#[path = "schema/parsed.rs"]
mod parsed;

use std::collections::{BTreeSet, HashMap};

use amda::features::schema::NodeQuery;
use amda::features::{
    accounts, admin, analytics, auto_reply, billing, data_export, deleted_messages, kept_items,
    notifications, plans, scheduled_statuses, statuses, uploads, users, view_once, webhooks,
};
use async_graphql::{EmptyMutation, EmptySubscription, ObjectType, Schema};

use parsed::ParsedSchema;

#[test]
fn the_committed_schema_is_the_codes() {
    let committed = include_str!("../schema.graphql");

    assert!(
        committed == amda::server::sdl(),
        "schema.graphql differs from the code; write it anew with `cargo run -- schema > schema.graphql`"
    );
}

#[test]
fn no_two_features_define_one_root_field() {
    let queries =
        fields_of(users::Query) + fields_of(plans::Query) + fields_of(admin::Query) + fields_of(NodeQuery);
    let mutations: usize = [
        fields_of(users::Mutation),
        fields_of(users::MailMutation),
        fields_of(users::AdminMutation),
        fields_of(users::TwoFactorMutation),
        fields_of(users::AccessTokenMutation),
        fields_of(users::ExternalMutation),
        fields_of(billing::Mutation),
        fields_of(data_export::Mutation),
        fields_of(accounts::Mutation),
        fields_of(statuses::Mutation),
        fields_of(view_once::Mutation),
        fields_of(deleted_messages::Mutation),
        fields_of(analytics::Mutation),
        fields_of(notifications::Mutation),
        fields_of(notifications::PushMutation),
        fields_of(kept_items::Mutation),
        fields_of(auto_reply::Mutation),
        fields_of(scheduled_statuses::Mutation),
        fields_of(uploads::Mutation),
        fields_of(webhooks::Mutation),
    ]
    .into_iter()
    .sum();

    // The server's own root has one field.
    assert_eq!(fields_of(amda::features::Query::default()), queries + 1);
    assert_eq!(fields_of(amda::features::Mutation::default()), mutations);
}

#[test]
fn everything_public_is_described() {
    let sdl = amda::server::sdl();
    // Descriptions of fields are indented, and may begin with any word.
    let lines: Vec<_> = sdl.lines().collect();

    let undescribed: Vec<_> = lines
        .windows(2)
        .filter(|pair| is_definition(pair[1]) && !pair[0].ends_with("\"\"\""))
        .map(|pair| pair[1])
        .collect();

    assert!(undescribed.is_empty(), "no description: {undescribed:#?}");
}

#[test]
fn no_description_is_a_librarys() {
    let sdl = amda::server::sdl();

    assert!(
        !sdl.contains("Implement the"),
        "a scalar has the description of its Rust type"
    );
    assert!(
        !sdl.contains("ISO 8601 calendar date"),
        "a scalar has the description of its Rust type"
    );
}

#[test]
fn a_subscription_says_what_its_events_say() {
    let schema = ParsedSchema::read();
    let subscriptions = &schema.types["Subscription"].fields;
    let typed: Vec<_> = subscriptions
        .iter()
        .filter(|field| field.of.ends_with("Event") && field.of != "Event")
        .collect();

    assert!(typed.len() > 10, "{} subscriptions", typed.len());
    for field in typed {
        let event = &schema.types[&field.of].description;
        let happened = event.split_inclusive(". ").next().unwrap().trim();
        let text = &field.description;
        assert!(
            text.starts_with(happened),
            "{}: '{text}' does not begin with '{happened}'",
            field.name
        );
    }
}

#[test]
fn no_subscription_leads_to_administration() {
    let schema = ParsedSchema::read();
    let mut waiting = vec!["Subscription".to_owned()];
    let mut reached = BTreeSet::new();
    while let Some(name) = waiting.pop() {
        let Some(described) = schema.types.get(&name) else {
            continue;
        };
        if reached.insert(name) {
            waiting.extend(described.fields.iter().map(|field| field.of.clone()));
        }
    }

    assert!(reached.contains("AuditEntry"), "{reached:?}");
    let admins: Vec<_> = reached.iter().filter(|name| name.starts_with("Admin")).collect();
    assert!(admins.is_empty(), "{admins:?}");
}

#[test]
fn each_name_in_a_description_is_one_of_the_schema() {
    let schema = ParsedSchema::read();

    let wrong: Vec<_> = schema
        .descriptions()
        .flat_map(|(place, text)| {
            text.split('`')
                .skip(1)
                .step_by(2)
                .map(move |name| (place.clone(), name))
        })
        .filter(|(_, name)| !schema.knows(name))
        .map(|(place, name)| format!("{place}: `{name}`"))
        .collect();

    assert!(wrong.is_empty(), "no such name: {wrong:#?}");
}

#[test]
fn the_types_that_linting_excepts_exist() {
    let schema = ParsedSchema::read();
    let config = include_str!("../frontend-codegen/eslint.config.mjs");
    let listed = config
        .lines()
        .filter_map(|line| line.strip_prefix("  '")?.strip_suffix("',"));

    let gone: Vec<_> = listed.filter(|name| !schema.types.contains_key(*name)).collect();

    assert!(
        gone.is_empty(),
        "eslint.config.mjs names types that are gone: {gone:?}"
    );
}

#[test]
fn one_selection_fits_every_type_of_event() {
    let sdl = amda::server::sdl();
    let mut types: HashMap<&str, (&str, &str)> = HashMap::new();

    let conflicts: Vec<_> = sdl
        .split("\ntype ")
        .filter(|definition| definition.contains(" implements Event {"))
        .flat_map(|definition| {
            let event = definition.split(' ').next().unwrap();
            fields(definition).map(move |(field, of)| (event, field, of))
        })
        .filter_map(|(event, field, of)| {
            let (other, known) = *types.entry(field).or_insert((event, of));
            (known != of).then(|| format!("{event}.{field} is {of}, but {other}.{field} is {known}"))
        })
        .collect();

    assert!(types.contains_key("kind"), "{types:?}");
    assert!(conflicts.is_empty(), "{conflicts:#?}");
}

/// The fields without arguments in the definition of a type, each with its type.
fn fields(definition: &str) -> impl Iterator<Item = (&str, &str)> {
    let body = definition.split("\n}").next().unwrap();
    body.lines()
        .filter_map(|line| line.strip_prefix('\t')?.split_once(": "))
        .filter(|(name, _)| name.chars().all(char::is_alphanumeric))
}

#[test]
fn descriptions_name_what_they_describe() {
    let sdl = amda::server::sdl();
    let lines: Vec<_> = sdl.lines().map(str::trim).collect();

    let riddles: Vec<_> = lines
        .windows(2)
        .filter(|pair| pair[0] == "\"\"\"" && is_riddle(pair[1]))
        .map(|pair| pair[1])
        .collect();

    assert!(riddles.is_empty(), "begin with a noun or a verb: {riddles:#?}");
}

/// True for a description that begins with a pronoun or a question word.
fn is_riddle(description: &str) -> bool {
    let words = [
        "It", "Its", "They", "This", "These", "That", "Who", "What", "When", "Where", "Which", "Why", "How",
        "Whether",
    ];
    words.contains(&description.split_whitespace().next().unwrap_or_default())
}

fn is_definition(line: &str) -> bool {
    ["type ", "interface ", "enum ", "input ", "union ", "scalar "]
        .iter()
        .any(|word| line.starts_with(word))
        && !["type Query ", "type Mutation ", "type Subscription "]
            .iter()
            .any(|root| line.starts_with(root))
}

/// How many fields `root` has, by the schema that it makes alone.
fn fields_of(root: impl ObjectType + 'static) -> usize {
    let sdl = Schema::new(root, EmptyMutation, EmptySubscription).sdl();
    let name = sdl
        .lines()
        .find_map(|line| line.trim().strip_prefix("query: "))
        .unwrap_or("Query")
        .to_owned();
    let body = sdl
        .split(&format!("type {name} {{\n"))
        .nth(1)
        .unwrap()
        .split("\n}")
        .next()
        .unwrap()
        .to_owned();
    let mut is_text = false;
    let mut fields = 0;
    for line in body.lines().map(str::trim) {
        if line == "\"\"\"" {
            is_text = !is_text;
        } else if !is_text && line.contains(": ") && !line.starts_with("\"\"\"") {
            fields += 1;
        }
    }
    fields
}
