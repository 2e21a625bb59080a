use async_graphql::{Enum, SimpleObject};
use chrono::{DateTime, Utc};

/// Stage of an automatic action: a like or a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
pub enum ActionStage {
    /// Decided on; waits for its time.
    Queued,
    /// Handed to WhatsApp.
    Sent,
    /// Accepted by WhatsApp.
    Acked,
    /// Delivered to a device of the recipient.
    Delivered,
    /// Refused by WhatsApp.
    Rejected,
    /// Decided against, or cancelled before it was sent.
    Skipped,
    /// Given up: it could not be sent.
    Failed,
}

/// Stage of an automatic action that was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, SimpleObject)]
pub struct ActionStep {
    /// Stage that was reached.
    pub stage: ActionStage,
    /// Time at which the stage was reached.
    pub occurred_at: DateTime<Utc>,
}

/// The steps that were taken, of those that there are, in order.
pub fn steps(all: impl IntoIterator<Item = (Option<ActionStage>, Option<DateTime<Utc>>)>) -> Vec<ActionStep> {
    all.into_iter()
        .filter_map(|(stage, occurred_at)| {
            Some(ActionStep {
                stage: stage?,
                occurred_at: occurred_at?,
            })
        })
        .collect()
}

/// Cause for which WhatsApp or AMDA did not carry an automatic action out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Failure {
    /// WhatsApp's code, when WhatsApp refused and gave a number.
    pub whatsapp_code: Option<i32>,
    /// Cause in English; none when the code tells it.
    pub message: Option<String>,
}

impl Failure {
    /// A refusal by WhatsApp, with the code that it gave.
    pub fn refused(code: &str) -> Self {
        let whatsapp_code = code.parse().ok();
        Self {
            whatsapp_code,
            message: whatsapp_code
                .is_none()
                .then(|| format!("WhatsApp refused it: {code}")),
        }
    }

    /// A cause in English.
    pub fn because(message: impl Into<String>) -> Self {
        Self {
            whatsapp_code: None,
            message: Some(message.into()),
        }
    }

    /// The cause in English; none when there was no failure.
    pub fn text(&self) -> Option<String> {
        let refused = |code| format!("WhatsApp refused it with the code {code}");
        self.message.clone().or_else(|| self.whatsapp_code.map(refused))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_has_the_code_as_a_number_or_its_text() {
        let numbered = Failure::refused("463");
        let worded = Failure::refused("not-acceptable");

        assert_eq!(numbered.whatsapp_code, Some(463));
        assert_eq!(
            numbered.text().as_deref(),
            Some("WhatsApp refused it with the code 463")
        );
        assert_eq!(worded.whatsapp_code, None);
        assert_eq!(
            worded.text().as_deref(),
            Some("WhatsApp refused it: not-acceptable")
        );
        assert_eq!(Failure::default().text(), None);
    }
}
