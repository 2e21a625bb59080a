//! Sessions against the simulator: what they tell, what they take in, and what they send.

mod linking;
mod scene;
