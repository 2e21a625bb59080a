use amda::account::AccountRef;
use amda::event::{Outgoing, Person};
use chrono::TimeDelta;
use serde_json::{Value, json};

use super::steps::{add_contact, add_owner, in_minutes, load_status, plan_text, run_until_changed, schedule};
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
    let input = |scope: &str| {
        json!({
            "text": {"text": "hi"}, "publishAt": in_minutes(&world, 10),
            "audience": {"scope": scope, "contactIds": listed},
        })
    };
    for scope in ["ONLY", "EXCEPT"] {
        let payload = schedule(&world, account, input(scope)).await;
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
    let preview = async |input: Value| {
        let query = "mutation ($input: AudienceInput!) { previewAudience(input: $input) {
            preview { count contacts { id } unconfirmedCount unconfirmed { id } } errors { code path }
        } }";
        let mut data = world.ask(account, query, json!({ "input": input })).await;
        data["previewAudience"].take()
    };

    assert_eq!(
        preview(json!({})).await["preview"],
        json!({
            "count": 2, "contacts": [{"id": alice}, {"id": bob}],
            "unconfirmedCount": 1, "unconfirmed": [{"id": bob}],
        })
    );
    let except = preview(json!({"scope": "EXCEPT", "contactIds": [bob]})).await;
    assert_eq!(except["preview"]["contacts"], json!([{"id": alice}]));

    world.account(account.user).await;
    let which = preview(json!({})).await;
    assert_eq!(
        which["errors"],
        json!([{"code": "INVALID_INPUT", "path": ["accountId"]}])
    );
    let named = preview(json!({"accountId": account.id.to_global()})).await;
    assert_eq!(named["preview"]["count"], 2);
}

#[tokio::test]
async fn a_list_of_nobody_but_the_owner_is_refused() {
    let (world, account) = World::with_user("PREMIUM").await;
    let me = owner_id(&world, account).await;
    let alice = add_contact(&world, account, "Alice", &alice()).await.to_global();
    let only = |contacts: &[&String]| {
        json!({
            "text": {"text": "hi"}, "publishAt": in_minutes(&world, 10),
            "audience": {"scope": "ONLY", "contactIds": contacts},
        })
    };

    let alone = schedule(&world, account, only(&[&me])).await;
    let together = schedule(&world, account, only(&[&me, &alice])).await;

    assert_eq!(alone["scheduledStatus"], json!(null));
    assert_eq!(alone["errors"][0]["path"], json!(["audience", "contactIds"]));
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
