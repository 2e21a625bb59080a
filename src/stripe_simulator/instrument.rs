//! The cards and bank accounts with which a person can pay, by the numbers that Stripe gives for tests.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::refusal::Refusal;

/// A way to pay, and its behaviour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Instrument {
    /// Pays.
    Good,
    /// Is declined, at once and always.
    Declined,
    /// Has no money on it.
    Empty,
    /// Has expired.
    Expired,
    /// Can be attached, and every charge is declined.
    DeclinedWhenCharged,
    /// Pays, and its owner disputes every charge.
    Disputed,
    /// A SEPA account that pays after some days.
    SlowGood,
    /// A SEPA account from which the payment fails after some days.
    SlowDeclined,
}

/// The result of charging an instrument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Charged {
    Succeeded,
    Processing,
    Failed(Decline),
}

/// The reason of a failed charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Decline {
    Generic,
    InsufficientFunds,
    ExpiredCard,
    DebitFailed,
}

impl Decline {
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::Generic | Self::InsufficientFunds => "card_declined",
            Self::ExpiredCard => "expired_card",
            Self::DebitFailed => "payment_intent_payment_attempt_failed",
        }
    }

    pub(super) const fn decline_code(self) -> Option<&'static str> {
        match self {
            Self::Generic => Some("generic_decline"),
            Self::InsufficientFunds => Some("insufficient_funds"),
            Self::ExpiredCard | Self::DebitFailed => None,
        }
    }

    pub(super) const fn message(self) -> &'static str {
        match self {
            Self::Generic => "Your card was declined.",
            Self::InsufficientFunds => "Your card has insufficient funds.",
            Self::ExpiredCard => "Your card has expired.",
            Self::DebitFailed => "The payment failed.",
        }
    }

    pub(super) fn refusal(self) -> Refusal {
        Refusal::declined(self.code(), self.decline_code(), self.message())
    }
}

impl Instrument {
    /// Every instrument, in the order in which the pages offer them.
    pub(super) const ALL: [Self; 8] = [
        Self::Good,
        Self::Declined,
        Self::Empty,
        Self::Expired,
        Self::DeclinedWhenCharged,
        Self::Disputed,
        Self::SlowGood,
        Self::SlowDeclined,
    ];

    pub(super) const fn number(self) -> &'static str {
        match self {
            Self::Good => "4242424242424242",
            Self::Declined => "4000000000000002",
            Self::Empty => "4000000000009995",
            Self::Expired => "4000000000000069",
            Self::DeclinedWhenCharged => "4000000000000341",
            Self::Disputed => "4000000000000259",
            Self::SlowGood => "DE89370400440532013000",
            Self::SlowDeclined => "DE62370400440532013001",
        }
    }

    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Good => "card that pays",
            Self::Declined => "card that is declined",
            Self::Empty => "card with insufficient funds",
            Self::Expired => "card that has expired",
            Self::DeclinedWhenCharged => "card that can be saved, and is declined when charged",
            Self::Disputed => "card whose owner disputes the charge",
            Self::SlowGood => "SEPA account that pays later",
            Self::SlowDeclined => "SEPA account from which the payment fails later",
        }
    }

    /// The instrument with a number, which may be written with blanks.
    pub(super) fn of_number(number: &str) -> Option<Self> {
        let number: String = number.split_whitespace().collect();
        Self::ALL
            .into_iter()
            .find(|instrument| instrument.number() == number)
    }

    /// True for a bank account, from which money comes after days.
    pub(super) const fn is_slow(self) -> bool {
        matches!(self, Self::SlowGood | Self::SlowDeclined)
    }

    /// The refusal to attach it to a customer, where there is one.
    pub(super) const fn attached(self) -> Option<Decline> {
        match self {
            Self::Declined => Some(Decline::Generic),
            Self::Empty => Some(Decline::InsufficientFunds),
            Self::Expired => Some(Decline::ExpiredCard),
            Self::Good | Self::DeclinedWhenCharged | Self::Disputed | Self::SlowGood | Self::SlowDeclined => {
                None
            }
        }
    }

    pub(super) const fn charged(self) -> Charged {
        match self {
            Self::Good | Self::Disputed => Charged::Succeeded,
            Self::SlowGood | Self::SlowDeclined => Charged::Processing,
            Self::DeclinedWhenCharged | Self::Declined => Charged::Failed(Decline::Generic),
            Self::Empty => Charged::Failed(Decline::InsufficientFunds),
            Self::Expired => Charged::Failed(Decline::ExpiredCard),
        }
    }

    pub(super) const fn kind(self) -> &'static str {
        if self.is_slow() { "sepa_debit" } else { "card" }
    }

    fn last4(self) -> &'static str {
        let number = self.number();
        &number[number.len() - 4..]
    }

    /// The part of a payment method that describes the instrument.
    pub(super) fn details(self) -> Value {
        if self.is_slow() {
            return json!({
                "bank_code": "37040044",
                "branch_code": "",
                "country": "DE",
                "fingerprint": format!("bank{}", self.last4()),
                "generated_from": { "charge": null, "setup_attempt": null },
                "last4": self.last4(),
            });
        }
        json!({
            "brand": "visa",
            "checks": { "address_line1_check": null, "address_postal_code_check": null, "cvc_check": "pass" },
            "country": "US",
            "display_brand": "visa",
            "exp_month": 12,
            "exp_year": if self == Self::Expired { 2020 } else { 2044 },
            "fingerprint": format!("card{}", self.last4()),
            "funding": "credit",
            "generated_from": null,
            "last4": self.last4(),
            "networks": { "available": ["visa"], "preferred": null },
            "regulated_status": "unregulated",
            "three_d_secure_usage": { "supported": true },
            "wallet": null,
        })
    }

    /// The part of a charge that describes the instrument.
    pub(super) fn charge_details(self) -> Value {
        let mut details = self.details();
        if let Some(fields) = details.as_object_mut() {
            for field in [
                "display_brand",
                "generated_from",
                "networks",
                "three_d_secure_usage",
            ] {
                fields.remove(field);
            }
        }
        let kind = self.kind();
        json!({ "type": kind, kind: details })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_found_however_it_is_spaced() {
        assert_eq!(
            Instrument::of_number("4242 4242 4242 4242"),
            Some(Instrument::Good)
        );
        assert_eq!(Instrument::of_number("1234"), None);
    }

    #[test]
    fn each_instrument_has_a_number_of_its_own() {
        for instrument in Instrument::ALL {
            assert_eq!(Instrument::of_number(instrument.number()), Some(instrument));
        }
    }
}
