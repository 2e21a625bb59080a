//! The `amda` command.

fn main() {}
