use async_graphql::{Context, Object, Result};
use chrono::{DateTime, Utc};

use super::Contact;
use crate::features::StatusView;
use crate::graphql::{Entity as _, PageCursor};

/// View of a status by a contact.
#[derive(Debug, Clone, Copy)]
pub struct StatusViewer(pub StatusView);

/// View of a status by a contact.
#[Object]
impl StatusViewer {
    /// Contact who viewed the status.
    async fn contact(&self, ctx: &Context<'_>) -> Result<Contact> {
        Contact::load(ctx, self.0.contact).await
    }

    /// Time of the contact's first view, by WhatsApp's clock.
    async fn viewed_at(&self) -> DateTime<Utc> {
        self.0.viewed_at
    }
}

impl StatusViewer {
    /// The position of the viewer in a list.
    pub fn page_cursor(&self) -> PageCursor {
        PageCursor {
            at: self.0.viewed_at,
            id: self.0.contact.into(),
        }
    }
}
