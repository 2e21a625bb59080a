mod auth;
mod billing;
mod keys;
mod media;
mod reading;
mod settings;
mod simulation;
mod sources;
