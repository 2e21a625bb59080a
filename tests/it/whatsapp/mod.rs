//! Sessions against the simulator: what they tell, what they take in, and what they send.

mod faults;
mod fetching;
mod groups;
mod linking;
mod recorder;
mod scene;
mod sending;
mod shelf;
mod statuses;
mod taking_in;
