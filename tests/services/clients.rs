//! What users of Apollo Client and of urql see, with the generated rules of their caches and the operations of the screens.

use serde_json::{Value, json};

use crate::node::{self, Script};
use crate::screens;
use crate::stage;
use crate::support::app::{TestApp, TestUser};

/// A client library with an empty cache.
struct Client {
    script: Script,
}

/// What a client answered.
struct Answer {
    data: Value,
    errors: Value,
    /// The requests that it sent.
    requests: u64,
}

impl Client {
    async fn open(library: &'static str, app: &TestApp, user: &TestUser) -> Self {
        node::build().await;
        let mut client = Self {
            script: Script::start_with("clients/drive.mjs", &[library]),
        };
        client
            .ask(json!({"open": {"address": app.app.address.to_string(), "token": user.token}}))
            .await;
        client
    }

    /// The answer to `action`, of which the library must not have complained.
    async fn ask(&mut self, action: Value) -> Answer {
        let mut answer = self.script.ask(&action).await;
        assert_eq!(answer["complaints"], json!([]), "{action}");
        Answer {
            data: answer["data"].take(),
            errors: answer["errors"].take(),
            requests: answer["requests"].as_u64().unwrap(),
        }
    }

    async fn visit(&mut self, screen: &str, variables: &Value) -> Answer {
        let answer = self.ask(json!({"visit": screen, "variables": variables})).await;
        assert_eq!(answer.errors, json!([]), "{screen}");
        answer
    }

    /// Visits all screens, back and forth; each is asked for once, and shows the same then without the network.
    async fn tour(&mut self) {
        let screens = screens::all();
        let mut seen = Vec::new();
        for (screen, variables) in &screens {
            let answer = self.visit(screen, variables).await;
            assert_eq!(answer.requests, 1, "{screen}");
            seen.push(answer.data);
        }
        let back = screens.iter().zip(&seen).rev();
        for ((screen, variables), data) in back.chain(screens.iter().zip(&seen)) {
            let answer = self.visit(screen, variables).await;
            assert_eq!(answer.requests, 0, "{screen} is not whole in the cache");
            assert_eq!(&answer.data, data, "{screen}");
        }
    }

    /// Hears the events of a screen from now on.
    async fn subscribe(&mut self, user: &TestUser, operation: &str) {
        let now = user.run("{ viewer { eventCursor } }", json!({})).await;
        let after = &now["viewer"]["eventCursor"];
        self.ask(json!({"subscribe": operation, "variables": {"after": after}}))
            .await;
    }
}

async fn the_screens_stay(library: &'static str) {
    let app = TestApp::start().await;
    let (user, _phone) = stage::premium(&app, "alice@example.org", "5511900009010").await;
    let mut client = Client::open(library, &app, &user).await;

    client.tour().await;

    app.stop().await;
}

async fn gaps_stay_out_of_the_cache(library: &'static str) {
    let app = TestApp::start().await;
    let user = app.register("free@example.org").await;
    app.link_phone(&user, "5511900009020").await;
    let mut client = Client::open(library, &app, &user).await;
    let failing = "query Failing { viewer { id
        statuses(first: 1000, filter: {isOwn: true}) { edges { node { id } } }
        user { id email }
    } }";

    let failed = client.ask(json!({ "run": failing })).await;

    assert_eq!(
        failed.errors.as_array().map(Vec::len),
        Some(1),
        "{}",
        failed.errors
    );
    assert_eq!(failed.data["viewer"]["statuses"], Value::Null);
    assert_eq!(failed.data["viewer"]["user"]["email"], "free@example.org");
    client.tour().await;
    app.stop().await;
}

async fn an_event_updates_what_a_screen_shows(library: &'static str) {
    let app = TestApp::start().await;
    let (user, phone) = app.premium_with_phone("alice@example.org", "5511900009030").await;
    let bob = phone.contact("5511800009030", "Bob").await;
    let status = phone
        .happen(json!({"kind": "status", "from": bob, "text": "sunny"}))
        .await;
    user.until(
        "{ viewer { statuses(first: 1) { nodes { like { state } } } } }",
        json!({}),
        |answer| answer.pointer("/viewer/statuses/nodes/0/like/state") == Some(&json!("LIKED")),
    )
    .await;
    let mut client = Client::open(library, &app, &user).await;
    client.subscribe(&user, "StatusEvents").await;
    let shown = "/viewer/statuses/edges/0/node/deletedAt";
    let before = client.visit("Statuses", &json!({})).await;
    assert_eq!(before.data.pointer(shown), Some(&Value::Null));

    phone
        .happen(json!({"kind": "delete", "from": bob, "messageId": status}))
        .await;
    client.ask(json!({"next": "events.status.deletedAt"})).await;
    let after = client.visit("Statuses", &json!({})).await;

    assert_eq!(after.requests, 0);
    assert!(
        after.data.pointer(shown).is_some_and(Value::is_string),
        "{}",
        after.data
    );
    app.stop().await;
}

async fn a_removed_item_leaves_its_screen(library: &'static str) {
    let app = TestApp::start().await;
    let (user, _phone) = stage::premium(&app, "alice@example.org", "5511900009040").await;
    let mut client = Client::open(library, &app, &user).await;
    let edges = |answer: &Answer| {
        answer.data["viewer"]["editedMessages"]["edges"]
            .as_array()
            .unwrap()
            .clone()
    };
    let before = edges(&client.visit("DeletedAndEdited", &json!({})).await);
    client.subscribe(&user, "DeletedAndEditedEvents").await;

    user.run(
        "mutation ($input: DeleteKeptItemsInput!) { deleteKeptItems(input: $input) { deletedIds } }",
        json!({"input": {"ids": [before[3]["node"]["id"]]}}),
    )
    .await;
    client.ask(json!({"next": "events.removedItem"})).await;
    let after = edges(&client.visit("DeletedAndEdited", &json!({})).await);

    let ids = |edges: &[Value]| {
        edges
            .iter()
            .map(|edge| edge["node"]["id"].clone())
            .collect::<Vec<_>>()
    };
    let mut left = ids(&before);
    left.remove(3);
    assert_eq!(ids(&after)[..left.len()], left);
    app.stop().await;
}

macro_rules! in_both_clients {
    ($($behaviour:ident)+) => {
        mod apollo {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $behaviour() {
                super::$behaviour("apollo").await;
            })+
        }

        mod urql {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $behaviour() {
                super::$behaviour("urql").await;
            })+
        }
    };
}

in_both_clients! {
    the_screens_stay
    gaps_stay_out_of_the_cache
    an_event_updates_what_a_screen_shows
    a_removed_item_leaves_its_screen
}
