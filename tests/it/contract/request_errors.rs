//! Inputs that break the rules of GraphQL itself: the request is refused, and the error names the place and what would be
//! right.

use serde_json::{Map, Value, json};

use super::inputs::{Field, FieldKind, Mutation, TYPES, read_mutations};
use crate::support::app::{TestApp, TestUser};

#[tokio::test]
async fn a_value_of_another_type_is_named_with_the_right_one() {
    let (app, user, mutations) = client_of_the_schema().await;

    let mut faults = Vec::new();
    for mutation in &mutations {
        for field in &mutation.fields {
            for (value, right) in wrong_values(field) {
                let (value, element) = if field.is_list {
                    (json!([value]), "[0]")
                } else {
                    (value, "")
                };
                let (input, place) = input_with(mutation, &field.place, value);
                let right = format!("{place}{element} {right}");
                faults.extend(refuse(&user, mutation, input, &right).await);
            }
        }
    }

    assert!(faults.is_empty(), "{}", faults.join("\n"));
    app.stop().await;
}

#[tokio::test]
async fn null_and_nothing_in_place_of_a_value_are_named_with_the_right_type() {
    let (app, user, mutations) = client_of_the_schema().await;

    let mut faults = Vec::new();
    for mutation in &mutations {
        for field in mutation.fields.iter().filter(|field| field.ty.ends_with('!')) {
            let (input, place) = input_with(mutation, &field.place, Value::Null);
            let right = format!("{place} is null; it must be {}", field.ty);
            faults.extend(refuse(&user, mutation, input, &right).await);
        }
        for object in places_of_objects(mutation) {
            let (input, place) = input_with(mutation, object, json!({}));
            let required = fields_below(mutation, object)
                .into_iter()
                .find(|field| field.is_required);
            if let Some(field) = required {
                let right = format!("{place}.{} is missing; it must be {}", name(field), field.ty);
                faults.extend(refuse(&user, mutation, input, &right).await);
            }
        }
    }

    assert!(faults.is_empty(), "{}", faults.join("\n"));
    app.stop().await;
}

#[tokio::test]
async fn an_object_that_takes_one_field_is_named_with_its_fields_when_it_has_none_or_two_or_null() {
    let (app, user, mutations) = client_of_the_schema().await;

    let mut faults = Vec::new();
    for mutation in &mutations {
        for choice in places_of_choices(mutation) {
            let names: Vec<&str> = fields_below(mutation, choice).into_iter().map(name).collect();
            let all: Map<String, Value> = names
                .iter()
                .map(|name| ((*name).to_owned(), Value::Null))
                .collect();
            for value in [json!({}), json!(all), json!({ (names[0]): null })] {
                let (input, place) = input_with(mutation, choice, value);
                let right = format!(
                    "{place} must have exactly one of {}, with a value",
                    names.join(", ")
                );
                faults.extend(refuse(&user, mutation, input, &right).await);
            }
        }
    }

    assert!(faults.is_empty(), "{}", faults.join("\n"));
    app.stop().await;
}

#[tokio::test]
async fn a_field_that_does_not_exist_is_named_with_those_that_do() {
    let (app, user, mutations) = client_of_the_schema().await;

    let mut faults = Vec::new();
    for mutation in &mutations {
        for object in places_of_objects(mutation)
            .into_iter()
            .chain(places_of_choices(mutation))
        {
            let (input, place) = input_with(mutation, object, json!({ "noSuchField": 1 }));
            let names: Vec<&str> = fields_below(mutation, object).into_iter().map(name).collect();
            let right = format!("whose fields are {}", names.join(", "));
            faults.extend(
                refuse(
                    &user,
                    mutation,
                    input.clone(),
                    &format!("{place}.noSuchField is no field"),
                )
                .await,
            );
            faults.extend(refuse(&user, mutation, input, &right).await);
        }
    }

    assert!(faults.is_empty(), "{}", faults.join("\n"));
    app.stop().await;
}

async fn client_of_the_schema() -> (TestApp, TestUser, Vec<Mutation>) {
    let app = TestApp::start().await;
    let user = app.register("alice@example.org").await;
    let mutations = read_mutations(&user.run(TYPES, json!({})).await);
    (app, user, mutations)
}

/// Values of another type than the field's or, for a list, than its elements', with what is said of them.
fn wrong_values(field: &Field) -> Vec<(Value, String)> {
    let ty = match field.ty.strip_prefix('[') {
        Some(list) => list.trim_end_matches('!').trim_end_matches(']'),
        None => &field.ty,
    };
    let object = (json!({"a": 1}), format!("is an object; it must be {ty}"));
    let text = |text: &str, wanted: &str| {
        let said = format!("is not {wanted}; it must be {ty}, such as 2026-11-24");
        (json!(text), said)
    };
    match &field.kind {
        FieldKind::Scalar(name) => match name.as_str() {
            "DateTime" => vec![object, text("yesterday", "a time with its offset")],
            "Date" => vec![object, text("2026-02-30", "a day that exists")],
            "Int" | "ByteCount" => vec![object, (json!(1.5), format!("is a number; it must be {ty}"))],
            "Boolean" => vec![object, (json!("true"), format!("is a string; it must be {ty}"))],
            "ID" => vec![
                object,
                (json!(true), format!("is true or false; it must be {ty}")),
            ],
            _ => vec![object, (json!(7), format!("is a number; it must be {ty}"))],
        },
        FieldKind::Enum => {
            let unknown = format!("is no value of {}; it must be one of ", ty.trim_end_matches('!'));
            vec![object, (json!("NO_SUCH_VALUE"), unknown)]
        }
        FieldKind::Object | FieldKind::Choice => {
            vec![(json!("text"), format!("is a string; it must be {ty}"))]
        }
    }
}

/// The fault in the answer to a mutation that must be refused with these words.
async fn refuse(user: &TestUser, mutation: &Mutation, input: Value, words: &str) -> Option<String> {
    let reply = user
        .client
        .run(&mutation.document(), json!({ "input": input }))
        .await;
    let errors = reply.body["errors"].as_array().map_or(&[][..], Vec::as_slice);
    let is_refused = errors.len() == 1
        && errors[0]["extensions"]["code"] == "BAD_USER_INPUT"
        && errors[0]["message"].as_str().unwrap().contains(words);
    (!is_refused).then(|| format!("{} of {input} must say {words}: {}", mutation.name, reply.body))
}

/// An input with nothing but `value` at `place`, and the place as errors write it.
fn input_with(mutation: &Mutation, place: &str, value: Value) -> (Value, String) {
    let (mut input, mut written, mut place) = (value, String::new(), place);
    while !place.is_empty() {
        let (above, name) = place.rsplit_once('.').unwrap_or(("", place));
        input = json!({ (name): input });
        written.insert_str(0, &format!(".{name}"));
        if mutation
            .fields
            .iter()
            .any(|field| field.place == above && field.is_list)
        {
            input = json!([input]);
            written.insert_str(0, "[0]");
        }
        place = above;
    }
    (input, format!("$input{written}"))
}

/// The places of objects of which all fields may be given, the input's own among them. Lists of them are left out.
fn places_of_objects(mutation: &Mutation) -> Vec<&str> {
    places_of(mutation, &FieldKind::Object, !mutation.is_choice)
}

/// The places of objects that take exactly one field.
fn places_of_choices(mutation: &Mutation) -> Vec<&str> {
    places_of(mutation, &FieldKind::Choice, mutation.is_choice)
}

fn places_of<'a>(mutation: &'a Mutation, kind: &FieldKind, with_input: bool) -> Vec<&'a str> {
    let fields = mutation.fields.iter();
    let below = fields.filter(|field| field.kind == *kind && !field.is_list);
    let input = with_input.then_some("").into_iter();
    input.chain(below.map(|field| field.place.as_str())).collect()
}

fn fields_below<'a>(mutation: &'a Mutation, place: &str) -> Vec<&'a Field> {
    let is_below = |field: &&Field| match field.place.rsplit_once('.') {
        Some((above, _)) => above == place,
        None => place.is_empty(),
    };
    mutation.fields.iter().filter(is_below).collect()
}

fn name(field: &Field) -> &str {
    field.place.rsplit('.').next().unwrap_or_default()
}
