//! Accounts, their links, and what their users do with them.

mod gaps;
mod inputs;
mod lists;
mod plan_fit;
mod removing;
mod repeating;

use amda::account::AccountRef;
use serde_json::{Value, json};

use crate::support::world::World;

/// A field of the account as its owner reads it.
async fn field(world: &World, account: AccountRef, name: &str) -> Value {
    let query = format!("query ($id: ID!) {{ node(id: $id) {{ ... on Account {{ {name} }} }} }}");
    let id = account.id.to_global();
    world.ask(account, &query, json!({ "id": id })).await["node"][name].take()
}

/// The payload of a mutation of the account.
async fn mutate(world: &World, account: AccountRef, field: &str, input: &str, extra: Value) -> Value {
    let query = format!(
        "mutation ($input: {input}!) {{ {field}(input: $input) {{ {} errors {{ code message path }} }} }}",
        if field == "removeAccount" {
            "removedAccountId viewer { accounts { nodes { id } } }"
        } else {
            "account { id state stateReason label scheduledStatusCount }"
        }
    );
    let wanted = json!({ "accountId": account.id.to_global() });
    let input = crate::support::graphql::merged(wanted, &extra);
    world.ask(account, &query, json!({ "input": input })).await[field].take()
}
