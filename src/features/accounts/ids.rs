use crate::id::ids;

ids! {
    /// A span of time during which an account received nothing.
    GapId = "ConnectionGap";
}
