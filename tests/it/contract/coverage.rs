//! The table of wrong values names every field of every input.

use std::collections::BTreeSet;

use amda::plan::Plan;

use super::inputs::{FieldKind, without_indexes};
use super::right_by_type::RIGHT_BY_TYPE;
use super::scene::Scene;
use super::wrong::{beyond_the_plan, wrong_inputs};

#[tokio::test]
async fn every_field_of_an_input_has_a_wrong_value_in_the_table_or_a_reason_why_none_exists() {
    let scene = Scene::of(Plan::Premium).await;
    let cases = wrong_inputs(&scene).into_iter().chain(beyond_the_plan(&scene));
    let wrong: BTreeSet<String> = cases
        .flat_map(|case| {
            case.wrong
                .into_iter()
                .map(move |wrong| (case.mutation, wrong.place))
        })
        .map(|(mutation, place)| format!("{mutation}.{}", without_indexes(place)))
        .collect();
    let right: BTreeSet<String> = RIGHT_BY_TYPE
        .iter()
        .map(|(mutation, place, _)| format!("{mutation}.{place}"))
        .collect();

    let fields: BTreeSet<String> = scene
        .mutations
        .iter()
        .flat_map(|mutation| mutation.fields.iter().map(move |field| (mutation, field)))
        .filter(|(_, field)| field.is_list || matches!(field.kind, FieldKind::Scalar(_) | FieldKind::Enum))
        .map(|(mutation, field)| format!("{}.{}", mutation.name, field.place))
        .collect();

    let named: BTreeSet<String> = wrong.union(&right).cloned().collect();
    let missing: Vec<_> = fields.difference(&named).collect();
    assert!(missing.is_empty(), "no wrong value and no reason: {missing:#?}");
    let gone: Vec<_> = right.difference(&fields).collect();
    assert!(gone.is_empty(), "no such field: {gone:#?}");
    let both: Vec<_> = right.intersection(&wrong).collect();
    assert!(
        both.is_empty(),
        "a wrong value and a reason why none exists: {both:#?}"
    );
}
