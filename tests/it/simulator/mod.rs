//! The simulator, driven by the client library as it is published: if the client is content, the wire is right.

mod client;
mod control;
mod delivery;
mod demo;
mod faults;
mod groups;
mod linking;
mod messages;
mod people;
mod persistence;
mod presence;
mod sending;
mod views;
