use std::net::IpAddr;
use std::time::Duration;

use chrono::TimeDelta;
use thiserror::Error;

use super::error::UsersError;
use super::guesses::{GuessLimits, Guesses, Origin};
use super::model::{LONGEST_EMAIL, email_key};
use super::turns::LineLimits;
use crate::clock::SharedClock;
use crate::graphql::ClientInfo;
use crate::id::UserId;
use crate::limiter::{Limiter, Rate, TooOften, address_key, site_key};

/// Limits on attempts to register or log in.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Wrong passwords for one e-mail address from one address, or from one device that was logged in.
    pub log_in: Rate,
    /// Wrong passwords for one e-mail address from everywhere: from strangers, or from one place that it was used from.
    pub guesses: GuessLimits,
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
    /// Mails that a user asks for, to prove their address.
    pub verification_mail: Rate,
    /// Changes of the e-mail address that a user asks for.
    pub email_change: Rate,
    /// Requests of another password for one e-mail address from one address.
    pub password_reset: Rate,
    /// Requests of another password from one address, for any user. This machine is exempt.
    pub password_reset_of_anybody: Rate,
    /// Mails with another password to one e-mail address, whoever asks.
    pub password_reset_mail: Rate,
    /// Wrong tokens of mails from one address.
    pub mail_token: Rate,
    /// Wrong tokens of mails that name one user.
    pub mail_token_of_user: Rate,
    /// Wrong codes of the second factor of one user, given behind the right password.
    pub two_factor_code: Rate,
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
            guesses: GuessLimits {
                free: 10,
                first_delay: TimeDelta::seconds(15),
                longest_delay: TimeDelta::minutes(15),
                forgotten_after: TimeDelta::hours(6),
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
            verification_mail: Rate { burst: 5, per: hour },
            email_change: Rate { burst: 5, per: hour },
            password_reset: Rate { burst: 3, per: hour },
            password_reset_of_anybody: Rate { burst: 12, per: hour },
            password_reset_mail: Rate { burst: 6, per: hour },
            mail_token: Rate { burst: 30, per: hour },
            mail_token_of_user: Rate { burst: 10, per: hour },
            two_factor_code: Rate {
                burst: 10,
                per: TimeDelta::minutes(15),
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

/// Refusal of an attempt that one person could have made: their form tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the limit for {of} is {limit}; possible again in {} s", .retry_after.as_secs().max(1))]
pub struct LimitReached {
    /// What is limited, in the plural, with its time.
    pub of: &'static str,
    /// Number of attempts in that time.
    pub limit: u32,
    /// Time until the next attempt.
    pub retry_after: Duration,
}

/// Counts what [`Limits`] bounds.
#[derive(Debug)]
pub(super) struct Gates {
    limits: Limits,
    log_in: Limiter,
    guesses: Guesses,
    log_in_as_anybody: Limiter,
    log_in_from_site: Limiter,
    register: Limiter,
    register_from_site: Limiter,
    register_locally: Limiter,
    verification_mail: Limiter,
    email_change: Limiter,
    password_reset: Limiter,
    password_reset_of_anybody: Limiter,
    password_reset_mail: Limiter,
    mail_token: Limiter,
    mail_token_of_user: Limiter,
    two_factor_code: Limiter,
}

impl Gates {
    pub(super) fn new(clock: &SharedClock, limits: &Limits) -> Self {
        let limiter = |rate| Limiter::new(SharedClock::clone(clock), rate);
        Self {
            limits: *limits,
            log_in: limiter(limits.log_in),
            guesses: Guesses::new(clock, limits.guesses),
            log_in_as_anybody: limiter(limits.log_in_as_anybody),
            log_in_from_site: limiter(limits.log_in_from_site),
            register: limiter(limits.register),
            register_from_site: limiter(limits.register_from_site),
            register_locally: limiter(limits.register_locally),
            verification_mail: limiter(limits.verification_mail),
            email_change: limiter(limits.email_change),
            password_reset: limiter(limits.password_reset),
            password_reset_of_anybody: limiter(limits.password_reset_of_anybody),
            password_reset_mail: limiter(limits.password_reset_mail),
            mail_token: limiter(limits.mail_token),
            mail_token_of_user: limiter(limits.mail_token_of_user),
            two_factor_code: limiter(limits.two_factor_code),
        }
    }

    pub(super) fn register(&self, client: &ClientInfo) -> Result<(), LimitReached> {
        let address = address_key(client.ip);
        let (of_address, of_site) = (
            "registrations an hour from one network address",
            "registrations an hour from one network",
        );
        if client.is_local {
            let spent = self.register_locally.spend(&address);
            return spent.map_err(reached(of_address, self.limits.register_locally));
        }
        let spent = self.register.spend(&address);
        spent.map_err(reached(of_address, self.limits.register))?;
        let spent = self.register_from_site.spend(&site_key(client.ip));
        spent.map_err(reached(of_site, self.limits.register_from_site))
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

    /// Counts a mail that `user` asks for.
    pub(super) fn verification_mail(&self, user: UserId) -> Result<(), LimitReached> {
        let spent = self.verification_mail.spend(&user.to_string());
        spent.map_err(reached(
            "verification mails an hour",
            self.limits.verification_mail,
        ))
    }

    /// Counts a change of the e-mail address that `user` asks for.
    pub(super) fn email_change(&self, user: UserId) -> Result<(), LimitReached> {
        let spent = self.email_change.spend(&user.to_string());
        let of = "changes of the e-mail address an hour";
        spent.map_err(reached(of, self.limits.email_change))
    }

    /// Counts a request of another password for `whom`, who may be nobody.
    pub(super) fn password_reset(&self, client: &ClientInfo, whom: &str) -> Result<(), UsersError> {
        if !client.is_local {
            self.password_reset_of_anybody.spend(&address_key(client.ip))?;
        }
        let spent = self.password_reset.spend(&pair_key(client.ip, whom));
        let of = "requests of a new password an hour for one e-mail address";
        Ok(spent.map_err(reached(of, self.limits.password_reset))?)
    }

    /// Counts a mail with another password to `whom`; false when they got enough of them, whoever asked.
    pub(super) fn password_reset_mail(&self, whom: &str) -> bool {
        self.password_reset_mail.spend(&email_key(whom)).is_ok()
    }

    /// Counts a token as wrong before it is looked up, for whoever presents it and for the user that it names.
    pub(super) fn mail_token(&self, client: &ClientInfo, user: Option<UserId>) -> Result<(), LimitReached> {
        let spent = self.mail_token.spend(&address_key(client.ip));
        let of = "wrong links an hour from one network address";
        spent.map_err(reached(of, self.limits.mail_token))?;
        let Some(user) = user else {
            return Ok(());
        };
        let spent = self.mail_token_of_user.spend(&user.to_string());
        spent.map_err(reached(
            "wrong links an hour for one user",
            self.limits.mail_token_of_user,
        ))
    }

    /// The token was good, and does not count.
    pub(super) fn was_no_guess_of_token(&self, client: &ClientInfo, user: UserId) {
        self.mail_token.give_back(&address_key(client.ip));
        self.mail_token_of_user.give_back(&user.to_string());
    }

    /// Counts a code of the second factor of `user` as wrong before it is looked at. Only who gave their password comes
    /// here, so nobody else uses the limit up.
    pub(super) fn two_factor_code(&self, user: UserId) -> Result<(), LimitReached> {
        let spent = self.two_factor_code.spend(&user.to_string());
        let of = "wrong codes of two-factor authentication in 15 minutes";
        spent.map_err(reached(of, self.limits.two_factor_code))
    }

    /// The code was right, and does not count.
    pub(super) fn was_no_guess_of_code(&self, user: UserId) {
        self.two_factor_code.give_back(&user.to_string());
    }

    /// Counts an attempt to log in as anybody, before anything is looked at.
    pub(super) fn log_in(&self, client: &ClientInfo) -> Result<(), UsersError> {
        if !client.is_local {
            self.log_in_as_anybody.spend(&address_key(client.ip))?;
            self.log_in_from_site.spend(&site_key(client.ip))?;
        }
        Ok(())
    }

    /// Counts an attempt as `whom` before its password is looked at, so that many at once count as many.
    pub(super) fn guess(
        &self,
        client: &ClientInfo,
        whom: &str,
        origin: Origin,
    ) -> Result<Guess, LimitReached> {
        let whom = bounded(whom);
        let guess = Guess {
            alone: match origin {
                Origin::Device(_) => origin.key(&whom),
                Origin::Neighbourhood(_) | Origin::Strange => pair_key(client.ip, &whom),
            },
            together: origin.key(&whom),
        };
        let spent = self.log_in.spend(&guess.alone);
        let of = "wrong passwords a minute for one e-mail address";
        spent.map_err(reached(of, self.limits.log_in))?;
        self.guesses.spend(&guess.together).map_err(|too_often| {
            self.log_in.give_back(&guess.alone);
            LimitReached {
                of: "wrong passwords in a row for one e-mail address",
                limit: self.limits.guesses.free,
                retry_after: too_often.retry_after,
            }
        })?;
        Ok(guess)
    }

    /// Counts an attempt of somebody who is signed in as `whom`.
    pub(super) fn guess_of_viewer(&self, client: &ClientInfo, whom: &str) -> Result<(), UsersError> {
        self.log_in(client)?;
        let spent = self.log_in.spend(&pair_key(client.ip, whom));
        let of = "wrong passwords a minute for one e-mail address";
        Ok(spent.map_err(reached(of, self.limits.log_in))?)
    }

    /// The attempt was no guess, because the password was right or was not looked at, and does not count as one.
    pub(super) fn was_no_guess(&self, guess: &Guess) {
        self.log_in.give_back(&guess.alone);
        self.guesses.give_back(&guess.together);
    }

    /// As [`Self::was_no_guess`], of [`Self::guess_of_viewer`].
    pub(super) fn was_no_guess_of_viewer(&self, client: &ClientInfo, whom: &str) {
        self.log_in.give_back(&pair_key(client.ip, whom));
    }
}

/// An attempt that counts as a guess until it turns out to be none.
#[derive(Debug)]
pub(super) struct Guess {
    /// The key of the client that made it.
    alone: String,
    /// The key of everybody who counts together with the client.
    together: String,
}

fn reached(of: &'static str, rate: Rate) -> impl FnOnce(TooOften) -> LimitReached {
    move |TooOften { retry_after }| LimitReached {
        of,
        limit: rate.burst,
        retry_after,
    }
}

fn pair_key(ip: Option<IpAddr>, whom: &str) -> String {
    format!("{} {}", address_key(ip), bounded(whom))
}

/// Bounds the length of a key that an attacker may choose to that of an address.
fn bounded(whom: &str) -> String {
    email_key(whom).chars().take(LONGEST_EMAIL).collect()
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
