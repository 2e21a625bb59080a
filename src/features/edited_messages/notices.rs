use async_trait::async_trait;
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use uuid::Uuid;

use super::store;
use crate::features::edited_messages::EditedMessageId;
use crate::hub::{EventKind, EventRow};
use crate::notices::{Deed, Language, Locale, NewNotice, NoticeKind, NoticeType, TemplateData, Urgency};
use crate::work::Work;

/// The notice of a message's first edit.
#[derive(Debug)]
pub(super) struct MessageEdited;

#[async_trait]
impl NoticeType for MessageEdited {
    fn kind(&self) -> NoticeKind {
        NoticeKind::MessageEdited
    }

    fn subject_type(&self) -> Option<&'static str> {
        Some(EditedMessageId::KIND)
    }

    fn is_pushed_by_default(&self) -> bool {
        false
    }

    fn urgency(&self) -> Urgency {
        Urgency::Low
    }

    fn title(&self, language: Language) -> &'static str {
        language.pick(
            "A message was edited",
            "Un message a été modifié",
            "Uma mensagem foi editada",
        )
    }

    fn body(&self, data: &TemplateData, Locale { language, .. }: Locale) -> String {
        let contact = data.contact_name(language);
        let beginning = language.pick(
            format!("{contact} edited a message"),
            format!("{contact} a modifié un message"),
            format!("{contact} editou uma mensagem"),
        );
        data.sentence_in_group(&beginning, language)
    }

    fn posted_after(&self) -> Option<EventKind> {
        Some(EventKind::EditedMessageChanged)
    }

    async fn after_event(&self, work: &mut Work, event: &EventRow) -> QueryResult<Option<NewNotice>> {
        let is_kept = store::exists(work, event.event.subject.into()).await?;
        Ok(is_kept.then(|| NewNotice::about_subject_of(event, self.kind())))
    }

    async fn deeds(&self, conn: &mut AsyncPgConnection, subjects: &[Uuid]) -> QueryResult<Vec<Deed>> {
        store::deeds(conn, subjects).await
    }
}
