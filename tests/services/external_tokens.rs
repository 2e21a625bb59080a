//! Tokens of an `OpenID` provider that others wrote, from a sign-in with a browser.

use amda::config::AuthConfig;
use serde_json::{Value, json};

use crate::node::Script;
use crate::support::app::TestApp;

/// The audience of access tokens for this API, and the client that ID tokens are for.
const AUDIENCES: [&str; 2] = ["amda", "console"];

/// The provider, and a server that accepts its tokens.
async fn start() -> (Script, TestApp) {
    let mut provider = Script::start_in("tests/services/issuer", "provider.mjs", &[]);
    let issuer = provider.ask(&json!({ "issuer": true })).await;
    let auth = AuthConfig {
        issuer: issuer["issuer"].as_str().unwrap().to_owned(),
        audiences: AUDIENCES.map(str::to_owned).to_vec(),
        jwks_url: None,
        secret: None,
    };
    let app = TestApp::start_with(|config| config.auth = Some(auth)).await;
    (provider, app)
}

async fn viewer(app: &TestApp, token: &Value) -> Value {
    let client = app.client().signed_in(token.as_str().unwrap());
    let query = "{ viewer { user { email isEmailVerified hasPassword displayName } externalIdentities { subject } } }";
    client.run(query, json!({})).await.data("/viewer").clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_tokens_of_a_code_flow_at_an_openid_provider_sign_their_user_in() {
    let (mut provider, app) = start().await;

    let tokens = provider.ask(&json!({ "signIn": "alice" })).await;
    let by_access_token = viewer(&app, &tokens["accessToken"]).await;
    let by_id_token = viewer(&app, &tokens["idToken"]).await;
    let others = provider.ask(&json!({ "signIn": "bob" })).await;
    let bob = viewer(&app, &others["accessToken"]).await;

    let alice = json!({
        "user": {
            "email": "alice@example.org", "isEmailVerified": true, "hasPassword": false, "displayName": "alice",
        },
        "externalIdentities": [{ "subject": "alice" }],
    });
    assert_eq!(by_access_token, alice);
    assert_eq!(by_id_token, alice);
    assert_eq!(bob["user"]["email"], "bob@example.org");
    app.stop().await;
}
