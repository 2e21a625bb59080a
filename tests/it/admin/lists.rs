//! The lists of administration: users, accounts, jobs, and deliveries that fail.

use amda::account::AccountRef;
use amda::features::users::set_plan;
use amda::plan::Plan;
use serde_json::{Value, json};

use super::{actions, admin_id_of, administration, email_of, settle_looks, suspend, world_with_admin};
use crate::support::database::connect;
use crate::support::statements::{count_statements, statements_sent};
use crate::support::world::World;

/// The ids of the users under a filter, as GraphQL writes it.
async fn found(world: &World, admin: AccountRef, filter: &str) -> Vec<String> {
    let users = format!("users(filter: {{ {filter} }}) {{ nodes {{ id }} }}");
    ids(&administration(world, admin, &users).await["users"])
}

fn ids(list: &Value) -> Vec<String> {
    let nodes = list["nodes"].as_array().unwrap();
    nodes
        .iter()
        .map(|node| node["id"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn users_are_found_by_part_of_their_address_or_name_and_by_the_beginning_of_their_id() {
    let (world, admin, user) = world_with_admin().await;
    let name = "mutation { updateProfile(input: { displayName: \"Ana_Lúcia\" }) { errors { code } } }";
    world.ask(user, name, json!({})).await;
    let expected = [admin_id_of(user)];

    let id = user.user.to_string();
    let parts = ["a_l", "ANA_L", &id.to_lowercase(), &id, &user.user.to_global()];
    for part in parts {
        let filter = format!("search: {}", json!(part));
        assert_eq!(found(&world, admin, &filter).await, expected, "{part}");
    }
    assert_eq!(found(&world, admin, "search: \"xlucia\"").await, [""; 0]);
    assert_eq!(found(&world, admin, "search: \"EXAMPLE.org\"").await.len(), 2);
    assert_eq!(found(&world, admin, "search: \" \"").await.len(), 2);
}

#[tokio::test]
async fn users_are_filtered_by_plan_role_and_suspension() {
    let (world, admin, user) = world_with_admin().await;
    let premium = world.user("PREMIUM").await;
    suspend(&world, admin, user, "spam").await;

    let of = |accounts: &[AccountRef]| accounts.iter().copied().map(admin_id_of).collect::<Vec<_>>();
    assert_eq!(found(&world, admin, "plans: [PREMIUM]").await, of(&[premium]));
    assert_eq!(found(&world, admin, "roles: [ADMIN]").await, of(&[admin]));
    assert_eq!(found(&world, admin, "isSuspended: true").await, of(&[user]));
    assert_eq!(
        found(&world, admin, "isSuspended: false, roles: [USER]").await,
        of(&[premium])
    );
    assert_eq!(found(&world, admin, "plans: []").await, of(&[]));
}

#[tokio::test]
async fn users_are_listed_newest_first_with_their_number_and_paged_both_ways() {
    let (world, admin, user) = world_with_admin().await;
    let newest = world.user("FREE").await;
    let page = "totalCount nodes { id accountCount } pageInfo { endCursor startCursor hasNextPage }";

    let first = administration(&world, admin, &format!("users(first: 2) {{ {page} }}")).await;
    let end = first["users"]["pageInfo"]["endCursor"].clone();
    let rest = format!("users(first: 2, after: {end}) {{ {page} }}");
    let rest = administration(&world, admin, &rest).await;
    let start = rest["users"]["pageInfo"]["startCursor"].clone();
    let back = format!("users(last: 1, before: {start}) {{ {page} }}");
    let back = administration(&world, admin, &back).await;

    assert_eq!(ids(&first["users"]), [admin_id_of(newest), admin_id_of(user)]);
    assert_eq!(first["users"]["totalCount"], 3);
    assert_eq!(first["users"]["nodes"][0]["accountCount"], 1);
    assert_eq!(first["users"]["pageInfo"]["hasNextPage"], true);
    assert_eq!(ids(&rest["users"]), [admin_id_of(admin)]);
    assert_eq!(ids(&back["users"]), [admin_id_of(user)]);
}

#[tokio::test]
async fn a_page_of_users_with_accounts_and_sessions_takes_as_many_statements_as_one_user() {
    count_statements();
    let (world, admin, _) = world_with_admin().await;
    for _ in 0..20 {
        world.user("FREE").await;
    }
    let sent = async |first: usize| {
        let before = statements_sent();
        let selection = "nodes { email plan { code } accounts { state } sessions { ipAddress } }";
        let page = administration(&world, admin, &format!("users(first: {first}) {{ {selection} }}")).await;
        assert_eq!(page["users"]["nodes"].as_array().unwrap().len(), first);
        statements_sent() - before
    };
    // Opens the connections.
    sent(20).await;

    let (one, twenty) = (sent(1).await, sent(20).await);

    assert!(one > 0, "statements are counted");
    // A batch may be cut in two.
    assert!(twenty < one + 15, "{one} for one user, {twenty} for twenty");
}

#[tokio::test]
async fn one_user_is_shown_with_accounts_and_sessions_and_nothing_that_they_keep() {
    let (world, admin, user) = world_with_admin().await;
    let session = format!(
        "INSERT INTO logins VALUES (gen_random_uuid(), '{}', 'Firefox', '203.0.113.7', now(), now(), '2100-01-01')",
        user.user.as_uuid()
    );
    connect(world.database.url())
        .await
        .batch_execute(&session)
        .await
        .unwrap();
    let selection = format!(
        "user(id: {}) {{ email role plan {{ code }} accounts {{ id userId state stateReason }} sessions {{ ipAddress userAgent }} }}",
        json!(admin_id_of(user))
    );

    let shown = administration(&world, admin, &selection).await["user"].take();
    let account = "query ($id: ID!) { node(id: $id) { ... on AdminAccount { state } } }";
    let node = json!({ "id": shown["accounts"][0]["id"] });
    let node = world.ask(admin, account, node).await;
    let foreign = "query ($id: ID!) { node(id: $id) { id } }";
    let foreign = world
        .ask(admin, foreign, json!({ "id": user.id.to_global() }))
        .await;

    assert_eq!(shown["email"], json!(email_of(user)));
    assert_eq!(shown["accounts"][0]["userId"], json!(admin_id_of(user)));
    assert_eq!(shown["accounts"][0]["state"], "ONLINE");
    assert_eq!(
        shown["sessions"],
        json!([{ "ipAddress": "203.0.113.7", "userAgent": "Firefox" }])
    );
    assert_eq!(node["node"]["state"], "ONLINE");
    assert_eq!(
        foreign,
        json!({ "node": null }),
        "as its owner sees it, it is the owner's"
    );
    settle_looks(&world, user, 3).await;
    let mut seen = actions(&world, user).await;
    seen.sort();
    assert_eq!(seen, ["ACCOUNTS_VIEWED", "SESSIONS_VIEWED", "USER_VIEWED"]);
}

#[tokio::test]
async fn accounts_are_counted_and_listed_by_state() {
    let (world, admin, user) = world_with_admin().await;
    let banned = world.account(user.user).await;
    let change = format!(
        "UPDATE accounts SET state = 'BANNED', state_reason = 'BANNED' WHERE id = '{}'",
        banned.id.as_uuid()
    );
    connect(world.database.url())
        .await
        .batch_execute(&change)
        .await
        .unwrap();

    let selection = "accountCounts { state count }
        accounts(filter: { states: [BANNED] }) { totalCount nodes { userId state stateReason } }";
    let shown = administration(&world, admin, selection).await;

    assert_eq!(
        shown["accountCounts"],
        json!([{ "state": "ONLINE", "count": 2 }, { "state": "BANNED", "count": 1 }])
    );
    assert_eq!(
        shown["accounts"],
        json!({ "totalCount": 1, "nodes": [
            { "userId": admin_id_of(user), "state": "BANNED", "stateReason": "BANNED" }
        ] })
    );
    settle_looks(&world, user, 1).await;
    assert_eq!(actions(&world, user).await, ["ACCOUNTS_VIEWED"]);
}

#[tokio::test]
async fn jobs_are_counted_and_listed_by_state_with_their_tries_and_last_error() {
    let (world, admin, user) = world_with_admin().await;
    let owner = user.user.as_uuid();
    let insert = format!(
        "INSERT INTO jobs (id, user_id, kind, payload, run_at, claim, attempts, max_attempts, last_error, died_at, created_at)
         VALUES (gen_random_uuid(), NULL, 'test.waits', '{{}}', '2100-01-01', NULL, 0, 5, NULL, NULL, now()),
             (gen_random_uuid(), '{owner}', 'test.fails', '{{}}', '2100-01-01', NULL, 2, 5, 'no route', NULL, now()),
             (gen_random_uuid(), NULL, 'test.dead', '{{}}', now(), gen_random_uuid(), 5, 5, 'gone', now(), now())"
    );
    connect(world.database.url())
        .await
        .batch_execute(&insert)
        .await
        .unwrap();
    let listed = async |states: &str| {
        let nodes = "nodes { kind state attemptCount maxAttempts lastError userId }";
        let jobs = format!("jobs(filter: {{ states: [{states}] }}) {{ totalCount {nodes} }}");
        administration(&world, admin, &jobs).await["jobs"].take()
    };

    let (waiting, failing, dead) = (
        listed("WAITING").await,
        listed("FAILING").await,
        listed("GIVEN_UP").await,
    );
    let counts = administration(&world, admin, "jobCounts { kind givenUp waiting }").await;

    assert_eq!(waiting["nodes"][0]["kind"], "test.waits");
    assert_eq!(
        failing["nodes"],
        json!([{ "kind": "test.fails", "state": "FAILING", "attemptCount": 2, "maxAttempts": 5,
            "lastError": "no route", "userId": admin_id_of(user) }])
    );
    assert_eq!(
        (dead["totalCount"].as_i64(), &dead["nodes"][0]["state"]),
        (Some(1), &json!("GIVEN_UP"))
    );
    let of_dead = json!({ "kind": "test.dead", "givenUp": 1, "waiting": 0 });
    assert!(
        counts["jobCounts"].as_array().unwrap().contains(&of_dead),
        "{counts}"
    );
}

#[tokio::test]
async fn deliveries_that_fail_are_listed_with_the_host_of_the_endpoint_and_no_more_of_its_url() {
    let (world, admin, user) = world_with_admin().await;
    let create =
        "mutation { createWebhookEndpoint(input: { url: \"https://hooks.example.org/secret-path\" }) {
        errors { code } } }";
    world.ask(user, create, json!({})).await;
    let insert = format!(
        "WITH delivery AS (
            INSERT INTO webhook_deliveries (id, user_id, endpoint_id, sequence, kind, subject_id, occurred_at, state, tries,
                next_try_at, created_at)
            SELECT gen_random_uuid(), user_id, id, 77, 'STATUS_LIKED', gen_random_uuid(), now(), 'PENDING', 1, now(), now()
            FROM webhook_endpoints WHERE user_id = '{}' RETURNING id, user_id
        )
        INSERT INTO webhook_attempts (id, user_id, delivery_id, attempted_at, duration_ms, status)
        SELECT gen_random_uuid(), user_id, id, now(), 12, 503 FROM delivery",
        user.user.as_uuid()
    );
    connect(world.database.url())
        .await
        .batch_execute(&insert)
        .await
        .unwrap();

    let nodes = "id userId endpointHost kind state attemptCount status failureReason";
    let list = format!("failingWebhookDeliveries {{ totalCount nodes {{ {nodes} }} }}");
    let shown = administration(&world, admin, &list).await["failingWebhookDeliveries"].take();

    assert_eq!(shown["totalCount"], 1);
    let delivery = &shown["nodes"][0];
    assert_eq!(delivery["endpointHost"], "hooks.example.org");
    assert_eq!(
        (&delivery["status"], &delivery["state"]),
        (&json!(503), &json!("PENDING"))
    );
    assert_eq!(delivery["userId"], json!(admin_id_of(user)));
    let node = "query ($id: ID!) { node(id: $id) { ... on AdminWebhookDelivery { endpointHost } } }";
    let node = world.ask(admin, node, json!({ "id": delivery["id"] })).await;
    assert_eq!(node["node"]["endpointHost"], "hooks.example.org");
    settle_looks(&world, user, 1).await;
    assert_eq!(actions(&world, user).await, ["WEBHOOKS_VIEWED"]);
}

#[tokio::test]
async fn a_plan_that_changed_is_what_an_admin_sees() {
    let (world, admin, user) = world_with_admin().await;

    set_plan(&world.core, &email_of(user), Plan::Premium)
        .await
        .unwrap();

    let selection = format!("user(id: {}) {{ plan {{ code }} }}", json!(admin_id_of(user)));
    let shown = administration(&world, admin, &selection).await;
    assert_eq!(shown["user"]["plan"]["code"], "PREMIUM");
}

#[tokio::test]
async fn what_reconciliations_with_stripe_mended_is_listed_newest_first() {
    let (world, admin, _) = world_with_admin().await;
    let insert =
        "INSERT INTO billing_drifts (id, kind, customer_id, subscription_id, stored, found, found_at) VALUES
        (gen_random_uuid(), 'LOST_CUSTOMER', 'cus_1', NULL, NULL, NULL, '2027-01-01T03:00:00Z'),
        (gen_random_uuid(), 'STATUS', 'cus_2', 'sub_2', 'active', 'canceled', '2027-01-02T03:00:00Z')";
    connect(world.database.url())
        .await
        .batch_execute(insert)
        .await
        .unwrap();
    let fields = "id kind customerId subscriptionId stored found foundAt";

    let list = format!("billingDrifts {{ totalCount nodes {{ {fields} }} }}");
    let shown = administration(&world, admin, &list).await["billingDrifts"].take();
    let node = format!("query ($id: ID!) {{ node(id: $id) {{ ... on AdminBillingDrift {{ {fields} }} }} }}");
    let variables = json!({ "id": shown["nodes"][0]["id"] });
    let found = world.ask(admin, &node, variables).await;

    assert_eq!(shown["totalCount"], 2);
    let newest = json!({
        "id": shown["nodes"][0]["id"], "kind": "STATUS", "customerId": "cus_2", "subscriptionId": "sub_2",
        "stored": "active", "found": "canceled", "foundAt": "2027-01-02T03:00:00+00:00",
    });
    assert_eq!(shown["nodes"][0], newest);
    assert_eq!(found["node"], newest);
    let oldest = &shown["nodes"][1];
    assert_eq!(oldest["kind"], "LOST_CUSTOMER");
    assert_eq!(oldest["subscriptionId"], json!(null));
}
