//! Acts that could cost a user everything, which ask for the second factor again.

use serde_json::{Value, json};

use super::email_change::alice;
use super::two_factor_steps::{STEP, opens, secured, state};
use super::{Client, PASSWORD, codes, run_operation, viewer_email};
use crate::support::world::World;

/// Each act with the type of its input, and the right input without a code.
fn acts() -> [(&'static str, &'static str, Value); 4] {
    [
        (
            "requestEmailChange",
            "RequestEmailChangeInput",
            json!({ "newEmail": "new@example.org", "currentPassword": PASSWORD }),
        ),
        (
            "changePassword",
            "ChangePasswordInput",
            json!({ "newPassword": "battery staple", "currentPassword": PASSWORD }),
        ),
        (
            "deleteUser",
            "DeleteUserInput",
            json!({ "currentPassword": PASSWORD }),
        ),
        (
            "createAccessToken",
            "CreateAccessTokenInput",
            json!({ "name": "Backup", "scopes": ["READ"], "currentPassword": PASSWORD }),
        ),
    ]
}

/// The payload of an act, with `changes` in its right input.
async fn act(world: &World, client: &Client, name: &str, changes: Value) -> Value {
    let (name, input_type, mut input) = acts().into_iter().find(|(act, ..)| *act == name).unwrap();
    let fields = input.as_object_mut().unwrap();
    fields.extend(changes.as_object().unwrap().clone());
    let document =
        format!("mutation ($input: {input_type}!) {{ {name}(input: $input) {{ errors {{ code path }} }} }}");
    run_operation(world, client, &document, json!({ "input": input })).await[name].take()
}

/// What the acts change of a user.
async fn what_could_change(world: &World, client: &Client) -> Value {
    let query =
        "{ viewer { user { email pendingEmail deletionAt } sessions { id } accessTokens { totalCount } } }";
    run_operation(world, client, query, json!({})).await
}

#[tokio::test]
async fn each_act_is_refused_without_a_code_and_with_a_wrong_one_and_changes_nothing() {
    let (world, _, alice) = alice().await;
    let (app, _) = secured(&world, &alice).await;
    let before = what_could_change(&world, &alice).await;

    for (name, ..) in acts() {
        let without = act(&world, &alice, name, json!({})).await;
        let wrong = act(&world, &alice, name, json!({ "code": app.wrong_code(&world) })).await;

        assert_eq!(codes(&without), ["TWO_FACTOR_CODE_REQUIRED"], "{name}");
        assert_eq!(codes(&wrong), ["WRONG_TWO_FACTOR_CODE"], "{name}");
        for refused in [without, wrong] {
            assert_eq!(refused["errors"][0]["path"], json!(["code"]), "{name}");
        }
    }
    assert_eq!(what_could_change(&world, &alice).await, before);
    assert!(
        opens(&world, &app.code(&world)).await,
        "the password is still hers"
    );
}

#[tokio::test]
async fn each_act_is_done_with_a_code_which_is_then_used_up() {
    let (world, _, alice) = alice().await;
    let (app, _) = secured(&world, &alice).await;

    for name in ["requestEmailChange", "createAccessToken", "deleteUser"] {
        let code = app.code(&world);
        let done = act(&world, &alice, name, json!({ "code": code })).await;

        assert_eq!(codes(&done), Vec::<&str>::new(), "{name}");
        assert!(!opens(&world, &code).await, "{name}");
        world.clock.advance(STEP);
    }
    let code = app.code(&world);
    let changed = act(&world, &alice, "changePassword", json!({ "code": code })).await;
    let again = json!({ "currentPassword": "battery staple", "code": code });
    let replayed = act(&world, &alice, "changePassword", again).await;

    assert_eq!(codes(&changed), Vec::<&str>::new());
    assert_eq!(codes(&replayed), ["WRONG_TWO_FACTOR_CODE"]);
}

#[tokio::test]
async fn a_recovery_code_proves_as_well() {
    let (world, _, alice) = alice().await;
    let (_, recovery) = secured(&world, &alice).await;

    let done = act(&world, &alice, "deleteUser", json!({ "code": recovery[0] })).await;

    assert_eq!(codes(&done), Vec::<&str>::new());
    assert_eq!(state(&world, &alice).await["remainingRecoveryCodes"], 9);
}

#[tokio::test]
async fn a_code_that_was_given_for_what_is_not_done_is_still_good() {
    let (world, _, alice) = alice().await;
    let (app, recovery) = secured(&world, &alice).await;
    act(&world, &alice, "deleteUser", json!({ "code": recovery[0] })).await;
    let code = app.code(&world);

    let refused = act(&world, &alice, "requestEmailChange", json!({ "code": code })).await;

    assert_eq!(codes(&refused), ["CONFLICT"], "the user is going to be deleted");
    assert!(opens(&world, &code).await);
}

#[tokio::test]
async fn a_wrong_password_is_told_before_anything_of_the_code() {
    let (world, _, alice) = alice().await;
    let (app, _) = secured(&world, &alice).await;
    let code = app.code(&world);

    for (name, ..) in acts() {
        for code in [json!(code), json!(app.wrong_code(&world)), Value::Null] {
            let guess = json!({ "currentPassword": "a wrong guess", "code": code });
            let refused = act(&world, &alice, name, guess).await;

            assert_eq!(codes(&refused), ["WRONG_CREDENTIALS"], "{name}");
            assert_eq!(refused["errors"][0]["path"], json!(["currentPassword"]), "{name}");
        }
    }
    assert!(opens(&world, &code).await, "no guess used it up");
}

#[tokio::test]
async fn a_user_without_a_second_factor_is_asked_for_the_password_alone() {
    let (world, _, alice) = alice().await;

    let done = act(&world, &alice, "requestEmailChange", json!({ "code": "123456" })).await;

    assert_eq!(codes(&done), Vec::<&str>::new());
    assert_eq!(viewer_email(&world, &alice).await, "alice@example.org");
}
