//! Administration, asked as an admin's client asks: through GraphQL, on a real database.

mod acts;
mod audit_log;
mod lists;
mod raw_sql;
mod refusals;
mod server;
mod suspension;

use amda::account::AccountRef;
use amda::features::users::{AdminUserId, set_role};
use amda::user::Role;
use async_graphql::Response;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::support::worker::DEADLINE;
use crate::support::world::World;

/// A world with an admin and a plain user.
async fn world_with_admin() -> (World, AccountRef, AccountRef) {
    let world = World::build().await;
    let admin = an_admin(&world).await;
    let user = world.user("FREE").await;
    (world, admin, user)
}

async fn an_admin(world: &World) -> AccountRef {
    let admin = world.user("FREE").await;
    set_role(&world.core, &email_of(admin), Role::Admin)
        .await
        .unwrap();
    admin
}

fn email_of(account: AccountRef) -> String {
    format!("{}@example.org", account.user)
}

/// The id by which admins know the account's user.
fn admin_id_of(account: AccountRef) -> String {
    AdminUserId::from(account.user.as_uuid()).to_global()
}

/// The answer to a selection of administration.
async fn administration(world: &World, admin: AccountRef, selection: &str) -> Value {
    let query = format!("{{ admin {{ {selection} }} }}");
    world.ask(admin, &query, json!({})).await["admin"].take()
}

/// The payload of a mutation of a user.
async fn change(world: &World, admin: AccountRef, mutation: &str, input: Value) -> Value {
    let document = document_of(mutation);
    world.ask(admin, &document, json!({ "input": input })).await[mutation].take()
}

fn document_of(mutation: &str) -> String {
    let (first, rest) = mutation.split_at(1);
    let input = format!("{}{rest}Input", first.to_uppercase());
    format!(
        "mutation ($input: {input}!) {{ {mutation}(input: $input) {{
            user {{ id email role suspendedAt suspensionReason plan {{ code }} }} errors {{ __typename code path message }}
        }} }}"
    )
}

/// Suspends the user of `account`, for this reason.
async fn suspend(world: &World, admin: AccountRef, account: AccountRef, reason: &str) -> Value {
    let input = json!({ "userId": admin_id_of(account), "reason": reason });
    change(world, admin, "suspendUser", input).await
}

async fn unsuspend(world: &World, admin: AccountRef, account: AccountRef) -> Value {
    let input = json!({ "userId": admin_id_of(account) });
    change(world, admin, "unsuspendUser", input).await
}

const LOG: &str = "{ viewer { auditLog(first: 100) { totalCount nodes {
    id action isLook actor reason previousPlan plan endedSessions at
} } } }";

/// The audit log of the account's user, the newest entry first.
async fn audit_log(world: &World, account: AccountRef) -> Vec<Value> {
    let log = world.ask(account, LOG, json!({})).await;
    log["viewer"]["auditLog"]["nodes"].as_array().unwrap().clone()
}

/// The actions in the audit log, the newest first.
async fn actions(world: &World, account: AccountRef) -> Vec<String> {
    let log = audit_log(world, account).await;
    log.iter()
        .map(|entry| entry["action"].as_str().unwrap().to_owned())
        .collect()
}

/// Has the looks written that were noted, until the user's log has `count` entries.
async fn settle_looks(world: &World, account: AccountRef, count: usize) {
    let mut news = world.core.hub.subscribe(account.user);
    let worker = world.run("audit.");
    let settling = async {
        while audit_log(world, account).await.len() < count {
            news.recv().await.unwrap();
        }
    };
    timeout(DEADLINE, settling)
        .await
        .expect("the looks are written in time");
    worker.stop().await;
}

/// The errors of a response, each by its root field and its code.
fn refusals(response: &Response) -> Vec<String> {
    let errors = serde_json::to_value(&response.errors).unwrap();
    let errors = errors.as_array().unwrap().iter();
    errors
        .map(|error| {
            let (field, code) = (&error["path"][0], &error["extensions"]["code"]);
            format!("{} {}", field.as_str().unwrap(), code.as_str().unwrap())
        })
        .collect()
}
