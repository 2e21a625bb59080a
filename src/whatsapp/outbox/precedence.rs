use chrono::{DateTime, Utc};

use super::budget::Budget;

/// Order in which messages that are due share the budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Precedence {
    /// A status, or its deletion, leaves at its time.
    Planned,
    /// An automatic answer, for which somebody waits.
    Answer,
    /// A like, or the view before it, fills what the others leave.
    Like,
}

impl Precedence {
    /// First to last.
    pub(super) const ORDER: [Self; 3] = [Self::Planned, Self::Answer, Self::Like];

    /// Kinds of the outbox's messages with this precedence.
    pub(super) const fn kinds(self) -> &'static [&'static str] {
        match self {
            Self::Planned => &["STATUS", "REVOKE"],
            Self::Answer => &["TEXT"],
            Self::Like => &["REACTION", "VIEW"],
        }
    }

    /// Precedence of a message of the outbox by its kind.
    pub(super) fn of_kind(kind: &str) -> Self {
        let found = Self::ORDER
            .into_iter()
            .find(|precedence| precedence.kinds().contains(&kind));
        found.unwrap_or(Self::Like)
    }

    /// Limits for messages of this precedence where `most` may be sent in all: likes leave something to everything else,
    /// and answers and likes together leave something to planned statuses.
    pub(super) const fn limits(self, most: u32) -> [Limit; 2] {
        let left_free = most / Budget::LEFT_FREE;
        let in_all = match self {
            Self::Planned | Self::Answer => most,
            Self::Like => most - 2 * left_free,
        };
        let beside_planned = match self {
            Self::Planned => u32::MAX,
            Self::Answer | Self::Like => most - left_free,
        };
        [
            Limit {
                counts_planned: true,
                most: in_all,
            },
            Limit {
                counts_planned: false,
                most: beside_planned,
            },
        ]
    }
}

/// Limit on the messages within a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limit {
    /// True when planned statuses count as well.
    pub(super) counts_planned: bool,
    /// Most messages that count.
    pub(super) most: u32,
}

/// Message that was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sent {
    pub(super) at: DateTime<Utc>,
    pub(super) precedence: Precedence,
}
