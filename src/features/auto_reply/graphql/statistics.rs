//! GraphQL objects of the statistics.

use async_graphql::{ComplexObject, Context, Object, Result, SimpleObject};

use crate::features::auto_reply::store::statistics::ReplyStatistics;
use crate::features::schema::Contact;
use crate::graphql::{Date, Entity};
use crate::id::ContactId;

/// Numbers of automatic replies of an account in a period.
#[derive(Debug, Clone)]
pub struct AutoReplyStatistics(pub ReplyStatistics);

/// Numbers of automatic replies of an account in a period.
#[Object]
impl AutoReplyStatistics {
    /// Days on which a reply was sent, skipped or failed, the earliest first. Other days are left out.
    async fn days(&self) -> Vec<AutoReplyDay> {
        let days = self.0.days.iter();
        days.map(|day| AutoReplyDay {
            date: Date(day.date),
            sent: day.sent,
            skipped: day.skipped,
            failed: day.failed,
        })
        .collect()
    }

    /// Contacts who got most replies, the highest number first, at most 100.
    async fn contacts(&self) -> Vec<AutoReplyContact> {
        let contacts = self.0.contacts.iter();
        contacts
            .map(|answered| AutoReplyContact {
                contact_id: answered.contact(),
                sent: answered.count,
            })
            .collect()
    }

    /// Number of replies sent in the whole period.
    async fn sent(&self) -> i64 {
        self.0.days.iter().map(|day| day.sent).sum()
    }
}

/// Numbers of automatic replies on one day.
#[derive(Debug, Clone, SimpleObject)]
pub struct AutoReplyDay {
    /// Day by the clock of the user's time zone.
    date: Date,
    /// Number of replies that WhatsApp accepted, or has not answered yet.
    sent: i64,
    /// Number of messages recorded without a reply; the same reason counts at most once an hour for each contact.
    skipped: i64,
    /// Number of replies that WhatsApp refused or that could not be sent.
    failed: i64,
}

/// Number of automatic replies to one contact.
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
    /// Contact who got the replies.
    async fn contact(&self, ctx: &Context<'_>) -> Result<Contact> {
        Contact::load(ctx, self.contact_id).await
    }
}
