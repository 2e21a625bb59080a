//! The simulator, driven by the client library as it is published, and by a client of our own that shares no code with it:
//! if both are content, the wire is right.

mod asking_the_phone;
mod client;
mod control;
mod delivery;
mod demo;
mod faults;
mod groups;
mod honesty;
mod independent_client;
mod linking;
mod media;
mod messages;
mod people;
mod persistence;
mod phones;
mod presence;
mod raw;
mod retries;
mod sending;
mod views;
mod wire;
