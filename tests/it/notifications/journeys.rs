//! The whole server: WhatsApp at one end, a mail server and a browser's push service at the other.

use amda::config::MailConfig;
use reqwest::Method;
use serde_json::json;

use super::beginning;
use super::pushing::{Browser, claims};
use crate::support::app::TestApp;
use crate::support::smtp::{Delivered, SmtpServer};
use crate::support::websocket::SOON;

#[tokio::test]
async fn an_account_that_is_logged_out_is_told_of_in_the_app_by_mail_and_by_push() {
    let (mut mail_server, mut browser) = (SmtpServer::start().await, Browser::open().await);
    let url = mail_server.url();
    let app = TestApp::start_with(|config| {
        config.allows_local_endpoints = true;
        config.mail = Some(MailConfig {
            smtp_url: url.into(),
            from: "AMDA <amda@amda.example>".parse().unwrap(),
        });
    })
    .await;
    let user = app.register("ana@example.org").await;
    proves_by_its_link(&app, &mail_server.next().await).await;
    let phone = app.link_phone(&user, "5511999990000").await;
    let add = "mutation($input: AddPushSubscriptionInput!) { addPushSubscription(input: $input) { errors { message } } }";
    let added = user.run(add, json!({ "input": browser.subscription() })).await;
    assert_eq!(added["addPushSubscription"]["errors"], json!([]));
    let heard =
        "subscription($after: Cursor) { notificationChanged(after: $after) { account { id } notification {
        kind body readAt subject { ... on Account { state } } } } }";
    let mut heard = user.subscribe(heard, json!({ "after": beginning() })).await;

    app.simulator().unlink(&phone.number).await.unwrap();

    let event = heard.next_event(SOON).await;
    let told = &event["notificationChanged"];
    assert_eq!(told["account"]["id"], phone.account);
    assert_eq!(told["notification"]["kind"], "ACCOUNT_NEEDS_ATTENTION");
    assert_eq!(
        told["notification"]["body"],
        "Phone was logged out of WhatsApp. Link it again."
    );
    assert_eq!(told["notification"]["subject"]["state"], "LOGGED_OUT");
    let mail = mail_server.next().await;
    assert_eq!(mail.to, ["ana@example.org"]);
    assert_eq!(mail.mail.header("subject"), "An account needs you");
    assert!(
        mail.mail.parts[0]
            .body
            .starts_with("Phone was logged out of WhatsApp. Link it again.\n")
    );
    let push = browser.service.next().await;
    assert_eq!(browser.read(&push)["title"], "An account needs you");
    let key = user.run("{ viewer { pushPublicKey } }", json!({})).await;
    let claims = claims(&push, key["viewer"]["pushPublicKey"].as_str().unwrap());
    assert_eq!(claims["sub"], "mailto:amda@amda.example");

    ends_by_its_link(&app, mail.mail.header("list-unsubscribe")).await;
    let query = "{ viewer { notificationSettings { switches { kind channel isEnabled } } } }";
    let settings = user.run(query, json!({})).await;
    let off = json!({"kind": "ACCOUNT_NEEDS_ATTENTION", "channel": "EMAIL", "isEnabled": false});
    let switches = settings["viewer"]["notificationSettings"]["switches"].as_array();
    assert!(switches.unwrap().contains(&off), "{settings}");
    app.stop().await;
}

/// Follows the link of the first mail, and sends its form: only then are notifications mailed.
async fn proves_by_its_link(app: &TestApp, mail: &Delivered) {
    let text = &mail.mail.parts[0].body;
    let link = text.lines().find(|line| line.starts_with("http")).unwrap();
    let link: url::Url = link.parse().unwrap();
    let path = format!("{}?{}", link.path(), link.query().unwrap());
    let form = app
        .client()
        .request(Method::POST, &path)
        .header("content-type", "application/x-www-form-urlencoded");
    assert_eq!(form.body("").send().await.unwrap().status(), 200);
}

/// Follows the link as a scanner does, then as a mail program does with one click.
async fn ends_by_its_link(app: &TestApp, header: &str) {
    let link: url::Url = header.trim_matches(['<', '>']).parse().unwrap();
    let path = format!("{}?{}", link.path(), link.query().unwrap());
    let client = app.client();
    let asked = client.request(Method::GET, &path).send().await.unwrap();
    assert_eq!(asked.status(), 200);
    let page = asked.text().await.unwrap();
    assert!(
        page.contains("<form method=\"post\">") && page.contains("An account needs you"),
        "{page}"
    );

    let forged = client
        .request(Method::POST, &format!("{path}A"))
        .send()
        .await
        .unwrap();
    assert_eq!(forged.status(), 404);
    let one_click = client
        .request(Method::POST, &path)
        .header("content-type", "application/x-www-form-urlencoded")
        .body("List-Unsubscribe=One-Click");
    let ended = one_click.send().await.unwrap();
    assert_eq!(ended.status(), 200);
    assert!(
        ended
            .text()
            .await
            .unwrap()
            .contains("You get no more mail about this.")
    );
}
