use amda::account::AccountRef;
use amda::db::schema::{accounts, messages, view_once_messages};
use amda::event::{Chat, Content, Event, Person};
use amda::features::view_once::ViewOnceId;
use amda::hub::EventKind;
use amda::id::{ChatId, ContactId};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::json;

use super::{heard, kinds, listed, next, nothing_else, reads_in};
use crate::support::core::noon;
use crate::support::whatsapp::{alice, arrives, bob, group, mallory, message, revoke, revoke_of, words};
use crate::support::world::World;

fn says(chat: Chat, sender: Person, wa_id: &str, content: Content) -> Event {
    arrives(message(chat, sender, wa_id, noon(), content))
}

fn direct(wa_id: &str, content: Content) -> Event {
    says(Chat::Direct(alice()), alice(), wa_id, content)
}

#[tokio::test]
async fn a_deletion_is_told_of_once_with_the_name_and_the_message() {
    let (world, account) = World::with_user("FREE").await;
    let _consuming = world.consume_events();
    let mut heard = heard(&world, account).await;
    let delivery = [direct("M1", words("see you")), direct("R1", revoke("M1"))];

    world.receive(account, &delivery).await;
    let told = next(&mut heard).await;

    assert_eq!(told["kind"], "MESSAGE_DELETED");
    assert_eq!(told["title"], "A message was deleted");
    assert_eq!(told["body"], "+49151001 deleted a message.");
    assert_eq!(told["account"]["id"], account.id.to_global());
    let subject = told["subject"]["id"].clone();
    let node = "query($id: ID!) { node(id: $id) { ... on DeletedMessage { text } } }";
    let found = world.ask(account, node, json!({ "id": subject })).await;
    assert_eq!(found["node"]["text"], "see you");

    world.receive(account, &delivery).await;
    nothing_else(&world, account, &mut heard).await;
}

#[tokio::test]
async fn a_forged_deletion_is_not_told_of() {
    let (world, account) = World::with_user("FREE").await;
    let _consuming = world.consume_events();
    let mut heard = heard(&world, account).await;

    world
        .receive(
            account,
            &[says(group(), alice(), "M1", words("the code is 1234"))],
        )
        .await;
    world
        .receive(
            account,
            &[says(group(), mallory(), "R1", revoke_of(alice(), "M1"))],
        )
        .await;
    world
        .receive(account, &[says(group(), alice(), "R2", revoke("M1"))])
        .await;

    assert_eq!(next(&mut heard).await["kind"], "MESSAGE_DELETED");
    nothing_else(&world, account, &mut heard).await;
}

#[tokio::test]
async fn it_is_told_in_the_readers_language_with_the_names_of_the_time_of_reading() {
    let (world, account) = World::with_user("FREE").await;
    reads_in(&world, account, "pt-BR").await;
    let _consuming = world.consume_events();
    let mut heard = heard(&world, account).await;

    world
        .receive(account, &[direct("M1", words("olá")), direct("R1", revoke("M1"))])
        .await;
    assert_eq!(next(&mut heard).await["body"], "+49151001 apagou uma mensagem.");
    let mut named = message(Chat::Direct(alice()), alice(), "M2", noon(), words("sou eu"));
    named.push_name = Some("Alícia".to_owned());
    world.receive(account, &[arrives(named)]).await;

    let page = listed(&world, account, json!({})).await;
    assert_eq!(page["edges"][0]["node"]["title"], "Uma mensagem foi apagada");
    assert_eq!(page["edges"][0]["node"]["body"], "Alícia apagou uma mensagem.");
    reads_in(&world, account, "de").await;
    let page = listed(&world, account, json!({})).await;
    assert_eq!(page["edges"][0]["node"]["body"], "Alícia deleted a message.");
}

/// Puts the account into a state, as its session would.
async fn enters(world: &World, account: AccountRef, state: &str, since: DateTime<Utc>) {
    let mut work = world.core.begin(account.user).await.unwrap();
    diesel::update(accounts::table.find(account.id))
        .set((accounts::state.eq(state), accounts::state_changed_at.eq(since)))
        .execute(&mut *work)
        .await
        .unwrap();
    work.emit(EventKind::AccountChanged, Some(account.id), account.id);
    work.commit().await.unwrap();
}

#[tokio::test]
async fn an_account_that_needs_its_owner_is_told_of_once_each_time() {
    let (world, account) = World::with_user("FREE").await;
    let _consuming = world.consume_events();
    let mut heard = heard(&world, account).await;

    enters(&world, account, "RECONNECTING", noon()).await;
    enters(&world, account, "LOGGED_OUT", noon()).await;
    let told = next(&mut heard).await;
    assert_eq!(told["kind"], "ACCOUNT_NEEDS_ATTENTION");
    assert_eq!(
        told["body"],
        "Your account was logged out of WhatsApp. Link it again."
    );
    assert_eq!(told["subject"]["id"], account.id.to_global());

    // Its contacts changed, nothing else.
    enters(&world, account, "LOGGED_OUT", noon()).await;
    enters(&world, account, "REPLACED", noon() + chrono::TimeDelta::hours(1)).await;
    let told = next(&mut heard).await;
    assert_eq!(
        told["body"],
        "Another program uses the link of your account. Restart the account to take it back."
    );
    nothing_else(&world, account, &mut heard).await;
}

/// A view-once message that came to this.
async fn view_once(world: &World, account: AccountRef, wa_id: &str, outcome: &str) {
    world.receive(account, &[direct(wa_id, words("before"))]).await;
    let mut work = world.core.begin(account.user).await.unwrap();
    let (chat, sender): (ChatId, ContactId) = messages::table
        .filter(messages::wa_id.eq(wa_id))
        .select((messages::chat_id, messages::sender_id))
        .first(&mut *work)
        .await
        .unwrap();
    let id: ViewOnceId = world.core.ids.next();
    let captured_at = (outcome == "CAPTURED").then(noon);
    diesel::insert_into(view_once_messages::table)
        .values((
            view_once_messages::id.eq(id),
            view_once_messages::user_id.eq(account.user),
            view_once_messages::account_id.eq(account.id),
            view_once_messages::chat_id.eq(chat),
            view_once_messages::sender_id.eq(sender),
            view_once_messages::wa_id.eq(wa_id),
            view_once_messages::outcome.eq(outcome),
            view_once_messages::is_capturing.eq(false),
            view_once_messages::received_at.eq(noon()),
            view_once_messages::captured_at.eq(captured_at),
        ))
        .execute(&mut *work)
        .await
        .unwrap();
    let kind = if outcome == "CAPTURED" {
        EventKind::ViewOnceCaptured
    } else {
        EventKind::ViewOnceMessageChanged
    };
    work.emit(kind, Some(account.id), id);
    work.commit().await.unwrap();
}

#[tokio::test]
async fn a_capture_is_told_of_and_a_message_that_was_not_delivered_is_not() {
    let (world, account) = World::with_user("FREE").await;
    let _consuming = world.consume_events();
    let mut heard = heard(&world, account).await;

    view_once(&world, account, "V1", "NOT_DELIVERED").await;
    view_once(&world, account, "V2", "CAPTURED").await;

    let told = next(&mut heard).await;
    assert_eq!(told["kind"], "VIEW_ONCE_CAPTURED");
    assert_eq!(told["body"], "The view-once message of +49151001 was captured.");
    nothing_else(&world, account, &mut heard).await;
}

#[tokio::test]
async fn a_used_up_quota_is_told_of_once_a_month() {
    let (world, account) = World::with_user("FREE").await;
    let _consuming = world.consume_events();
    let mut heard = heard(&world, account).await;

    view_once(&world, account, "V1", "QUOTA_EXHAUSTED").await;
    let told = next(&mut heard).await;
    assert_eq!(told["kind"], "VIEW_ONCE_QUOTA_EXHAUSTED");
    assert!(
        told["body"].as_str().unwrap().ends_with("on 1 December 2026."),
        "{told}"
    );
    view_once(&world, account, "V2", "QUOTA_EXHAUSTED").await;
    // The last seven minutes of November in Berlin, then December.
    world
        .clock
        .advance(chrono::TimeDelta::days(7) + chrono::TimeDelta::hours(11) + chrono::TimeDelta::minutes(53));
    view_once(&world, account, "V3", "QUOTA_EXHAUSTED").await;
    world.clock.advance(chrono::TimeDelta::minutes(8));
    view_once(&world, account, "V4", "QUOTA_EXHAUSTED").await;

    let told = next(&mut heard).await;
    assert!(
        told["body"].as_str().unwrap().ends_with("on 1 January 2027."),
        "{told}"
    );
    let page = listed(&world, account, json!({})).await;
    assert_eq!(
        kinds(&page),
        ["VIEW_ONCE_QUOTA_EXHAUSTED", "VIEW_ONCE_QUOTA_EXHAUSTED"]
    );
}

#[tokio::test]
async fn nobody_is_told_of_what_happens_to_others() {
    let world = World::build().await;
    let (account, other) = (world.user("FREE").await, world.user("FREE").await);
    let _consuming = world.consume_events();
    let mut others = heard(&world, other).await;

    world
        .receive(account, &[direct("M1", words("hi")), direct("R1", revoke("M1"))])
        .await;
    next(heard(&world, account).await).await;
    world
        .receive(
            other,
            &[
                says(Chat::Direct(bob()), bob(), "M1", words("ho")),
                says(Chat::Direct(bob()), bob(), "R1", revoke("M1")),
            ],
        )
        .await;

    assert_eq!(next(&mut others).await["body"], "+49151002 deleted a message.");
    nothing_else(&world, other, &mut others).await;
}

#[tokio::test]
async fn the_first_edit_of_a_message_is_told_of() {
    let (world, account) = World::with_user("FREE").await;
    let _consuming = world.consume_events();
    let mut heard = heard(&world, account).await;
    let edit = |text: &str| Content::Edit {
        target_wa_id: "M1".to_owned(),
        text: text.to_owned(),
    };

    world.receive(account, &[direct("M1", words("see you"))]).await;
    world
        .receive(account, &[direct("E1", edit("see you at eight"))])
        .await;
    let told = next(&mut heard).await;
    world
        .receive(account, &[direct("E2", edit("see you at nine"))])
        .await;

    assert_eq!(told["kind"], "MESSAGE_EDITED");
    assert_eq!(told["body"], "+49151001 edited a message.");
    let node = "query($id: ID!) { node(id: $id) { ... on EditedMessage { id } } }";
    let id = told["subject"]["id"].clone();
    let found = world.ask(account, node, json!({ "id": id })).await;
    assert_eq!(found["node"]["id"], id);
    nothing_else(&world, account, &mut heard).await;
}
