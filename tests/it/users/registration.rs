use amda::config::DefaultPlan;
use amda::features::users::{Registration, UsersError, set_plan};
use amda::plan::Plan;
use serde_json::json;

use super::{
    Client, LOG_IN, PASSWORD, REGISTER, codes, log_in, register_user, registered, run_operation, signed_in,
    viewer_email,
};
use crate::support::world::World;

#[tokio::test]
async fn whoever_registers_is_signed_in_on_the_default_plan() {
    let world = World::with(|choices| choices.config.default_plan = DefaultPlan::Premium).await;
    let input = json!({ "email": " Alice@Example.org ", "password": PASSWORD, "displayName": "Alice",
        "locale": "pt-BR", "timeZone": "America/Sao_Paulo" });

    let data = run_operation(&world, &Client::default(), REGISTER, json!({ "input": input })).await;
    let session = &data["register"];

    let (client, _) = signed_in(session);
    insta::assert_json_snapshot!(session["viewer"]["user"], { ".id" => "[id]" }, @r#"
    {
      "createdAt": "2026-11-23T11:00:00+00:00",
      "displayName": "Alice",
      "email": "Alice@Example.org",
      "id": "[id]",
      "isEmailVerified": false,
      "locale": "pt-BR",
      "plan": {
        "code": "PREMIUM"
      },
      "timeZone": "America/Sao_Paulo"
    }
    "#);
    assert_eq!(session["accessTokenExpiresAt"], "2026-11-23T11:15:00+00:00");
    assert_eq!(viewer_email(&world, &client).await, "Alice@Example.org");
    assert!(viewer_email(&world, &Client::default()).await.is_null());
}

#[tokio::test]
async fn an_address_is_taken_in_every_case_of_its_letters() {
    let world = World::build().await;
    registered(&world, "alice@example.org").await;

    let again = register_user(&world, &Client::default(), "ALICE@Example.Org").await;

    assert_eq!(codes(&again), ["EMAIL_TAKEN"]);
    assert_eq!(again["errors"][0]["path"], json!(["email"]));
    assert!(again["viewer"].is_null() && again["accessToken"].is_null());
    signed_in(&log_in(&world, &Client::default(), "aLiCe@example.org", PASSWORD).await);
}

#[tokio::test]
async fn of_many_who_register_one_address_at_once_exactly_one_gets_it() {
    let world = World::build().await;
    let somebody = Client::default();

    let answers =
        futures::future::join_all((0..8).map(|_| register_user(&world, &somebody, "alice@example.org")))
            .await;

    let taken = answers
        .iter()
        .filter(|answer| codes(answer) == ["EMAIL_TAKEN"])
        .count();
    let registered = answers.iter().filter(|answer| codes(answer).is_empty()).count();
    assert_eq!((registered, taken), (1, 7));
}

#[tokio::test]
async fn every_mistake_of_a_registration_is_told_at_once() {
    let world = World::build().await;
    let input = json!({ "email": "alice", "password": "short", "displayName": "x".repeat(101), "locale": "en_US",
        "timeZone": "Mars/Olympus" });

    let data = run_operation(&world, &Client::default(), REGISTER, json!({ "input": input })).await;

    assert_eq!(codes(&data["register"]), ["INVALID_INPUT"; 5]);
    let paths: Vec<_> = (0..5)
        .map(|i| &data["register"]["errors"][i]["path"][0])
        .collect();
    assert_eq!(paths, ["email", "password", "displayName", "locale", "timeZone"]);
    assert!(data["register"]["viewer"].is_null());
}

#[tokio::test]
async fn a_password_of_71_bytes_works_and_a_longer_one_is_refused_never_cut() {
    let world = World::build().await;
    let longest = format!("{}x", "ü".repeat(35));
    let register =
        |password: &str| json!({ "input": { "email": "alice@example.org", "password": password } });

    for too_long in ["x".repeat(72), "ü".repeat(36)] {
        let data = run_operation(&world, &Client::default(), REGISTER, register(&too_long)).await;
        assert_eq!(codes(&data["register"]), ["INVALID_INPUT"]);
        let message = data["register"]["errors"][0]["message"].as_str().unwrap();
        assert!(
            message.contains("72 bytes") && message.contains("71 bytes"),
            "{message}"
        );
    }
    let data = run_operation(&world, &Client::default(), REGISTER, register(&longest)).await;
    signed_in(&data["register"]);

    signed_in(&log_in(&world, &Client::default(), "alice@example.org", &longest).await);
    let longer = format!("{longest}y");
    let refused = run_operation(&world, &Client::default(), LOG_IN, register(&longer)).await;
    assert_eq!(codes(&refused["logIn"]), ["INVALID_INPUT"]);
}

#[tokio::test]
async fn an_unknown_address_and_a_wrong_password_get_the_same_answer_for_the_same_work() {
    let world = World::build().await;
    registered(&world, "alice@example.org").await;
    let computed = || world.services.users.password_computations();

    let before = computed();
    let wrong = log_in(&world, &Client::default(), "alice@example.org", "battery staple").await;
    let unknown = log_in(&world, &Client::default(), "bob@example.org", "battery staple").await;
    let malformed = log_in(&world, &Client::default(), "bob\u{0}", "battery staple").await;

    assert_eq!(computed() - before, 3);
    assert_eq!(codes(&wrong), ["WRONG_CREDENTIALS"]);
    assert_eq!(wrong, unknown);
    assert_eq!(wrong, malformed);
}

#[tokio::test]
async fn making_sure_of_a_user_twice_makes_one_and_sets_the_plan() {
    let world = World::build().await;
    let demo = || Registration {
        invitation: None,
        email: "demo@example.org".to_owned(),
        password: PASSWORD.into(),
        display_name: None,
        locale: None,
        time_zone: None,
    };

    let first = world
        .services
        .users
        .ensure_user(demo(), Plan::Free)
        .await
        .unwrap();
    let again = world
        .services
        .users
        .ensure_user(demo(), Plan::Premium)
        .await
        .unwrap();

    assert_eq!(first, again);
    let (client, _) = signed_in(&log_in(&world, &Client::default(), "demo@example.org", PASSWORD).await);
    let document = "{ viewer { user { plan {
        code entitlements { maxLinkedAccounts maxViewOnceCapturesPerMonth }
    } } } }";
    let data = run_operation(&world, &client, document, json!({})).await;
    assert_eq!(data["viewer"]["user"]["plan"]["code"], "PREMIUM");
    assert_eq!(
        data["viewer"]["user"]["plan"]["entitlements"],
        json!({ "maxLinkedAccounts": 5, "maxViewOnceCapturesPerMonth": null })
    );

    set_plan(&world.core, "Demo@example.org", Plan::Free)
        .await
        .unwrap();
    let data = run_operation(&world, &client, document, json!({})).await;
    assert_eq!(
        data["viewer"]["user"]["plan"]["entitlements"],
        json!({ "maxLinkedAccounts": 1, "maxViewOnceCapturesPerMonth": 3 })
    );
    let unknown = set_plan(&world.core, "nobody@example.org", Plan::Free).await;
    assert!(matches!(unknown, Err(UsersError::UnknownEmail(_))));
}
