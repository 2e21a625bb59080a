use amda::account::AccountRef;
use amda::event::{Outgoing, Person};
use async_graphql::Response;
use chrono::TimeDelta;
use serde_json::{Value, json};

use super::steps::{add_contact, add_owner, load_status, plan_text, planned_in, run_until_changed, schedule};
use crate::support::graphql::field_errors;
use crate::support::outbox::sends;
use crate::support::whatsapp::{alice, bob, owner, person};
use crate::support::world::World;

/// By number alone.
fn number_of(person: &Person) -> Person {
    Person {
        lid: None,
        ..person.clone()
    }
}

fn audience(outgoing: &Outgoing) -> Vec<Person> {
    match outgoing {
        Outgoing::Status { audience, .. } | Outgoing::StatusRevoke { audience, .. } => audience.clone(),
        other => panic!("no status: {other:?}"),
    }
}

#[tokio::test]
async fn the_audience_is_whoever_is_in_the_address_book_when_it_is_published() {
    let (world, account) = World::with_user("FREE").await;
    add_owner(&world, account, &owner()).await;
    add_contact(&world, account, "Alice", &alice()).await;
    let id = plan_text(&world, account, 10).await;
    add_contact(&world, account, "Bob", &number_of(&bob())).await;

    world.clock.advance(TimeDelta::minutes(10));
    run_until_changed(&world, account, 1).await;

    let sent = sends(&world, account).await;
    assert_eq!(audience(&sent[0].outgoing), [alice(), number_of(&bob())]);
    assert_eq!(load_status(&world, account, &id).await["audienceSize"], 2);
}

#[tokio::test]
async fn lists_name_people_by_whatever_row_they_were_known() {
    let (world, account) = World::with_user("PREMIUM").await;
    let carol = person(3);
    // Known by number when the list was made, and by both names later.
    let lid_only = Person {
        phone_number: None,
        ..carol.clone()
    };
    let by_number = add_contact(&world, account, "Carol", &number_of(&carol)).await;
    add_contact(&world, account, "Alice", &alice()).await;
    let listed = json!([by_number.to_global()]);
    for audience in [json!({ "only": listed }), json!({ "except": listed })] {
        let content = json!({"text": {"text": "hi"}});
        let plan = json!({"content": content, "publishAt": planned_in(&world, 10), "audience": audience});
        let payload = schedule(&world, account, plan).await;
        assert_eq!(payload["errors"], json!([]));
    }
    add_contact(&world, account, "Carol", &lid_only).await;
    add_contact(&world, account, "Carol", &carol).await;

    world.clock.advance(TimeDelta::minutes(10));
    run_until_changed(&world, account, 2).await;

    let sent = sends(&world, account).await;
    let mut audiences: Vec<_> = sent.iter().map(|sent| audience(&sent.outgoing)).collect();
    audiences.sort_by_key(|audience| audience[0].lid.clone());
    assert_eq!(audiences, [vec![alice()], vec![carol]]);
}

#[tokio::test]
async fn a_preview_says_who_would_see_it_and_who_may_be_left_out() {
    let (world, account) = World::with_user("PREMIUM").await;
    add_owner(&world, account, &owner()).await;
    let alice = add_contact(&world, account, "Alice", &alice()).await.to_global();
    let bob = add_contact(&world, account, "Bob", &number_of(&bob()))
        .await
        .to_global();

    let all = preview(&world, account, json!({"all": true})).await;
    let except = preview(&world, account, json!({"except": [bob]})).await;

    let data = all.data.into_json().unwrap();
    assert_eq!(
        data["node"]["audiencePreview"],
        json!({
            "count": 2, "contacts": [{"id": alice}, {"id": bob}],
            "unconfirmedCount": 1, "unconfirmed": [{"id": bob}],
        })
    );
    let data = except.data.into_json().unwrap();
    assert_eq!(
        data["node"]["audiencePreview"]["contacts"],
        json!([{"id": alice}])
    );
}

/// The answer to a query for the preview of an audience.
async fn preview(world: &World, account: AccountRef, audience: Value) -> Response {
    let query = "query ($id: ID!, $audience: StatusAudienceInput!) { node(id: $id) { ... on Account {
        audiencePreview(audience: $audience) { count contacts { id } unconfirmedCount unconfirmed { id } }
    } } }";
    let variables = json!({"id": account.id.to_global(), "audience": audience});
    world.respond(account, query, variables).await
}

#[tokio::test]
async fn a_preview_of_a_wrong_audience_is_an_error_of_its_field_that_names_all_that_is_wrong() {
    let world = World::build().await;
    let (account, free) = (world.user("PREMIUM").await, world.user("FREE").await);
    let alice = add_contact(&world, account, "Alice", &alice()).await.to_global();
    let strangers = json!({"only": [free.id.to_global(), alice, "nonsense"]});

    for (viewer, audience, expected) in [
        (
            account,
            json!({"all": false}),
            json!([["INVALID_INPUT", ["audience", "all"], null]]),
        ),
        (
            account,
            json!({"only": []}),
            json!([["INVALID_INPUT", ["audience", "only"], null]]),
        ),
        (
            account,
            strangers,
            json!([
                ["NOT_FOUND", ["audience", "only", "0"], null],
                ["NOT_FOUND", ["audience", "only", "2"], null],
            ]),
        ),
        (
            free,
            json!({"except": []}),
            json!([["ENTITLEMENT_REQUIRED", ["audience", "except"], "PREMIUM"]]),
        ),
    ] {
        let refused = preview(&world, viewer, audience).await;

        let error = serde_json::to_value(&refused.errors[0]).unwrap();
        assert_eq!(error["path"], json!(["node", "audiencePreview"]));
        assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT");
        assert_eq!(field_errors(&error), expected);
    }
}

#[tokio::test]
async fn a_list_of_nobody_but_the_owner_is_refused() {
    let (world, account) = World::with_user("PREMIUM").await;
    let me = owner_id(&world, account).await;
    let alice = add_contact(&world, account, "Alice", &alice()).await.to_global();
    let only = |contacts: &[&String]| {
        json!({
            "content": {"text": {"text": "hi"}}, "publishAt": planned_in(&world, 10),
            "audience": {"only": contacts},
        })
    };

    let alone = schedule(&world, account, only(&[&me])).await;
    let together = schedule(&world, account, only(&[&me, &alice])).await;

    assert_eq!(alone["scheduledStatus"], json!(null));
    assert_eq!(alone["errors"][0]["path"], json!(["audience", "only"]));
    let message = alone["errors"][0]["message"].as_str().unwrap();
    assert!(message.contains("names only the account itself"), "{message}");
    assert_eq!(together["errors"], json!([]));
}

/// Adds the owner to the contacts; answers with the id.
async fn owner_id(world: &World, account: AccountRef) -> String {
    add_owner(world, account, &owner()).await;
    // The owner's row is found again by the name.
    add_contact(world, account, "Me", &owner()).await.to_global()
}
