mod auth;
mod billing;
mod keys;
mod reading;
mod settings;
mod simulation;
mod sources;
