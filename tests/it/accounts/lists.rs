//! The contacts and chats of an account, and what they lead to.

use amda::account::AccountRef;
use amda::event::{Chat, Event, Group};
use serde_json::{Value, json};

use crate::scheduled_statuses::steps::add_contact;
use crate::support::statements::{count_statements, statements_sent};
use crate::support::whatsapp::{alice, bob, group, person, says, words};
use crate::support::world::World;

/// A field of the account with its selection.
async fn selected(world: &World, account: AccountRef, field: &str) -> Value {
    let query = format!("query ($id: ID!) {{ node(id: $id) {{ ... on Account {{ selected: {field} }} }} }}");
    let id = account.id.to_global();
    world.ask(account, &query, json!({ "id": id })).await["node"]["selected"].take()
}

/// The display names of the nodes of a list.
async fn names(world: &World, account: AccountRef, list: &str) -> Vec<String> {
    let page = selected(world, account, &format!("{list} {{ nodes {{ displayName }} }}")).await;
    let nodes = page["nodes"].as_array().unwrap();
    nodes
        .iter()
        .map(|node| node["displayName"].as_str().unwrap().to_owned())
        .collect()
}

/// An account with a group, a status, a chat with Alice, and a chat with somebody who is known by number alone.
async fn with_chats() -> (World, AccountRef) {
    let (world, account) = World::with_user("FREE").await;
    add_contact(&world, account, "Alice Álvares", &alice()).await;
    let Chat::Group(jid) = group() else {
        unreachable!("a group is a group");
    };
    let subject = Event::Group(Group {
        jid,
        subject: Some("Family".to_owned()),
    });
    let events = [
        subject,
        says(Chat::Status, alice(), "S1", 1, words("sunny")),
        says(Chat::Direct(alice()), alice(), "M1", 2, words("hello")),
        says(Chat::Direct(bob()), bob(), "M2", 3, words("hi")),
    ];
    for event in events {
        world.receive(account, &[event]).await;
        world.clock.advance(chrono::TimeDelta::seconds(1));
    }
    (world, account)
}

#[tokio::test]
async fn a_cursor_of_one_accounts_list_is_refused_by_the_same_list_of_another() {
    let (world, account) = with_chats().await;
    let other = world.account(account.user).await;
    add_contact(&world, other, "Bob", &bob()).await;
    world
        .receive(other, &[says(Chat::Direct(bob()), bob(), "M1", 5, words("hi"))])
        .await;

    for (name, arguments) in [("chats", ""), ("contacts", ""), ("contacts", "orderBy: NAME")] {
        let list = format!("{name}(first: 1 {arguments}) {{ pageInfo {{ endCursor }} }}");
        let first = selected(&world, account, &list).await;
        let cursor = &first["pageInfo"]["endCursor"];
        let query = format!(
            "query ($id: ID!, $after: Cursor!) {{ node(id: $id) {{ ... on Account {{
                {name}(first: 1 after: $after {arguments}) {{ nodes {{ id }} }}
            }} }} }}"
        );
        let after = async |id: AccountRef| {
            let variables = json!({ "id": id.id.to_global(), "after": cursor });
            world.respond(account, &query, variables).await.errors
        };

        assert!(after(account).await.is_empty(), "{list}");
        let refused = after(other).await;
        assert_eq!(
            refused[0].message, "after: pass a cursor that this list gave",
            "{list}"
        );
    }
}

#[tokio::test]
async fn every_chat_has_a_name_and_leads_to_its_account_and_contact() {
    let (world, account) = with_chats().await;

    let chats = selected(
        &world,
        account,
        "chats { totalCount nodes { displayName kind account { id } contact { displayName chat { id } account { id } } id } }",
    )
    .await;

    assert_eq!(chats["totalCount"], 4, "{chats}");
    let nodes = chats["nodes"].as_array().unwrap();
    let shown: Vec<_> = nodes
        .iter()
        .map(|chat| {
            (
                chat["kind"].as_str().unwrap(),
                chat["displayName"].as_str().unwrap(),
            )
        })
        .collect();
    let expected = [
        ("GROUP", "Family"),
        ("STATUS", "Status"),
        ("DIRECT", "Alice Álvares"),
        ("DIRECT", "+49151002"),
    ];
    assert_eq!(shown, expected);
    let own = json!({ "id": account.id.to_global() });
    assert!(nodes.iter().all(|chat| chat["account"] == own), "{chats}");
    let with_alice = &nodes[2];
    assert_eq!(with_alice["contact"]["chat"]["id"], with_alice["id"]);
    assert_eq!(with_alice["contact"]["account"], own);
}

#[tokio::test]
async fn chats_are_found_by_name_or_number_and_by_kind() {
    let (world, account) = with_chats().await;
    let found = async |arguments: &str| names(&world, account, &format!("chats({arguments})")).await;

    assert_eq!(found(r#"search: "ÁLVA""#).await, ["Alice Álvares"]);
    assert_eq!(found(r#"search: "fam""#).await, ["Family"]);
    assert_eq!(found(r#"search: "4915 1002""#).await, ["+49151002"]);
    assert_eq!(
        found(r#"search: " ", kinds: [STATUS, GROUP]"#).await,
        ["Family", "Status"]
    );
    assert_eq!(found("kinds: null, first: 1").await, ["Family"]);
    assert_eq!(found("last: 1").await, ["+49151002"]);
    assert!(found("kinds: []").await.is_empty());
    assert!(found(r#"search: "nobody""#).await.is_empty());
}

#[tokio::test]
async fn contacts_are_ordered_by_name_both_ways() {
    let (world, account) = World::with_user("FREE").await;
    for (number, name) in [(1, "Zoé"), (2, "Émile"), (3, "anna"), (4, "Frank")] {
        add_contact(&world, account, name, &person(number)).await;
    }
    let page = async |arguments: &str| {
        let list = format!(
            "contacts(orderBy: NAME, {arguments}) {{ totalCount pageInfo {{ endCursor startCursor }} }}"
        );
        let ends = selected(&world, account, &list).await;
        let names = names(&world, account, &format!("contacts(orderBy: NAME, {arguments})")).await;
        (names, ends)
    };

    let (first, ends) = page("first: 2").await;
    assert_eq!(first, ["anna", "Émile"]);
    assert_eq!(ends["totalCount"], 4);
    let after = ends["pageInfo"]["endCursor"].as_str().unwrap();
    let (second, ends) = page(&format!("first: 2, after: \"{after}\"")).await;
    assert_eq!(second, ["Frank", "Zoé"]);
    let before = ends["pageInfo"]["startCursor"].as_str().unwrap();
    let (back, _) = page(&format!("last: 1, before: \"{before}\"")).await;

    assert_eq!(back, ["Émile"]);
    assert_eq!(
        names(&world, account, r#"contacts(orderBy: NAME, search: "n")"#).await,
        ["anna", "Frank"]
    );
    assert_eq!(
        names(&world, account, "contacts").await,
        ["Zoé", "Émile", "anna", "Frank"]
    );
}

#[tokio::test]
async fn a_page_of_contacts_with_their_links_costs_as_many_statements_as_one_contact() {
    count_statements();
    let (world, account) = World::with_user("FREE").await;
    for number in 1..=20 {
        let id = format!("M{number}");
        let event = says(Chat::Direct(person(number)), person(number), &id, 1, words("hi"));
        world.receive(account, &[event]).await;
    }
    let sent = async |first: usize| {
        let links = "account { id label } chat { displayName contact { id } account { id } }";
        let before = statements_sent();
        let page = selected(
            &world,
            account,
            &format!("contacts(first: {first}) {{ nodes {{ {links} }} }}"),
        )
        .await;
        assert_eq!(page["nodes"].as_array().unwrap().len(), first);
        statements_sent() - before
    };
    // Opens the connections.
    sent(20).await;

    let (one, twenty) = (sent(1).await, sent(20).await);

    assert!(one > 0, "statements are counted");
    // A batch may be cut in two.
    assert!(twenty < one + 15, "{one} for one contact, {twenty} for twenty");
}

#[tokio::test]
async fn the_health_of_an_account_is_loaded_by_its_id() {
    let (world, account) = World::with_user("FREE").await;
    let health = selected(&world, account, "health { id }").await;
    let query = "query ($id: ID!) { node(id: $id) { __typename ... on AccountHealth { isLidKnown } } }";
    let variables = json!({ "id": health["id"] });

    let found = world.ask(account, query, variables.clone()).await;

    assert_eq!(
        found["node"],
        json!({"__typename": "AccountHealth", "isLidKnown": false})
    );
    let stranger = world.user("FREE").await;
    assert_eq!(world.ask(stranger, query, variables).await["node"], Value::Null);
}
