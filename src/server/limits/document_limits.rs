/// The limits of a document.
#[derive(Debug, Clone, Copy)]
pub struct DocumentLimits {
    /// The length of the text, in bytes.
    pub bytes: usize,
    /// Tokens: names, numbers, strings and punctuators.
    pub tokens: usize,
    /// Depth of nested fields, fragments followed.
    pub depth: u64,
    /// Aliased fields, fragments followed.
    pub aliases: u64,
    /// Directives, fragments followed.
    pub directives: u64,
    /// Root fields of an operation.
    pub root_fields: u64,
    /// Selections, fragments followed.
    pub selections: u64,
    /// Memory of the arguments, each value as often as it is used, fragments followed.
    pub argument_bytes: u64,
    /// Cost: fields, each times the length of the lists around it.
    pub cost: u64,
    /// Number of checked documents in the cache.
    pub cached_documents: usize,
    /// Approximate memory of the cache, in bytes.
    pub cached_bytes: usize,
}

impl DocumentLimits {
    /// At or under the usual limits of public GraphQL APIs; every operation of AMDA's own clients, and the
    /// introspection query, is far below.
    pub const STANDARD: Self = Self {
        bytes: 64 * 1024,
        tokens: 1_000,
        depth: 15,
        aliases: 15,
        directives: 50,
        root_fields: 20,
        selections: 2_000,
        argument_bytes: 4 * 1024 * 1024,
        cost: 10_000,
        cached_documents: 1_000,
        cached_bytes: 16 * 1024 * 1024,
    };
}
