use std::ops::{Deref, DerefMut};

use diesel::QueryResult;

use super::Delay;
use crate::account::AccountRef;
use crate::contacts;
use crate::id::ContactId;
use crate::messages::Recorded;
use crate::work::Work;

/// The account's open unit of work while a feature takes an event in, with the message's record.
pub struct EventContext<'a> {
    /// The account that the event happened to.
    pub account: AccountRef,
    /// The message's row, when the event is a message.
    pub message: Option<Recorded>,
    /// The delay of automatic actions.
    pub delay: Delay,
    sender_rows: Option<Vec<ContactId>>,
    work: &'a mut Work,
}

impl<'a> EventContext<'a> {
    /// A context on `work`; made by the pipeline.
    pub const fn new(
        account: AccountRef,
        work: &'a mut Work,
        message: Option<Recorded>,
        delay: Delay,
    ) -> Self {
        Self {
            account,
            message,
            delay,
            sender_rows: None,
            work,
        }
    }

    /// Every row of the message's sender, aliases included. Features that ask share one answer; a feature that has
    /// resolved a person itself meanwhile asks [`contacts::rows_of`].
    ///
    /// # Errors
    /// The database's.
    pub async fn sender_rows(&mut self) -> QueryResult<Vec<ContactId>> {
        if let Some(known) = &self.sender_rows {
            return Ok(known.clone());
        }
        let sender: Vec<ContactId> = self.message.iter().map(|message| message.sender).collect();
        let rows = contacts::rows_of(self, &sender).await?;
        self.sender_rows = Some(rows.clone());
        Ok(rows)
    }
}

impl Deref for EventContext<'_> {
    type Target = Work;

    fn deref(&self) -> &Work {
        self.work
    }
}

impl DerefMut for EventContext<'_> {
    fn deref_mut(&mut self) -> &mut Work {
        self.work
    }
}
