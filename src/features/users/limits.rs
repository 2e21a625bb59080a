use std::net::IpAddr;

use chrono::TimeDelta;

use super::model::{LONGEST_EMAIL, email_key};
use super::turns::LineLimits;
use crate::clock::SharedClock;
use crate::graphql::ClientInfo;
use crate::limiter::{Limiter, Rate, TooOften, address_key, site_key};

/// Limits on attempts to register or log in.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Wrong passwords for one e-mail address from one address.
    pub log_in: Rate,
    /// Attempts to log in from one address, to any user. This machine is exempt.
    pub log_in_as_anybody: Rate,
    /// Attempts to log in from one site of many addresses. This machine is exempt.
    pub log_in_from_site: Rate,
    /// Registrations from one address.
    pub register: Rate,
    /// Registrations from one site of many addresses.
    pub register_from_site: Rate,
    /// Registrations from this machine: a process on it could write to the database as well.
    pub register_locally: Rate,
    /// Clients that wait for their password to be computed.
    pub line: LineLimits,
}

impl Limits {
    /// The limits in service.
    pub const fn in_service() -> Self {
        let (minute, hour) = (TimeDelta::minutes(1), TimeDelta::hours(1));
        Self {
            log_in: Rate {
                burst: 5,
                per: minute,
            },
            log_in_as_anybody: Rate {
                burst: 30,
                per: minute,
            },
            log_in_from_site: Rate {
                burst: 120,
                per: minute,
            },
            register: Rate { burst: 3, per: hour },
            register_from_site: Rate { burst: 12, per: hour },
            register_locally: Rate {
                burst: 1_000,
                per: hour,
            },
            // The last in a line waits some six seconds.
            line: LineLimits {
                per_core: 12,
                per_network: 4,
                per_site: 8,
            },
        }
    }
}

/// Counts what [`Limits`] bounds.
#[derive(Debug)]
pub(super) struct Gates {
    log_in: Limiter,
    log_in_as_anybody: Limiter,
    log_in_from_site: Limiter,
    register: Limiter,
    register_from_site: Limiter,
    register_locally: Limiter,
}

impl Gates {
    pub(super) fn new(clock: &SharedClock, limits: Limits) -> Self {
        let limiter = |rate| Limiter::new(SharedClock::clone(clock), rate);
        Self {
            log_in: limiter(limits.log_in),
            log_in_as_anybody: limiter(limits.log_in_as_anybody),
            log_in_from_site: limiter(limits.log_in_from_site),
            register: limiter(limits.register),
            register_from_site: limiter(limits.register_from_site),
            register_locally: limiter(limits.register_locally),
        }
    }

    pub(super) fn register(&self, client: &ClientInfo) -> Result<(), TooOften> {
        let address = address_key(client.ip);
        if client.is_local {
            return self.register_locally.spend(&address);
        }
        self.register.spend(&address)?;
        self.register_from_site.spend(&site_key(client.ip))
    }

    /// The attempt was not looked at, and does not count.
    pub(super) fn was_no_registration(&self, client: &ClientInfo) {
        let address = address_key(client.ip);
        if client.is_local {
            self.register_locally.give_back(&address);
        } else {
            self.register.give_back(&address);
            self.register_from_site.give_back(&site_key(client.ip));
        }
    }

    /// Counts an attempt as `whom` before its password is looked at, so that many at once count as many.
    pub(super) fn log_in(&self, client: &ClientInfo, whom: &str) -> Result<(), TooOften> {
        if !client.is_local {
            self.log_in_as_anybody.spend(&address_key(client.ip))?;
            self.log_in_from_site.spend(&site_key(client.ip))?;
        }
        self.log_in.spend(&pair_key(client.ip, whom))
    }

    /// The attempt was no guess, because the password was right or was not looked at, and does not count as one.
    pub(super) fn was_no_guess(&self, client: &ClientInfo, whom: &str) {
        self.log_in.give_back(&pair_key(client.ip, whom));
    }
}

/// Bounds the length of a key that an attacker may choose to that of an address.
fn pair_key(ip: Option<IpAddr>, whom: &str) -> String {
    let whom: String = email_key(whom).chars().take(LONGEST_EMAIL).collect();
    format!("{} {whom}", address_key(ip))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_of_no_case_and_no_longer_than_an_address_can_be() {
        let key = pair_key(None, &"E".repeat(1 << 20));

        assert_eq!(key, pair_key(None, &"e".repeat(LONGEST_EMAIL)));
        assert_ne!(key, pair_key(None, &"e".repeat(LONGEST_EMAIL - 1)));
    }
}
