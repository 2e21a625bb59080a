//! Statuses that are planned, published once, looked at and deleted.

mod audience;
mod deleting;
mod planning;
mod posting;
mod publishing;
mod refusals;
mod showing;
mod steps;

use serde_json::Value;

/// The nodes of a connection.
fn nodes(connection: &Value) -> Vec<Value> {
    let edges = connection["edges"].as_array().unwrap();
    edges.iter().map(|edge| edge["node"].clone()).collect()
}
