//! The settings in groups, each with its meaning and its default.

mod product;
mod server;

/// Settings that belong together.
pub(super) struct Group {
    pub(super) title: &'static str,
    pub(super) rows: &'static [Row],
}

/// A setting: variable, meaning, and default.
pub(super) struct Row(
    pub(super) &'static str,
    pub(super) &'static str,
    pub(super) &'static str,
);

/// Every setting, in groups.
pub(super) const GROUPS: [Group; 11] = [
    server::REACHING,
    server::CLIENTS,
    server::FILES,
    server::BUCKET,
    server::DATABASE,
    server::NODES,
    product::KEYS,
    product::USERS,
    product::SALE,
    product::WHATSAPP,
    product::OBSERVATION,
];
