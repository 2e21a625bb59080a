//! The schema, as the tools of JavaScript read it.

use serde_json::json;

use crate::node::Script;

#[tokio::test]
async fn graphql_js_finds_nothing_wrong_with_the_schema() {
    let mut validate = Script::start("reference/validate.mjs");

    let problems = validate.ask(&json!(amda::server::sdl())).await;
    let of_a_wrong_one = validate.ask(&json!("type Query { a: Missing }")).await;

    assert_eq!(problems, json!([]));
    assert_eq!(of_a_wrong_one, json!(["Unknown type \"Missing\"."]));
}
