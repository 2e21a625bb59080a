//! The simulator, driven by the client library as it is published: if the client is content, the wire is right.

mod client;
mod linking;
mod messages;
