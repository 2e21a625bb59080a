use serde_json::json;

use crate::support::app::TestApp;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_hides_its_schema_suggests_no_names_either() {
    let open = TestApp::start().await;
    let hidden = TestApp::start_with(|config| config.allows_introspection = false).await;
    let mut said = Vec::new();

    for app in [&open, &hidden] {
        let user = app.register("alice@example.org").await;
        let answer = user.client.run("{ viewer { eventCurso } }", json!({})).await;
        said.push(answer.body["errors"][0]["message"].to_string());
    }

    assert!(said[0].contains("eventCursor"), "{}", said[0]);
    assert!(
        said[1].contains("eventCurso") && !said[1].contains("eventCursor"),
        "{}",
        said[1]
    );
    open.stop().await;
    hidden.stop().await;
}
