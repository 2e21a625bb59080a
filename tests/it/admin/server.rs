//! A whole server: sockets, and administration over them.

use amda::features::users::{self, set_role};
use amda::user::Role;
use serde_json::json;

use crate::support::app::TestApp;
use crate::support::websocket::SOON;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_suspension_closes_the_users_sockets_and_nobody_elses() {
    let app = TestApp::start().await;
    let admin = app.register("admin@example.org").await;
    let alice = app.register("alice@example.org").await;
    let core = &app.app.services.core;
    set_role(core, "admin@example.org", Role::Admin).await.unwrap();
    let (mut hers, mut others) = (alice.socket().await, admin.socket().await);
    let found = admin
        .run(
            "{ admin { users(filter: { search: \"alice\" }) { nodes { id } } } }",
            json!({}),
        )
        .await;

    let input = json!({ "userId": found["admin"]["users"]["nodes"][0]["id"] });
    let suspend =
        "mutation ($input: SuspendUserInput!) { suspendUser(input: $input) { errors { message } } }";
    let done = admin.run(suspend, json!({ "input": input })).await;

    assert_eq!(done["suspendUser"]["errors"], json!([]));
    assert_eq!(
        hers.closed(SOON).await,
        (4403, "Forbidden: the session was ended".to_owned())
    );
    others.subscribe("{ viewer { user { role } } }", json!({})).await;
    assert_eq!(others.next_event(SOON).await["viewer"]["user"]["role"], "ADMIN");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_beside_the_server_closes_the_sockets_too() {
    let app = TestApp::start().await;
    let alice = app.register("alice@example.org").await;
    let mut socket = alice.socket().await;

    users::suspend(&app.app.services.core, "alice@example.org", Some("spam"))
        .await
        .unwrap();

    assert_eq!(socket.closed(SOON).await.0, 4403);
    app.stop().await;
}
