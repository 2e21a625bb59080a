//! The control API says what the methods say, as JSON.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::client::{ALICE, BRUNO, PHONE, TestClient, a_simulator, a_store, an_empty_simulator};
use crate::support::http;

/// Posts a body and answers status and JSON.
async fn post(base: &str, path: &str, body: impl Into<reqwest::Body>) -> (StatusCode, Value) {
    let answer = http::client()
        .post(format!("{base}/control/{path}"))
        .body(body)
        .send()
        .await
        .expect("the simulator listens");
    (answer.status(), answer.json().await.expect("the answer is JSON"))
}

async fn get(base: &str, path: &str) -> Value {
    let answer = http::client()
        .get(format!("{base}/control/{path}"))
        .send()
        .await
        .expect("the simulator listens");
    answer.json().await.expect("the answer is JSON")
}

#[tokio::test]
async fn a_phone_is_made_linked_and_driven_over_http() {
    let simulator = an_empty_simulator().await;
    let base = simulator.media_base_url();

    let phone = json!({ "number": "+55 11 99999-0000", "name": "Bia" }).to_string();
    let (status, made) = post(&base, "phones", phone).await;
    assert_eq!((status, &made["number"]), (StatusCode::OK, &json!(PHONE)));
    let contact = json!({ "number": ALICE, "name": "Alice" }).to_string();
    let (status, _) = post(&base, &format!("phones/{PHONE}/contacts"), contact).await;
    assert_eq!(status, StatusCode::OK);

    let mut client = TestClient::start(&simulator, &a_store()).await;
    let code = client.qr_code().await;
    let (status, _) = post(&base, &format!("phones/{PHONE}/scan"), code).await;
    assert_eq!(status, StatusCode::OK);
    client.connected().await;
    let listed = get(&base, "phones").await;
    assert_eq!(listed[0]["linkedDevices"], 1);
    assert_eq!(listed[0]["isConnected"], true);

    let event = json!({ "kind": "viewOnce", "from": ALICE, "delivered": false }).to_string();
    let (status, answer) = post(&base, &format!("phones/{PHONE}/events"), event).await;
    assert_eq!(status, StatusCode::OK);
    client.undecryptable(answer["messageId"].as_str().unwrap()).await;
    let (status, _) = post(&base, &format!("phones/{PHONE}/unlink"), "").await;
    assert_eq!(status, StatusCode::OK);
    client.logged_out().await;
    assert_eq!(get(&base, &format!("phones/{PHONE}/sent")).await, json!([]));
    client.shutdown().await;
}

#[tokio::test]
async fn a_refusal_says_what_was_wrong_and_what_would_be_right() {
    let simulator = a_simulator().await;
    let base = simulator.media_base_url();
    let here = |path: &str| format!("phones/{PHONE}/{path}");
    let cases = [
        (
            "phones".to_owned(),
            r#"{"number":"12","name":"X"}"#,
            400,
            "5 to 15 digits",
        ),
        (
            "phones".to_owned(),
            r#"{"number":"5511999990000","name":"X"}"#,
            409,
            "exists",
        ),
        ("phones/123456/unlink".to_owned(), "", 404, "make it first"),
        (here("unlink"), "", 409, "link one first"),
        (here("scan"), "hello", 400, "QR code"),
        (here("link-code"), "123", 400, "eight"),
        (here("link-code"), "ABCD-EFGH", 404, "no client asks"),
        (here("events"), r#"{"kind":"dance"}"#, 400, "unknown variant"),
        (
            here("events"),
            r#"{"kind":"message","from":"999999"}"#,
            404,
            "add it first",
        ),
        (
            here("events"),
            r#"{"kind":"message","from":"5511988887777"}"#,
            400,
            "needs a text",
        ),
        (
            here("events"),
            r#"{"kind":"delete","from":"5511988887777","messageId":"X"}"#,
            404,
            "earlier event",
        ),
        (
            here("events"),
            r#"{"kind":"adminDelete","from":"5511988887777","messageId":"X"}"#,
            404,
            "earlier event",
        ),
        (
            here("groups"),
            r#"{"subject":"S","members":["5511988887777"],"admins":["5511977776666"]}"#,
            400,
            "among the members",
        ),
        (
            here("events"),
            r#"{"kind":"group","from":"5511988887777","chat":"1","change":{"subject":"S"}}"#,
            404,
            "make it first",
        ),
        (here("faults"), r#"{"kind":"cut"}"#, 409, "connected device"),
        (here("faults"), "nonsense", 400, "not what this address takes"),
        (here("nothing"), "", 404, "GET /control/phones"),
    ];

    for (path, body, code, hint) in cases {
        let (status, answer) = post(&base, &path, body).await;

        assert_eq!(status.as_u16(), code, "{path} {body}: {answer}");
        let error = answer["error"].as_str().unwrap();
        assert!(error.contains(hint), "{path} {body}: {error}");
    }
}

#[tokio::test]
async fn a_group_is_made_led_and_changed_over_http() {
    let simulator = a_simulator().await;
    let base = simulator.media_base_url();
    let group = json!({ "subject": "Friends", "members": [ALICE, BRUNO], "admins": [ALICE] }).to_string();
    let (status, made) = post(&base, &format!("phones/{PHONE}/groups"), group).await;
    assert_eq!(status, StatusCode::OK);
    let id = made["id"].as_str().unwrap();

    let event =
        json!({ "kind": "group", "from": ALICE, "chat": id, "change": { "promote": BRUNO } }).to_string();
    let (status, changed) = post(&base, &format!("phones/{PHONE}/events"), event).await;

    assert_eq!((status, &changed["messageId"]), (StatusCode::OK, &json!(id)));
    let listed = get(&base, &format!("phones/{PHONE}/groups")).await;
    assert_eq!(listed[0]["subject"], "Friends");
    assert_eq!(listed[0]["admins"], json!([BRUNO, ALICE]));
    assert_eq!(get(&base, &format!("phones/{PHONE}/presences")).await, json!([]));
}
