//! Sessions against the simulator.
