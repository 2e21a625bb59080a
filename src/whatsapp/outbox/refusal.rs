//! WhatsApp's codes that mean a pause in sending.

use std::borrow::Cow;

use async_graphql::Enum;
use chrono::{DateTime, TimeDelta, Utc};

use crate::event::{Pause, SendOutcome};

/// Code for too many messages.
const TOO_MANY: &str = "429";
/// Code for messages to people who never wrote: the reach-out timelock.
const TIMELOCKED: &str = "463";

/// Reason for which WhatsApp asked to send nothing for a time. Clients must expect reasons that are added later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(name = "SendsPausedReason")]
pub enum PauseReason {
    /// Too much was sent in a short time (WhatsApp's code 429).
    TooManyMessages,
    /// The account may write to nobody who has not written to it, for a time (WhatsApp's code 463).
    StrangersRefused,
    /// None of the others; the message has WhatsApp's code.
    Other,
}

impl PauseReason {
    /// The reason that WhatsApp's code stands for.
    pub fn of(code: &str) -> Self {
        match code {
            TOO_MANY => Self::TooManyMessages,
            TIMELOCKED => Self::StrangersRefused,
            _ => Self::Other,
        }
    }
}

/// The name of WhatsApp's answer to a message: a code of three digits, of which there are few, or one of our own.
pub(super) fn name_answer(outcome: Option<&SendOutcome>) -> Cow<'static, str> {
    match outcome {
        None => "NONE".into(),
        Some(SendOutcome::Acked) => "OK".into(),
        Some(SendOutcome::Rejected { code }) if is_code(code) => code.clone().into(),
        Some(
            SendOutcome::Rejected { .. }
            | SendOutcome::Sent
            | SendOutcome::Failed { .. }
            | SendOutcome::Withdrawn { .. },
        ) => "OTHER".into(),
    }
}

fn is_code(text: &str) -> bool {
    text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Returns true when the code means that nothing more is to be sent for a time.
pub(super) fn means_pause(code: &str) -> bool {
    matches!(code, TOO_MANY | TIMELOCKED)
}

/// The pause that an outcome asks for, with an estimated end: an hour after too many messages, a day for the timelock.
/// None when it asks for none.
pub(super) fn estimate_pause(outcome: &SendOutcome, at: DateTime<Utc>) -> Option<Pause> {
    let SendOutcome::Rejected { code } = outcome else {
        return None;
    };
    let lasts = match code.as_str() {
        TOO_MANY => TimeDelta::hours(1),
        TIMELOCKED => TimeDelta::hours(24),
        _ => return None,
    };
    Some(Pause {
        until: at + lasts,
        code: code.clone(),
    })
}

/// Returns true for a pause whose end WhatsApp names when it is asked.
pub(super) fn has_known_end(pause: &Pause) -> bool {
    pause.code == TIMELOCKED
}

/// Describes a pause to the account's owner, by WhatsApp's code.
pub fn describe_pause(code: &str) -> String {
    match code {
        TOO_MANY => format!("WhatsApp says that too much was sent in a short time ({code})"),
        TIMELOCKED => {
            format!(
                "WhatsApp lets the account write to nobody who has not written to it, for a time ({code})"
            )
        }
        other => format!("WhatsApp asked to wait ({other})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_that_is_none_of_whatsapps_is_not_named() {
        let refused = |code: &str| SendOutcome::Rejected {
            code: code.to_owned(),
        };

        assert_eq!(name_answer(None), "NONE");
        assert_eq!(name_answer(Some(&SendOutcome::Acked)), "OK");
        assert_eq!(name_answer(Some(&refused("463"))), "463");
        for odd in ["", "46", "4630", "4 3", "a message from 5511"] {
            assert_eq!(name_answer(Some(&refused(odd))), "OTHER", "{odd}");
        }
    }
}
