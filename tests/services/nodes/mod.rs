//! Servers in processes of their own, of which one after the other is killed, stopped, put to sleep, cut off or set to another
//! time.
//!
//! ```text
//! cargo test --features services --test services -- nodes --nocapture                       # a round of each trouble, and their table
//! AMDA_NODE_ROUNDS=30 cargo test --features services --test services -- nodes --nocapture   # many
//! AMDA_NODE_TROUBLE=RollingRestart ...                                                      # of one trouble alone
//! ```

#[path = "../../it/nodes/proxy.rs"]
mod proxy;
mod rounds;
mod server;
mod stage;
mod switch;
