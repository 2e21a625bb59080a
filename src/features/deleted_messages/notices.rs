use async_trait::async_trait;
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use uuid::Uuid;

use super::store;
use crate::features::deleted_messages::DeletedMessageId;
use crate::hub::{EventKind, EventRow};
use crate::notices::{Deed, Language, Locale, NewNotice, NoticeKind, NoticeType, TemplateData};
use crate::work::Work;

/// The notice of a real deletion, posted once even when its row changes later.
#[derive(Debug)]
pub(super) struct MessageDeleted;

#[async_trait]
impl NoticeType for MessageDeleted {
    fn kind(&self) -> NoticeKind {
        NoticeKind::MessageDeleted
    }

    fn subject_type(&self) -> Option<&'static str> {
        Some(DeletedMessageId::KIND)
    }

    fn title(&self, language: Language) -> &'static str {
        language.pick(
            "A message was deleted",
            "Un message a été supprimé",
            "Uma mensagem foi apagada",
        )
    }

    fn body(&self, data: &TemplateData, Locale { language, .. }: Locale) -> String {
        let contact = data.contact_name(language);
        let beginning = language.pick(
            format!("{contact} deleted a message"),
            format!("{contact} a supprimé un message"),
            format!("{contact} apagou uma mensagem"),
        );
        data.sentence_in_group(&beginning, language)
    }

    fn posted_after(&self) -> Option<EventKind> {
        Some(EventKind::MessageDeleted)
    }

    async fn after_event(&self, work: &mut Work, event: &EventRow) -> QueryResult<Option<NewNotice>> {
        let is_real = store::is_deleted(work, event.event.subject.into()).await?;
        Ok(is_real.then(|| NewNotice::about_subject_of(event, self.kind())))
    }

    async fn deeds(&self, conn: &mut AsyncPgConnection, subjects: &[Uuid]) -> QueryResult<Vec<Deed>> {
        store::deeds(conn, subjects).await
    }
}
