//! GraphQL objects of the statistics.

use async_graphql::{ComplexObject, Context, Object, Result, SimpleObject};
use chrono::NaiveDate;

use crate::features::auto_reply::statistics::ReplyStatistics;
use crate::features::schema::Contact;
use crate::graphql::Entity;
use crate::id::ContactId;

/// Numbers of automatic replies of an account.
#[derive(Debug, Clone)]
pub struct AutoReplyStatistics(pub ReplyStatistics);

/// Numbers of automatic replies of an account.
#[Object]
impl AutoReplyStatistics {
    /// The days on which a reply was sent, skipped or failed, earliest first. Other days are left out.
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

    /// The contacts who got most replies, most first, at most 100.
    async fn contacts(&self) -> Vec<AutoReplyContact> {
        let contacts = self.0.contacts.iter();
        contacts
            .map(|answered| AutoReplyContact {
                contact_id: answered.contact(),
                sent: answered.count,
            })
            .collect()
    }

    /// Total number of replies sent.
    async fn sent(&self) -> i64 {
        self.0.days.iter().map(|day| day.sent).sum()
    }
}

/// Numbers of automatic replies on one day.
#[derive(Debug, Clone, SimpleObject)]
pub struct AutoReplyDay {
    /// The day, by the clock of the user's time zone.
    date: NaiveDate,
    /// Number of replies sent.
    sent: i64,
    /// Number of messages recorded without a reply; the same reason counts at most once an hour for each contact.
    skipped: i64,
    /// Number of replies that WhatsApp refused or that could not be sent.
    failed: i64,
}

/// A contact and the number of replies they got.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct AutoReplyContact {
    #[graphql(skip)]
    contact_id: ContactId,
    /// Number of replies sent to the contact.
    sent: i64,
}

#[ComplexObject]
impl AutoReplyContact {
    /// The contact.
    async fn contact(&self, ctx: &Context<'_>) -> Result<Contact> {
        Contact::load(ctx, self.contact_id).await
    }
}
