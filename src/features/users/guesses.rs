//! Guesses at one password by many: slowed more and more, for whoever the owner of the e-mail address never was.
//!
//! A limit on each network does not hold somebody who has thousands of them. So wrong passwords for an address are also
//! counted together, apart for three groups of clients:
//!
//! - strangers, who are everybody else than the following;
//! - the neighbourhood of a network that the address was used from;
//! - a device that shows a refresh token of a session of the user, however old.
//!
//! A crowd of strangers slows strangers down and nobody else: the owner is let in from where they were before. An address
//! that nobody has is known from nowhere, so everybody is a stranger to it, as to an address that was just registered.

use std::net::IpAddr;

use crate::id::SessionId;

/// Origin of an attempt to log in, as the owner of the e-mail address knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// A device with a refresh token of this session of theirs.
    Device(SessionId),
    /// The neighbourhood of a network that they logged in from.
    Neighbourhood(IpAddr),
    /// Neither.
    Strange,
}

impl Origin {
    /// The key of the attempts as `whom` that count together.
    pub(super) fn key(self, whom: &str) -> String {
        match self {
            Self::Device(session) => format!("{session} {whom}"),
            Self::Neighbourhood(network) => format!("{network} {whom}"),
            Self::Strange => whom.to_owned(),
        }
    }
}
