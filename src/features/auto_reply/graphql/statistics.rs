use async_graphql::{ComplexObject, Context, Object, Result, SimpleObject};
use chrono::NaiveDate;

use super::super::statistics::Statistics;
use crate::features::schema::Contact;
use crate::graphql::Entity;
use crate::id::ContactId;

/// How many messages an account answered by itself.
#[derive(Debug, Clone)]
pub struct AutoReplyStatistics(pub Statistics);

/// How many messages an account answered by itself.
#[Object]
impl AutoReplyStatistics {
    /// Each day on which a message was answered, or noted as not to be, the earliest first. Other days are left out.
    async fn days(&self) -> Vec<AutoReplyDay> {
        let days = self.0.days.iter();
        days.map(|day| AutoReplyDay {
            date: day.date,
            sent: day.sent,
            skipped: day.skipped,
            failed: day.failed,
        })
        .collect()
    }

    /// Whom most answers went to, the most first, at most 100.
    async fn contacts(&self) -> Vec<AutoReplyContact> {
        let contacts = self.0.contacts.iter();
        contacts
            .map(|answered| AutoReplyContact {
                contact_id: answered.contact(),
                sent: answered.count,
            })
            .collect()
    }

    /// How many answers were sent in all.
    async fn sent(&self) -> i64 {
        self.0.days.iter().map(|day| day.sent).sum()
    }
}

/// What was answered on one day.
#[derive(Debug, Clone, SimpleObject)]
pub struct AutoReplyDay {
    /// The day, by the clock of the user's time zone.
    date: NaiveDate,
    /// How many answers were sent.
    sent: i64,
    /// How many messages were noted as not to be answered; the same reason counts once an hour for each contact.
    skipped: i64,
    /// How many answers WhatsApp refused, or could not be sent.
    failed: i64,
}

/// How often a contact was answered.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct AutoReplyContact {
    #[graphql(skip)]
    contact_id: ContactId,
    /// How many answers they were sent.
    sent: i64,
}

#[ComplexObject]
impl AutoReplyContact {
    /// Who.
    async fn contact(&self, ctx: &Context<'_>) -> Result<Contact> {
        Contact::load(ctx, self.contact_id).await
    }
}
