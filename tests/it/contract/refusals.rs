//! Every wrong value of the table, sent to the schema: alone, and together with the others of its input.

use amda::plan::Plan;
use serde_json::{Value, json};

use super::inputs::Mutation;
use super::scene::Scene;
use super::wrong::{Case, Wrong, beyond_the_plan, wrong_inputs};

#[tokio::test]
async fn each_wrong_value_is_one_error_with_its_type_code_path_and_words() {
    let scene = Scene::of(Plan::Premium).await;
    let cases = wrong_inputs(&scene);

    let faults = try_each(&scene, &cases).await;

    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[tokio::test]
async fn each_value_beyond_the_plan_is_one_error_with_its_type_code_path_and_words() {
    let scene = Scene::of(Plan::Free).await;
    let cases = beyond_the_plan(&scene);

    let faults = try_each(&scene, &cases).await;

    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[tokio::test]
async fn all_wrong_values_of_an_input_are_told_at_once() {
    let scene = Scene::of(Plan::Premium).await;
    let cases = wrong_inputs(&scene);

    let faults = try_together(&scene, &cases).await;

    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[tokio::test]
async fn all_values_beyond_the_plan_are_told_at_once() {
    let scene = Scene::of(Plan::Free).await;
    let cases = beyond_the_plan(&scene);

    let faults = try_together(&scene, &cases).await;

    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The faults in the answers to inputs with one wrong value.
async fn try_each(scene: &Scene, cases: &[Case]) -> Vec<String> {
    let mut faults = Vec::new();
    for case in cases {
        for wrong in &case.wrong {
            faults.extend(try_at_once(scene, case, &[wrong]).await);
        }
    }
    faults
}

/// The faults in the answers to inputs with as many wrong values as they take.
async fn try_together(scene: &Scene, cases: &[Case]) -> Vec<String> {
    let mut faults = Vec::new();
    for case in cases {
        for together in sets(mutation_of(scene, case), case) {
            faults.extend(try_at_once(scene, case, &together).await);
        }
    }
    faults
}

/// Sets of wrong values that an input takes at once, as large as possible; each value is in one at least.
fn sets<'a>(mutation: &Mutation, case: &'a Case) -> Vec<Vec<&'a Wrong>> {
    let all = || case.wrong.iter().filter(|wrong| !wrong.is_alone);
    let mut left: Vec<&Wrong> = all().collect();
    let mut sets = Vec::new();
    while !left.is_empty() {
        let mut set: Vec<&Wrong> = Vec::new();
        for wrong in left.clone().into_iter().chain(all()) {
            if set
                .iter()
                .all(|other| mutation.takes_both(other.place, wrong.place))
            {
                set.push(wrong);
            }
        }
        left.retain(|wrong| !set.iter().any(|chosen| std::ptr::eq(*chosen, *wrong)));
        sets.push(set);
    }
    sets
}

/// The faults in the answer to the right input with these wrong values in it.
async fn try_at_once(scene: &Scene, case: &Case, wrong: &[&Wrong]) -> Vec<String> {
    let mutation = mutation_of(scene, case);
    let input = wrong.iter().fold(case.right.clone(), |input, wrong| {
        mutation.with(input, wrong.place, wrong.value.clone())
    });
    let variables = json!({ "input": input });
    let response = scene
        .world
        .respond(scene.account, &mutation.document(), variables)
        .await;
    let places: Vec<&str> = wrong.iter().map(|wrong| wrong.place).collect();
    let asked = format!("{} with wrong {}", mutation.name, places.join(", "));
    if !response.errors.is_empty() {
        return vec![format!("{asked}: an error at the top: {:?}", response.errors)];
    }
    let answer = response.data.into_json().unwrap();
    let told = answer[&mutation.name]["errors"].as_array().unwrap();
    let expected = wrong
        .iter()
        .filter(|wrong| !told.iter().any(|error| wrong.is_told_by(error)));
    let missing = expected.map(|wrong| format!("{asked}: not told: {wrong:?}"));
    let unexpected = told
        .iter()
        .filter(|error| !wrong.iter().any(|wrong| wrong.is_told_by(error)));
    let more = unexpected.map(|error| format!("{asked}: told: {error}"));
    let ill_written = told.iter().filter(|error| !is_well_written(&error["message"]));
    let words = ill_written.map(|error| format!("{asked}: written otherwise than the others: {error}"));
    missing.chain(more).chain(words).collect()
}

/// True for a message as all are: part of a sentence, without a full stop.
fn is_well_written(message: &Value) -> bool {
    let message = message.as_str().unwrap();
    message.trim() == message && !message.is_empty() && !message.ends_with(['.', '!', ':', ';'])
}

fn mutation_of<'a>(scene: &'a Scene, case: &Case) -> &'a Mutation {
    let mut mutations = scene.mutations.iter();
    mutations.find(|mutation| mutation.name == case.mutation).unwrap()
}
