use std::net::IpAddr;
use std::time::Duration;

use chrono::TimeDelta;
use thiserror::Error;

use super::error::UsersError;
use super::guesses::Origin;
use super::model::{LONGEST_EMAIL, email_key};
use super::turns::LineLimits;
use crate::graphql::ClientInfo;
use crate::id::UserId;
use crate::limiter::{DelayGrowth, GrowingDelay, Limiter, Limiters, Rate, TooOften, address_key, site_key};

/// Limits on attempts to register or log in.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Wrong passwords for one e-mail address from one address, or from one device that was logged in.
    pub log_in: Rate,
    /// Wrong passwords for one e-mail address from everywhere: from strangers, or from one place that it was used from.
    pub guesses: DelayGrowth,
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
            guesses: DelayGrowth {
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

/// Counts what [`Limits`] bounds, on all nodes together.
#[derive(Debug)]
pub(super) struct Gates {
    limits: Limits,
    log_in: Limiter,
    guesses: GrowingDelay,
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
    pub(super) fn new(limiters: &Limiters, limits: &Limits) -> Self {
        let limiter = |name, rate| limiters.limiter(name, rate);
        Self {
            limits: *limits,
            guesses: limiters.growing_delay("guesses", limits.guesses),
            log_in: limiter("log_in", limits.log_in),
            log_in_as_anybody: limiter("log_in_as_anybody", limits.log_in_as_anybody),
            log_in_from_site: limiter("log_in_from_site", limits.log_in_from_site),
            register: limiter("register", limits.register),
            register_from_site: limiter("register_from_site", limits.register_from_site),
            register_locally: limiter("register_locally", limits.register_locally),
            verification_mail: limiter("verification_mail", limits.verification_mail),
            email_change: limiter("email_change", limits.email_change),
            password_reset: limiter("password_reset", limits.password_reset),
            password_reset_of_anybody: limiter("password_reset_of_anybody", limits.password_reset_of_anybody),
            password_reset_mail: limiter("password_reset_mail", limits.password_reset_mail),
            mail_token: limiter("mail_token", limits.mail_token),
            mail_token_of_user: limiter("mail_token_of_user", limits.mail_token_of_user),
            two_factor_code: limiter("two_factor_code", limits.two_factor_code),
        }
    }

    pub(super) async fn register(&self, client: &ClientInfo) -> Result<(), LimitReached> {
        let address = address_key(client.ip);
        let (of_address, of_site) = (
            "registrations an hour from one network address",
            "registrations an hour from one network",
        );
        if client.is_local {
            let spent = self.register_locally.spend(&address).await;
            return spent.map_err(reached(of_address, self.limits.register_locally));
        }
        let spent = self.register.spend(&address).await;
        spent.map_err(reached(of_address, self.limits.register))?;
        let spent = self.register_from_site.spend(&site_key(client.ip)).await;
        spent.map_err(reached(of_site, self.limits.register_from_site))
    }

    /// The attempt was not looked at, and does not count.
    pub(super) async fn was_no_registration(&self, client: &ClientInfo) {
        let address = address_key(client.ip);
        if client.is_local {
            self.register_locally.give_back(&address).await;
        } else {
            self.register.give_back(&address).await;
            self.register_from_site.give_back(&site_key(client.ip)).await;
        }
    }

    /// Counts a mail that `user` asks for.
    pub(super) async fn verification_mail(&self, user: UserId) -> Result<(), LimitReached> {
        let spent = self.verification_mail.spend(&user.to_string()).await;
        spent.map_err(reached(
            "verification mails an hour",
            self.limits.verification_mail,
        ))
    }

    /// Counts a change of the e-mail address that `user` asks for.
    pub(super) async fn email_change(&self, user: UserId) -> Result<(), LimitReached> {
        let spent = self.email_change.spend(&user.to_string()).await;
        let of = "changes of the e-mail address an hour";
        spent.map_err(reached(of, self.limits.email_change))
    }

    /// Counts a request of another password for `whom`, who may be nobody.
    pub(super) async fn password_reset(&self, client: &ClientInfo, whom: &str) -> Result<(), UsersError> {
        if !client.is_local {
            self.password_reset_of_anybody
                .spend(&address_key(client.ip))
                .await?;
        }
        let spent = self.password_reset.spend(&pair_key(client.ip, whom)).await;
        let of = "requests of a new password an hour for one e-mail address";
        Ok(spent.map_err(reached(of, self.limits.password_reset))?)
    }

    /// Counts a mail with another password to `whom`; false when they got enough of them, whoever asked.
    pub(super) async fn password_reset_mail(&self, whom: &str) -> bool {
        self.password_reset_mail.spend(&email_key(whom)).await.is_ok()
    }

    /// Counts a token as wrong before it is looked up, for whoever presents it and for the user that it names.
    pub(super) async fn mail_token(
        &self,
        client: &ClientInfo,
        user: Option<UserId>,
    ) -> Result<(), LimitReached> {
        let spent = self.mail_token.spend(&address_key(client.ip)).await;
        let of = "wrong links an hour from one network address";
        spent.map_err(reached(of, self.limits.mail_token))?;
        let Some(user) = user else {
            return Ok(());
        };
        let spent = self.mail_token_of_user.spend(&user.to_string()).await;
        spent.map_err(reached(
            "wrong links an hour for one user",
            self.limits.mail_token_of_user,
        ))
    }

    /// The token was good, and does not count.
    pub(super) async fn was_no_guess_of_token(&self, client: &ClientInfo, user: UserId) {
        self.mail_token.give_back(&address_key(client.ip)).await;
        self.mail_token_of_user.give_back(&user.to_string()).await;
    }

    /// Counts a code of the second factor of `user` as wrong before it is looked at. Only who gave their password comes
    /// here, so nobody else uses the limit up.
    pub(super) async fn two_factor_code(&self, user: UserId) -> Result<(), LimitReached> {
        let spent = self.two_factor_code.spend(&user.to_string()).await;
        let of = "wrong codes of two-factor authentication in 15 minutes";
        spent.map_err(reached(of, self.limits.two_factor_code))
    }

    /// The code was right, and does not count.
    pub(super) async fn was_no_guess_of_code(&self, user: UserId) {
        self.two_factor_code.give_back(&user.to_string()).await;
    }

    /// Counts an attempt to log in as anybody, before anything is looked at.
    pub(super) async fn log_in(&self, client: &ClientInfo) -> Result<(), UsersError> {
        if !client.is_local {
            self.log_in_as_anybody.spend(&address_key(client.ip)).await?;
            self.log_in_from_site.spend(&site_key(client.ip)).await?;
        }
        Ok(())
    }

    /// Counts an attempt as `whom` before its password is looked at, so that many at once count as many.
    pub(super) async fn guess(
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
        let spent = self.log_in.spend(&guess.alone).await;
        let of = "wrong passwords a minute for one e-mail address";
        spent.map_err(reached(of, self.limits.log_in))?;
        if let Err(too_often) = self.guesses.spend(&guess.together).await {
            self.log_in.give_back(&guess.alone).await;
            return Err(LimitReached {
                of: "wrong passwords in a row for one e-mail address",
                limit: self.limits.guesses.free,
                retry_after: too_often.retry_after,
            });
        }
        Ok(guess)
    }

    /// Counts an attempt of somebody who is signed in as `whom`.
    pub(super) async fn guess_of_viewer(&self, client: &ClientInfo, whom: &str) -> Result<(), UsersError> {
        self.log_in(client).await?;
        let spent = self.log_in.spend(&pair_key(client.ip, whom)).await;
        let of = "wrong passwords a minute for one e-mail address";
        Ok(spent.map_err(reached(of, self.limits.log_in))?)
    }

    /// The attempt was no guess, because the password was right or was not looked at, and does not count as one.
    pub(super) async fn was_no_guess(&self, guess: &Guess) {
        self.log_in.give_back(&guess.alone).await;
        self.guesses.give_back(&guess.together).await;
    }

    /// As [`Self::was_no_guess`], of [`Self::guess_of_viewer`].
    pub(super) async fn was_no_guess_of_viewer(&self, client: &ClientInfo, whom: &str) {
        self.log_in.give_back(&pair_key(client.ip, whom)).await;
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
