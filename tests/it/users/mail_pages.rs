//! The pages behind the links in mails, over HTTP.

use amda::config::MailConfig;
use amda::features::users::Limits;
use reqwest::{Method, Response, StatusCode};
use serde_json::json;

use crate::support::app::{TestApp, tuning};
use crate::support::smtp::{Delivered, SmtpServer};

/// A server that mails to the other one.
async fn start(with_limits: bool) -> (TestApp, SmtpServer) {
    let server = SmtpServer::start().await;
    let mail = MailConfig {
        smtp_url: server.url().into(),
        from: "AMDA <amda@amda.example>".parse().unwrap(),
    };
    let limits = with_limits.then(Limits::in_service);
    let tuning = amda::app::Tuning { limits, ..tuning() };
    (
        TestApp::start_tuned(|config| config.mail = Some(mail), tuning).await,
        server,
    )
}

fn link(mail: &Delivered) -> url::Url {
    let text = &mail.mail.parts[0].body;
    let line = text.lines().find(|line| line.starts_with("http"));
    line.expect("the mail has a link").parse().unwrap()
}

async fn follow(app: &TestApp, method: Method, link: &url::Url, form: &'static str) -> Response {
    let path = format!("{}?{}", link.path(), link.query().unwrap());
    let request = app.client().request(method, &path);
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    request.body(form).send().await.unwrap()
}

/// The text of an answer that signs nobody in, is not kept, and leads nowhere.
async fn page(answer: Response) -> String {
    assert_eq!(answer.status(), StatusCode::OK);
    for header in ["set-cookie", "location", "refresh"] {
        assert!(answer.headers().get(header).is_none(), "{header}");
    }
    assert_eq!(answer.headers()["cache-control"], "no-store");
    assert_eq!(answer.headers()["referrer-policy"], "no-referrer");
    answer.text().await.unwrap()
}

#[tokio::test]
async fn a_link_asks_when_it_is_opened_and_proves_the_address_when_its_form_is_sent() {
    let (app, mut server) = start(false).await;
    let user = app.register("alice@example.org").await;
    let link = link(&server.next().await);
    assert_eq!(link.path(), "/account/verify-email");
    let verified = "{ viewer { user { isEmailVerified } } }";

    let asked = page(follow(&app, Method::GET, &link, "").await).await;
    let before = user.run(verified, json!({})).await;
    let done = page(follow(&app, Method::POST, &link, "").await).await;
    let again = follow(&app, Method::POST, &link, "").await;

    assert!(asked.contains("<form method=\"post\">"), "{asked}");
    assert_eq!(
        before["viewer"]["user"]["isEmailVerified"], false,
        "a scanner proves nothing"
    );
    assert!(done.contains("Your e-mail address is confirmed"), "{done}");
    let after = user.run(verified, json!({})).await;
    assert_eq!(after["viewer"]["user"]["isEmailVerified"], true);
    assert_eq!(again.status(), StatusCode::NOT_FOUND);
    app.stop().await;
}

#[tokio::test]
async fn a_password_is_chosen_on_the_page_of_its_link_and_no_other_page_takes_the_token() {
    let (app, mut server) = start(false).await;
    app.register("alice@example.org").await;
    server.next().await;
    let request = "mutation ($input: RequestPasswordResetInput!) { requestPasswordReset(input: $input) { errors { code } } }";
    let input = json!({ "input": { "email": "alice@example.org" } });
    app.client().run(request, input).await;
    let link = link(&server.next().await);
    let mut elsewhere = link.clone();
    elsewhere.set_path("/account/verify-email");

    let wrong_page = follow(&app, Method::POST, &elsewhere, "").await;
    let asked = page(follow(&app, Method::GET, &link, "").await).await;
    let short = page(follow(&app, Method::POST, &link, "newPassword=short").await).await;
    let form = "newPassword=correct+horse+battery";
    let done = page(follow(&app, Method::POST, &link, form).await).await;

    assert_eq!(wrong_page.status(), StatusCode::NOT_FOUND);
    assert!(asked.contains("name=\"newPassword\""), "{asked}");
    assert!(
        short.contains("role=\"alert\"") && short.contains("<form"),
        "{short}"
    );
    assert!(done.contains("Sign in with it."), "{done}");
    app.log_in("alice@example.org").await;
    app.stop().await;
}

#[tokio::test]
async fn a_link_begins_with_the_servers_own_address_and_leads_nowhere_else() {
    let (app, mut server) = start(false).await;
    let register = "mutation { register(input: {email: \"alice@example.org\", password: \"correct horse battery\"}) { errors { code } } }";
    let misled = app
        .client()
        .request(Method::POST, "/graphql")
        .header("host", "localhost:6666")
        .header("x-forwarded-host", "evil.example")
        .json(&json!({ "query": register }));
    assert_eq!(misled.send().await.unwrap().status(), StatusCode::OK);

    let link = link(&server.next().await);
    let mut lured = link.clone();
    lured.set_query(Some(&format!(
        "{}&next=https://evil.example&redirect=https://evil.example&returnTo=//evil.example",
        link.query().unwrap()
    )));
    let asked = page(follow(&app, Method::GET, &lured, "").await).await;
    let done = page(follow(&app, Method::POST, &lured, "next=https://evil.example").await).await;

    assert_eq!(link.host_str(), Some("127.0.0.1"));
    assert_eq!(link.port(), Some(app.app.address.port()));
    assert!(!asked.contains("evil") && !done.contains("evil"), "{asked}{done}");
    app.stop().await;
}

#[tokio::test]
async fn guesses_by_links_are_refused_with_the_time_of_the_next() {
    let (app, _server) = start(true).await;
    let guess = |number: usize| {
        let address = format!("http://127.0.0.1/account/reset-password?token=guess{number}");
        address.parse::<url::Url>().unwrap()
    };
    for number in 0..30 {
        let answer = follow(&app, Method::GET, &guess(number), "").await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    }

    let refused = follow(&app, Method::GET, &guess(30), "").await;

    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    let seconds: u64 = refused.headers()["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=3_600).contains(&seconds), "{seconds}");
    app.stop().await;
}
