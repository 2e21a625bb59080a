//! Every test from outside, in one binary: a module per feature, and the support they share.

mod ground;
mod support;
mod whatsapp_store;
