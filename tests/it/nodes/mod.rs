//! Several servers on one database: who runs an account, and what becomes of it when a server dies, sleeps or is cut off, or
//! when the database is restored elsewhere.

mod bursts;
mod clocks;
mod cluster;
mod commands;
mod failover;
mod fences;
mod origins;
mod partition;
mod proxy;
mod restored;
mod sharing;
