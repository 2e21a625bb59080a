//! Registration as the operator lets people register.

use amda::config::RegistrationPolicy;
use amda::features::users::invite;
use chrono::TimeDelta;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::{Client, PASSWORD, REGISTER, codes, limited, register_user, run_operation, signed_in};
use crate::support::database::connect;
use crate::support::world::World;

async fn a_world_by_invitation() -> World {
    World::with(|choices| choices.config.registration = RegistrationPolicy::Invite).await
}

async fn an_invitation(world: &World) -> String {
    let invitation = invite(&world.core.db, world.core.clock.now(), TimeDelta::days(7))
        .await
        .unwrap();
    invitation.code.expose_secret().to_owned()
}

async fn register_with(world: &World, client: &Client, email: &str, invitation: &str) -> Value {
    let input = json!({ "email": email, "password": PASSWORD, "invitation": invitation });
    run_operation(world, client, REGISTER, json!({ "input": input })).await["register"].take()
}

#[tokio::test]
async fn a_client_sees_who_may_register_before_anybody_signs_in() {
    for (policy, mode) in [
        (RegistrationPolicy::Open, "OPEN"),
        (RegistrationPolicy::Invite, "INVITE"),
        (RegistrationPolicy::Closed, "CLOSED"),
    ] {
        let world = World::with(|choices| choices.config.registration = policy).await;

        let data = run_operation(
            &world,
            &Client::default(),
            "{ serverInfo { registration } }",
            json!({}),
        )
        .await;

        assert_eq!(data["serverInfo"]["registration"], mode);
    }
}

#[tokio::test]
async fn nobody_registers_while_registration_is_closed_not_even_with_an_invitation() {
    let world = World::with(|choices| choices.config.registration = RegistrationPolicy::Closed).await;
    let code = an_invitation(&world).await;

    let without = register_user(&world, &Client::default(), "alice@example.org").await;
    let with = register_with(&world, &Client::default(), "alice@example.org", &code).await;

    for refused in [without, with] {
        assert_eq!(codes(&refused), ["REGISTRATION_CLOSED"]);
        let message = refused["errors"][0]["message"].as_str().unwrap();
        assert!(message.contains("ask its operator"), "{message}");
    }
}

#[tokio::test]
async fn an_invitation_lets_one_person_register_and_no_second() {
    let world = a_world_by_invitation().await;
    let code = an_invitation(&world).await;

    let missing = register_user(&world, &Client::default(), "alice@example.org").await;
    let unknown = register_with(&world, &Client::default(), "alice@example.org", "guess").await;
    let pasted = format!(" {code}\n");
    let first = register_with(&world, &Client::default(), "alice@example.org", &pasted).await;
    let second = register_with(&world, &Client::default(), "bob@example.org", &code).await;

    signed_in(&first);
    for refused in [missing, unknown, second] {
        assert_eq!(codes(&refused), ["INVALID_INVITATION"]);
        assert_eq!(refused["errors"][0]["path"], json!(["invitation"]));
    }
}

#[tokio::test]
async fn of_many_who_use_one_invitation_at_once_exactly_one_registers() {
    let world = a_world_by_invitation().await;
    let code = an_invitation(&world).await;
    let somebody = Client::default();
    let emails: Vec<_> = (0..8).map(|number| format!("{number}@example.org")).collect();

    let asked = emails
        .iter()
        .map(|email| register_with(&world, &somebody, email, &code));
    let answers = futures::future::join_all(asked).await;

    let registered = answers.iter().filter(|answer| codes(answer).is_empty()).count();
    assert_eq!(registered, 1);
}

#[tokio::test]
async fn a_refused_registration_leaves_the_invitation_as_it_was() {
    let world = a_world_by_invitation().await;
    let (first, second) = (an_invitation(&world).await, an_invitation(&world).await);
    signed_in(&register_with(&world, &Client::default(), "alice@example.org", &first).await);

    let taken = register_with(&world, &Client::default(), "alice@example.org", &second).await;
    let malformed = register_with(&world, &Client::default(), "bob", &second).await;

    assert_eq!(codes(&taken), ["EMAIL_TAKEN"]);
    assert_eq!(codes(&malformed), ["INVALID_INPUT"]);
    signed_in(&register_with(&world, &Client::default(), "bob@example.org", &second).await);
}

#[tokio::test]
async fn an_invitation_expires_and_is_forgotten_with_the_next() {
    let world = a_world_by_invitation().await;
    let code = an_invitation(&world).await;
    world.clock.advance(TimeDelta::days(7));

    let late = register_with(&world, &Client::default(), "alice@example.org", &code).await;
    an_invitation(&world).await;

    assert_eq!(codes(&late), ["INVALID_INVITATION"]);
    let client = connect(world.database.url()).await;
    let row = client
        .query_one("SELECT count(*) FROM invitations", &[])
        .await
        .unwrap();
    assert_eq!(row.get::<_, i64>(0), 1, "the expired one went");
}

#[tokio::test]
async fn who_has_no_invitation_learns_nothing_of_addresses_and_guesses_few_codes() {
    let world = World::with(|choices| {
        choices.config.registration = RegistrationPolicy::Invite;
        limited(choices);
    })
    .await;
    let client = Client::at("203.0.113.7");
    let input = json!({ "email": "alice@example.org", "password": PASSWORD, "invitation": "guess" });

    let mut answers = Vec::new();
    for _ in 0..4 {
        answers.push(super::respond_to(&world, &client, REGISTER, json!({ "input": input.clone() })).await);
    }

    let limited = answers.pop().unwrap().data.into_json().unwrap();
    assert_eq!(codes(&limited["register"]), ["LIMIT_EXCEEDED"]);
    for answer in answers {
        let data = answer.data.into_json().unwrap();
        assert_eq!(codes(&data["register"]), ["INVALID_INVITATION"]);
    }
}
