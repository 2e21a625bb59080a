//! What each scope may do, asked of the running server.

use std::collections::BTreeSet;

use amda::features::permissions::{Requirement, TYPES_WITH_RULES, unused_rules};
use amda::graphql::{AccessTokenScope, Grant};
use serde_json::{Value, json};

use super::Alice;
use super::served::{fields_of, token_of};
use crate::support::app::TestApp;

/// What no token does, whatever its scopes: to become the user, to lock them out, to see who else is in, or to make more of
/// itself.
const NEVER: [&str; 23] = [
    "register",
    "logIn",
    "refreshSession",
    "logOut",
    "revokeSession",
    "changePassword",
    "sendVerificationEmail",
    "verifyEmail",
    "requestPasswordReset",
    "resetPassword",
    "requestEmailChange",
    "confirmEmailChange",
    "revertEmailChange",
    "deleteUser",
    "cancelUserDeletion",
    "startTwoFactorSetup",
    "confirmTwoFactorSetup",
    "disableTwoFactor",
    "regenerateRecoveryCodes",
    "createAccessToken",
    "revokeAccessToken",
    "addPushSubscription",
    "removePushSubscription",
];

#[tokio::test]
async fn every_root_field_every_field_of_the_viewer_and_every_type_of_node_has_a_row_in_the_table() {
    let alice = Alice::register().await;
    let query = "query ($name: String!) { __type(name: $name) { fields { name } possibleTypes { name } } }";
    let mut known = BTreeSet::new();
    let mut missing = Vec::new();
    for parent in TYPES_WITH_RULES {
        for field in names(&alice.ask(query, json!({ "name": parent })).await["__type"]["fields"]) {
            let row = format!("{parent}.{field}");
            if Requirement::of_field(parent, &field).is_none() {
                missing.push(format!("(\"{row}\", Session), in FIELDS"));
            }
            known.insert(row);
        }
    }
    for node in names(&alice.ask(query, json!({"name": "Node"})).await["__type"]["possibleTypes"]) {
        if Requirement::of_node(&node).is_none() {
            missing.push(format!("(\"{node}\", Session), in NODES"));
        }
        known.insert(node);
    }

    assert!(
        missing.is_empty(),
        "src/features/permission_rules.rs lacks rows. Add these, with `Scope(..)` or `AllAccounts(..)` in place of `Session` \
         where a personal access token may do it:\n{}",
        missing.join("\n")
    );
    let unused = unused_rules(|name| known.contains(name));
    assert!(unused.is_empty(), "rows of nothing in the schema: {unused:?}");
}

/// The names in a list of the schema's description.
fn names(listed: &Value) -> Vec<String> {
    let listed = listed.as_array().unwrap().iter();
    listed
        .map(|one| one["name"].as_str().unwrap().to_owned())
        .collect()
}

/// The operation that asks for one field of a type.
fn operation(parent: &str, field: &str) -> String {
    match parent {
        "Query" => format!("{{ {field} {{ __typename }} }}"),
        "Mutation" => format!("mutation {{ {field} {{ __typename }} }}"),
        "Subscription" => format!("subscription {{ {field} {{ __typename }} }}"),
        _ => format!("{{ viewer {{ {field} {{ __typename }} }} }}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_scope_opens_what_the_table_says_and_nothing_else_of_the_whole_schema() {
    let app = TestApp::start().await;
    let alice = app.register("alice@example.org").await;
    let mut asked = 0;
    for scopes in [
        vec![AccessTokenScope::Read],
        vec![AccessTokenScope::Act],
        vec![AccessTokenScope::Manage],
        AccessTokenScope::ALL.to_vec(),
    ] {
        let names: Vec<&str> = scopes.iter().map(|scope| scope.as_str()).collect();
        let (token, _) = token_of(&alice, &names, None).await;
        let program = app.client().signed_in(&token);
        let grant = Grant {
            scopes,
            limits: amda::db::AccountLimits::NONE,
        };
        for parent in TYPES_WITH_RULES {
            for field in fields_of(&alice, parent).await {
                let reply = program.run(&operation(parent, &field), json!({})).await;
                let leads_there = parent != "Viewer" || is_met("Query", "viewer", &grant);
                let is_open = leads_there && is_met(parent, &field, &grant);
                let code = reply.body["errors"][0]["extensions"]["code"].as_str();
                assert_eq!(
                    code != Some("FORBIDDEN"),
                    is_open,
                    "{names:?} {parent}.{field}: {:#}",
                    reply.body
                );
                asked += 1;
            }
        }
    }

    assert!(asked > 4 * 90, "{asked} fields were asked for");
    app.stop().await;
}

fn is_met(parent: &str, field: &str, grant: &Grant) -> bool {
    // What has no row is told by the test above, and closed to tokens.
    let needed = Requirement::of_field(parent, field).unwrap_or(Requirement::Session);
    needed.is_met_by(grant)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_token_signs_in_locks_out_or_makes_more_of_itself() {
    let app = TestApp::start().await;
    let alice = app.register("alice@example.org").await;
    let (token, id) = token_of(&alice, &["READ", "ACT", "MANAGE"], None).await;
    let program = app.client().signed_in(&token);

    for mutation in NEVER {
        let reply = program.run(&operation("Mutation", mutation), json!({})).await;
        assert_eq!(reply.error_code(), "FORBIDDEN", "{mutation}");
        let extensions = &reply.body["errors"][0]["extensions"];
        assert_eq!(extensions["field"], format!("Mutation.{mutation}"));
        assert_eq!(extensions["requiredScope"], Value::Null, "{mutation}");
    }
    let sessions = "mutation { updateProfile(input: {}) { viewer { sessions { id } } } }";
    assert_eq!(program.run(sessions, json!({})).await.error_code(), "FORBIDDEN");
    let node = "query ($id: ID!) { node(id: $id) { id } }";
    let itself = program.run(node, json!({ "id": id })).await;
    assert_eq!(itself.error_code(), "FORBIDDEN");
    let alices = alice.client.run(node, json!({ "id": id })).await;
    assert_eq!(alices.data("/node/id"), &json!(id));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_says_which_scope_is_missing_and_nothing_was_done() {
    let app = TestApp::start().await;
    let alice = app.register("alice@example.org").await;
    let (token, _) = token_of(&alice, &["READ", "ACT"], None).await;
    let program = app.client().signed_in(&token);

    let rename = "mutation { updateProfile(input: {displayName: \"Mallory\"}) { errors { code } } }";
    let refused = program.run(rename, json!({})).await;

    let error = &refused.body["errors"][0];
    assert_eq!(
        error["extensions"],
        json!({
            "code": "FORBIDDEN",
            "field": "Mutation.updateProfile",
            "requiredScope": "MANAGE",
            "requiresAllAccounts": true,
        })
    );
    assert!(refused.body.get("data").is_none(), "{:#}", refused.body);
    let name = alice.run("{ viewer { user { displayName } } }", json!({})).await;
    assert!(name["viewer"]["user"]["displayName"].is_null());
    app.stop().await;
}
