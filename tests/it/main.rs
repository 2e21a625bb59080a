//! Every test from outside, in one binary: a module per feature, and the support they share.

mod ground;
mod jobs;
mod media;
mod simulator;
mod support;
mod view_once;
mod whatsapp;
