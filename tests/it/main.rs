//! Every test from outside, in one binary: a module per feature, and the support they share.

mod ground;
mod simulator;
mod server;
mod support;
mod whatsapp;
mod whatsapp_store;
