use serde_json::{Value, json};

use super::text;
use crate::support::app::TestApp;
use crate::support::websocket::{SOON, Socket};

const PROGRESS: &str = "subscription ($id: ID!) {
    linkProgress(accountId: $id) { state pairingCode { code expiresAt } qr { code pngDataUri svg attempt maxAttempts } phoneNumber pushName }
}";

const RELINK: &str = "mutation ($id: ID!) { relinkAccount(input: {accountId: $id}) {
    account { state } errors { message }
} }";

/// A phone scans the first code that is shown; returns when that led to `state`.
async fn scan_until(app: &TestApp, progress: &mut Socket, phone: &str, state: &str) {
    let mut is_scanned = false;
    loop {
        let event = progress.next_event(SOON).await;
        let code = event.pointer("/linkProgress/qr/code").and_then(Value::as_str);
        if let Some(code) = code.filter(|_| !is_scanned) {
            app.simulator().scan(phone, code).await.unwrap();
            is_scanned = true;
        }
        if is_scanned && text(&event, "/linkProgress/state") == state {
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_phone_is_linked_by_scanning_the_code_that_is_pushed() {
    let app = TestApp::start().await;
    let user = app.register("alice@example.org").await;

    let phone = app.link_phone(&user, "5511900000001").await;

    let account = user
        .run(
            "query ($id: ID!) { node(id: $id) { ... on Account {
                state phoneNumber pushName lid label linkedAt health { isLidKnown lastTrafficAt }
            } } }",
            json!({"id": phone.account}),
        )
        .await;
    assert_eq!(text(&account, "/node/state"), "ONLINE");
    assert_eq!(text(&account, "/node/phoneNumber"), "+5511900000001");
    assert_eq!(account.pointer("/node/health/isLidKnown"), Some(&json!(true)));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_phone_is_linked_by_typing_the_pairing_code() {
    let app = TestApp::start().await;
    let user = app.register("alice@example.org").await;
    app.simulator()
        .create_phone("5511900000002", "Alice")
        .await
        .unwrap();
    let linked = user
        .run(
            "mutation { linkAccount(input: {method: {pairingCode: {phoneNumber: \"+55 11 90000-0002\"}}}) {
                account { id } errors { message }
            } }",
            json!({}),
        )
        .await;
    let id = text(&linked, "/linkAccount/account/id").to_owned();
    let mut progress = user.subscribe(PROGRESS, json!({"id": id})).await;

    let (mut states, mut is_entered) = (Vec::new(), false);
    while states.last().is_none_or(|state| state != "ONLINE") {
        let event = progress.next_event(SOON).await;
        let code = event
            .pointer("/linkProgress/pairingCode/code")
            .and_then(Value::as_str);
        if let Some(code) = code.filter(|_| !is_entered) {
            app.simulator().enter_code("5511900000002", code).await.unwrap();
            is_entered = true;
        }
        states.push(text(&event, "/linkProgress/state").to_owned());
    }

    assert!(
        states.iter().any(|state| state == "AWAITING_PAIRING_CODE"),
        "{states:?}"
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_qr_code_comes_as_text_png_and_svg_with_its_expiry() {
    let app = TestApp::start().await;
    let user = app.register("alice@example.org").await;
    let linked = user
        .run(
            "mutation { linkAccount(input: {}) { account { id } } }",
            json!({}),
        )
        .await;
    let id = text(&linked, "/linkAccount/account/id").to_owned();
    let mut progress = user.subscribe(PROGRESS, json!({"id": id})).await;

    let qr = loop {
        let event = progress.next_event(SOON).await;
        if event.pointer("/linkProgress/qr").is_some_and(|qr| !qr.is_null()) {
            break event;
        }
    };

    assert!(text(&qr, "/linkProgress/qr/code").starts_with("2@"));
    assert!(text(&qr, "/linkProgress/qr/pngDataUri").starts_with("data:image/png;base64,"));
    assert!(text(&qr, "/linkProgress/qr/svg").contains("<svg"));
    assert_eq!(qr.pointer("/linkProgress/qr/attempt"), Some(&json!(1)));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_survives_a_restart_with_no_new_code() {
    let app = TestApp::start().await;
    let user = app.register("alice@example.org").await;
    let phone = app.link_phone(&user, "5511900000003").await;

    let app = app.restart().await;

    let user = app.log_in("alice@example.org").await;
    let query = "query ($id: ID!) { node(id: $id) { ... on Account { state gaps { nodes { id reason reasonMessage endedAt } } } } }";
    let account = user
        .until(query, json!({"id": phone.account}), |answer| {
            answer.pointer("/node/state") == Some(&json!("ONLINE"))
        })
        .await;
    let gap = &account["node"]["gaps"]["nodes"][0];
    assert_eq!(gap["reason"], "SERVER_DOWN");
    assert_eq!(gap["reasonMessage"], "AMDA was not running");
    let query = "query ($id: ID!) { node(id: $id) { ... on ConnectionGap { id reason } } }";
    let alone = user.run(query, json!({"id": gap["id"]})).await;
    assert_eq!(alone["node"], json!({"id": gap["id"], "reason": "SERVER_DOWN"}));
    assert!(
        account
            .pointer("/node/gaps/nodes/0/endedAt")
            .is_some_and(Value::is_string)
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unlinking_logs_the_device_out_on_the_phone() {
    let app = TestApp::start().await;
    let user = app.register("alice@example.org").await;
    let phone = app.link_phone(&user, "5511900000004").await;

    let unlinked = user
        .run(
            "mutation ($id: ID!) { unlinkAccount(input: {accountId: $id}) { account { state linkedAt } errors { message } } }",
            json!({"id": phone.account}),
        )
        .await;

    assert_eq!(text(&unlinked, "/unlinkAccount/account/state"), "UNLINKED");
    assert_eq!(
        app.simulator().phone(&phone.number).await.unwrap().linked_devices,
        0
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_that_the_phone_removed_is_logged_out_and_can_be_linked_again() {
    let app = TestApp::start().await;
    let user = app.register("alice@example.org").await;
    let phone = app.link_phone(&user, "5511900000005").await;
    let mut progress = user.subscribe(PROGRESS, json!({"id": phone.account})).await;

    app.simulator().unlink(&phone.number).await.unwrap();

    while text(&progress.next_event(SOON).await, "/linkProgress/state") != "LOGGED_OUT" {}
    user.run(RELINK, json!({"id": phone.account})).await;
    scan_until(&app, &mut progress, &phone.number, "ONLINE").await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_that_is_linked_again_stays_whose_it_was() {
    let app = TestApp::start().await;
    let user = app.register("alice@example.org").await;
    let phone = app.link_phone(&user, "5511900000007").await;
    app.simulator()
        .create_phone("5511900000008", "Somebody else")
        .await
        .unwrap();
    let mut progress = user.subscribe(PROGRESS, json!({"id": phone.account})).await;
    app.simulator().unlink(&phone.number).await.unwrap();
    while text(&progress.next_event(SOON).await, "/linkProgress/state") != "LOGGED_OUT" {}

    user.run(RELINK, json!({"id": phone.account})).await;
    scan_until(&app, &mut progress, "5511900000008", "LOGGED_OUT").await;

    let query = "query ($id: ID!) { node(id: $id) { ... on Account { phoneNumber linkedAt stateReason stateMessage isLinked } } }";
    let refused = user.run(query, json!({"id": phone.account})).await;
    assert_eq!(text(&refused, "/node/phoneNumber"), "+5511900000007");
    assert_eq!(refused["node"]["linkedAt"], Value::Null);
    assert_eq!(text(&refused, "/node/stateReason"), "OTHER_OWNER");
    assert_eq!(refused["node"]["isLinked"], false);
    let message = text(&refused, "/node/stateMessage");
    assert!(message.contains("another WhatsApp account"), "{message}");
    user.run(RELINK, json!({"id": phone.account})).await;
    scan_until(&app, &mut progress, &phone.number, "ONLINE").await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_that_was_being_linked_when_the_server_went_down_is_stopped_and_says_so() {
    let app = TestApp::start().await;
    let user = app.register("alice@example.org").await;
    let linked = user
        .run(
            "mutation { linkAccount(input: {}) { account { id } } }",
            json!({}),
        )
        .await;
    let id = text(&linked, "/linkAccount/account/id").to_owned();
    let mut progress = user.subscribe(PROGRESS, json!({"id": id})).await;
    while text(&progress.next_event(SOON).await, "/linkProgress/state") != "AWAITING_QR" {}
    drop(progress);

    let app = app.restart().await;

    let user = app.log_in("alice@example.org").await;
    let query = "query ($id: ID!) { node(id: $id) { ... on Account { state stateReason needsAttention } } }";
    let stopped = user.run(query, json!({"id": id})).await;
    assert_eq!(text(&stopped, "/node/state"), "STOPPED");
    assert_eq!(text(&stopped, "/node/stateReason"), "LINKING_INTERRUPTED");
    assert_eq!(stopped["node"]["needsAttention"], true);
    let restart = "mutation ($id: ID!) { restartAccount(input: {accountId: $id}) { errors { message } } }";
    user.run(restart, json!({"id": id})).await;
    let mut progress = user.subscribe(PROGRESS, json!({"id": id})).await;
    while text(&progress.next_event(SOON).await, "/linkProgress/state") != "AWAITING_QR" {}
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_links_five_times_an_hour() {
    let app = TestApp::start_limited().await;
    let alice = app.register("alice@example.org").await;
    let bob = app.register("bob@example.org").await;
    let link = "mutation { linkAccount(input: {}) { account { id } errors { message } } }";
    let linked = alice.run(link, json!({})).await;
    let id = text(&linked, "/linkAccount/account/id");
    for _ in 0..4 {
        let again = alice.run(RELINK, json!({"id": id})).await;
        assert_eq!(again["relinkAccount"]["errors"], json!([]));
    }

    let relink = RELINK.replace("message", "code ... on LimitExceeded { limit used resetsAt }");
    let relinked = alice.run(&relink, json!({"id": id})).await;
    let restart = "mutation ($id: ID!) { restartAccount(input: {accountId: $id}) { errors { code } } }";
    let restarted = alice.run(restart, json!({"id": id})).await;

    let refused = &relinked["relinkAccount"]["errors"][0];
    assert_eq!(
        (&refused["code"], &refused["limit"], &refused["used"]),
        (&json!("LIMIT_EXCEEDED"), &json!(5), &json!(5))
    );
    assert!(refused["resetsAt"].is_string(), "{refused}");
    assert_eq!(
        text(&restarted, "/restartAccount/errors/0/code"),
        "LIMIT_EXCEEDED"
    );
    bob.run(link, json!({})).await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_that_the_plan_refuses_is_none_of_the_five_an_hour() {
    let app = TestApp::start_limited().await;
    let alice = app.register("alice@example.org").await;
    let link = "mutation { linkAccount(input: {}) { account { id } errors { code } } }";
    let linked = alice.run(link, json!({})).await;
    let id = text(&linked, "/linkAccount/account/id");

    for _ in 0..5 {
        let refused = alice.run(link, json!({})).await;
        assert_eq!(text(&refused, "/linkAccount/errors/0/code"), "LIMIT_EXCEEDED");
    }

    let again = alice.run(RELINK, json!({"id": id})).await;
    assert_eq!(again["relinkAccount"]["errors"], json!([]));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_free_plan_links_one_phone_and_says_so() {
    let app = TestApp::start().await;
    let user = app.register("alice@example.org").await;
    user.run(
        "mutation { linkAccount(input: {}) { account { id } } }",
        json!({}),
    )
    .await;

    let refused = user
        .run(
            "mutation { linkAccount(input: {}) { account { id } errors { code ... on LimitExceeded { limit used } } } }",
            json!({}),
        )
        .await;

    assert_eq!(
        refused.pointer("/linkAccount/errors/0"),
        Some(&json!({"code": "LIMIT_EXCEEDED", "limit": 1, "used": 1}))
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_malformed_phone_number_is_told_what_would_be_right() {
    let app = TestApp::start().await;
    let user = app.register("alice@example.org").await;

    let refused = user
        .run(
            "mutation { linkAccount(input: {method: {pairingCode: {phoneNumber: \"12\"}}}) {
                account { id } errors { code message path }
            } }",
            json!({}),
        )
        .await;

    assert_eq!(text(&refused, "/linkAccount/errors/0/code"), "INVALID_INPUT");
    assert!(text(&refused, "/linkAccount/errors/0/message").contains("+5511999990000"));
    assert_eq!(
        refused.pointer("/linkAccount/errors/0/path"),
        Some(&json!(["method", "pairingCode", "phoneNumber"]))
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_elses_account_looks_like_one_that_does_not_exist() {
    let app = TestApp::start().await;
    let alice = app.register("alice@example.org").await;
    let mallory = app.register("mallory@example.org").await;
    let linked = alice
        .run(
            "mutation { linkAccount(input: {}) { account { id } } }",
            json!({}),
        )
        .await;
    let id = text(&linked, "/linkAccount/account/id");

    let seen = mallory
        .run("query ($id: ID!) { node(id: $id) { id } }", json!({"id": id}))
        .await;
    let unlinked = mallory
        .run(
            "mutation ($id: ID!) { unlinkAccount(input: {accountId: $id}) { errors { code } } }",
            json!({"id": id}),
        )
        .await;
    let mut socket = mallory.socket().await;
    socket.subscribe(PROGRESS, json!({"id": id})).await;

    assert_eq!(seen, json!({"node": null}));
    assert_eq!(text(&unlinked, "/unlinkAccount/errors/0/code"), "NOT_FOUND");
    let refused = socket.next_message(SOON).await.to_string();
    assert!(refused.contains("NOT_FOUND"), "{refused}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_phone_is_linked_once_and_the_refusal_names_the_other_account() {
    let app = TestApp::start().await;
    let (user, phone) = app.premium_with_phone("alice@example.org", "5511900000011").await;
    let linked = user
        .run(
            "mutation { linkAccount(input: {}) { account { id } } }",
            json!({}),
        )
        .await;
    let second = text(&linked, "/linkAccount/account/id").to_owned();
    let mut progress = user.subscribe(PROGRESS, json!({"id": second})).await;

    scan_until(&app, &mut progress, &phone.number, "STOPPED").await;

    let query = "query ($id: ID!) { node(id: $id) { ... on Account { linkedAt stateReason stateMessage duplicateOf { id } } } }";
    let refused = user.run(query, json!({"id": second})).await;
    assert_eq!(refused["node"]["linkedAt"], Value::Null);
    assert_eq!(text(&refused, "/node/duplicateOf/id"), phone.account);
    assert_eq!(text(&refused, "/node/stateReason"), "ALREADY_LINKED");
    let message = text(&refused, "/node/stateMessage");
    assert!(message.ends_with(": Phone (+5511900000011)"), "{message}");
    let by_number =
        "mutation { linkAccount(input: {method: {pairingCode: {phoneNumber: \"+5511900000011\"}}}) {
        account { id } errors { code message path }
    } }";
    let refused = user.run(by_number, json!({})).await;
    assert_eq!(text(&refused, "/linkAccount/errors/0/code"), "CONFLICT");
    assert!(text(&refused, "/linkAccount/errors/0/message").contains("as Phone (+5511900000011)"));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_is_seen_from_pairing_to_online_and_a_restart_answers_its_state() {
    let app = TestApp::start().await;
    let user = app.register("alice@example.org").await;
    app.simulator()
        .create_phone("5511900000012", "Alice")
        .await
        .unwrap();
    let linked = user
        .run(
            "mutation { linkAccount(input: {}) { account { id } } }",
            json!({}),
        )
        .await;
    let id = text(&linked, "/linkAccount/account/id").to_owned();
    let mut progress = user.subscribe(PROGRESS, json!({"id": id})).await;

    scan_until(&app, &mut progress, "5511900000012", "PAIRING").await;
    while text(&progress.next_event(SOON).await, "/linkProgress/state") != "ONLINE" {}
    let restart = "mutation ($id: ID!) { restartAccount(input: {accountId: $id}) {
        account { state } errors { message }
    } }";
    let restarted = user.run(restart, json!({"id": id})).await;

    let state = text(&restarted, "/restartAccount/account/state");
    assert!(["RECONNECTING", "SYNCING"].contains(&state), "{state}");
    while text(&progress.next_event(SOON).await, "/linkProgress/state") != "ONLINE" {}
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paused_account_is_disconnected_and_an_upgrade_connects_it_again() {
    let app = TestApp::start().await;
    let (user, _) = app.premium_with_phone("alice@example.org", "5511900000013").await;
    let second = app.link_phone(&user, "5511900000014").await;
    let core = &app.app.services.core;
    let query = "query ($id: ID!) { node(id: $id) { ... on Account { state gaps { nodes { endedAt } } } } }";
    let has_state = |wanted: &'static str| move |answer: &Value| answer["node"]["state"] == wanted;

    amda::features::users::set_plan(core, "alice@example.org", amda::plan::Plan::Free)
        .await
        .unwrap();
    let paused = user
        .until(query, json!({"id": second.account}), has_state("PAUSED"))
        .await;
    assert_eq!(paused["node"]["gaps"]["nodes"][0]["endedAt"], Value::Null);
    amda::features::users::set_plan(core, "alice@example.org", amda::plan::Plan::Premium)
        .await
        .unwrap();

    let resumed = user
        .until(query, json!({"id": second.account}), has_state("ONLINE"))
        .await;
    assert!(resumed["node"]["gaps"]["nodes"][0]["endedAt"].is_string());
    assert_eq!(
        app.simulator()
            .phone(&second.number)
            .await
            .unwrap()
            .linked_devices,
        1
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_that_another_program_took_over_stays_out_through_a_restart_until_its_owner_takes_it_back()
{
    let app = TestApp::start().await;
    let user = app.register("alice@example.org").await;
    let phone = app.link_phone(&user, "5511900000015").await;
    let state = "query ($id: ID!) { node(id: $id) { ... on Account { state } } }";
    let is =
        |wanted: &'static str| move |answer: &Value| answer.pointer("/node/state") == Some(&json!(wanted));
    phone.fail(json!({"kind": "replaced"})).await;
    user.until(state, json!({"id": phone.account}), is("REPLACED"))
        .await;

    let app = app.restart().await;
    let user = app.log_in("alice@example.org").await;
    // By the time that another phone is linked, an account that is to run has long connected.
    let other = app.register("bob@example.org").await;
    app.link_phone(&other, "5511900000016").await;
    let logins = app.simulator().phone(&phone.number).await.unwrap().logins;
    let kept_out = user.run(state, json!({"id": phone.account})).await;
    let restart = "mutation ($id: ID!) { restartAccount(input: {accountId: $id}) { errors { message } } }";
    user.run(restart, json!({"id": phone.account})).await;

    assert_eq!(logins, 0, "nothing has logged in since the start");
    assert_eq!(text(&kept_out, "/node/state"), "REPLACED");
    user.until(state, json!({"id": phone.account}), is("ONLINE"))
        .await;
    app.stop().await;
}
