//! Completion of responses as the GraphQL specification says, which the GraphQL library leaves undone: it answers fields
//! in the order in which they were resolved, leaves a failed one out, and answers null for an object of which it was
//! asked for nothing. It also passes fragments on unions over where they stand in other fragments, and leaves the paths of
//! some errors out.
//!
//! ```text
//! document -> repeat_unions: fragments on unions repeated where the library sees them
//!          -> enclose_interfaces: what is asked of an interface put into a fragment, where its errors have paths
//!          -> mark: each selection of an object asks for its type as well -> executed
//!          -> complete: the fields collected as in the specification, null for a failed one, and null in the place of
//!             the nearest nullable parent for one that is never null; the marks taken out -> serialised
//! ```
//!
//! One pass over the response, once for each execution: what subscribers share is completed once. Which fields an
//! object has is collected once for each selection and type, so that a page of equal objects costs no more than the
//! walk. The errors stay as they are: whatever is given up with a failed field, all errors are reported.

mod collect;
mod complete;
mod interfaces;
mod mark;
mod unions;

pub(super) use complete::Completion;
pub(super) use interfaces::enclose_interfaces;
pub(super) use mark::mark;
pub(super) use unions::repeat_unions;
