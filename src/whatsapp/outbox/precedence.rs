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

    /// Part of `most` messages that may have been sent before this one: something is always left for those that go
    /// first.
    pub(super) const fn share_of(self, most: u32) -> u32 {
        let left_free = most / Budget::LEFT_FREE;
        match self {
            Self::Planned => most,
            Self::Answer => most - left_free,
            Self::Like => most - 2 * left_free,
        }
    }
}
