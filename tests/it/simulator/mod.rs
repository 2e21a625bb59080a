//! The simulator, driven by the client library as it is published: if the client is content, the wire is right.

mod asking_the_phone;
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
mod phones;
mod presence;
mod raw;
mod sending;
mod views;
