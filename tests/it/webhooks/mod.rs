//! Outgoing webhooks: what a receiver hears, in which order and how often, and what its owner sees of it.

mod crowding;
mod delivering;
mod endpoints;
mod failing;
mod journey;
mod repeating;
mod retrying;
mod steps;
mod suspended;
mod wrong;

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::receiver::Heard;

/// The log of an endpoint, the first event first.
fn log_of(endpoint: &Value) -> Vec<Value> {
    let edges = endpoint["deliveries"]["edges"].as_array().unwrap();
    edges.iter().rev().map(|edge| edge["node"].clone()).collect()
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("a text was expected, {value} came"))
        .to_owned()
}

/// How often a delivery was sent.
fn tries(delivery: &Value) -> usize {
    delivery["attempts"].as_array().unwrap().len()
}

/// The statuses that a delivery was answered with.
fn statuses(delivery: &Value) -> Vec<i64> {
    let attempts = delivery["attempts"].as_array().unwrap().iter();
    attempts
        .map(|attempt| attempt["status"].as_i64().unwrap_or(0))
        .collect()
}

/// The number of the event that was heard.
fn number(heard: &Heard) -> i64 {
    heard.json()["data"]["sequence"].as_i64().unwrap()
}

/// The order of the events that were heard: 0 for the earliest of them.
fn order(heard: &[Heard]) -> Vec<usize> {
    let all: BTreeSet<i64> = heard.iter().map(number).collect();
    heard
        .iter()
        .map(|one| all.iter().position(|of_all| *of_all == number(one)).unwrap())
        .collect()
}

/// Whether one of the signatures was made with `secret`, whatever the time.
fn is_signed_with(secret: &str, heard: &Heard) -> bool {
    let at = heard.header("webhook-timestamp").parse().unwrap();
    let expected = standardwebhooks::Webhook::new(secret)
        .unwrap()
        .sign(heard.header("webhook-id"), at, &heard.body)
        .unwrap();
    heard
        .header("webhook-signature")
        .split(' ')
        .any(|signature| signature == expected)
}
