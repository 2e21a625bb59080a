//! The contract of mutations: each wrong value of an input is refused with a type, a code, a path and words, and all wrong
//! values of an input at once.
//!
//! `inputs` reads the fields of all inputs from the running schema, `wrong` is a table of wrong values with their errors,
//! and `right_by_type` names the fields of which every value is right that GraphQL lets through. A field that is in
//! neither fails `coverage`.

mod coverage;
mod inputs;
mod refusals;
mod request_errors;
mod right_by_type;
mod scene;
mod wrong;
