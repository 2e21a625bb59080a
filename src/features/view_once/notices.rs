use async_trait::async_trait;
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use serde_json::json;
use uuid::Uuid;

use super::model::CaptureOutcome;
use super::store;
use crate::features::view_once::ViewOnceId;
use crate::hub::{EventKind, EventRow};
use crate::notices::{self, Deed, Language, Locale, NewNotice, NoticeKind, NoticeType, TemplateData};
use crate::plan::{self, Period};
use crate::work::Work;

/// The notice of a capture.
#[derive(Debug)]
pub(super) struct ViewOnceCaptured;

#[async_trait]
impl NoticeType for ViewOnceCaptured {
    fn kind(&self) -> NoticeKind {
        NoticeKind::ViewOnceCaptured
    }

    fn subject_type(&self) -> Option<&'static str> {
        Some(ViewOnceId::KIND)
    }

    fn title(&self, language: Language) -> &'static str {
        language.pick(
            "A view-once message was captured",
            "Un message à vue unique a été conservé",
            "Uma mensagem de visualização única foi guardada",
        )
    }

    fn body(&self, data: &TemplateData, Locale { language, .. }: Locale) -> String {
        let contact = data.contact_name(language);
        language.pick(
            format!("The view-once message of {contact} was captured."),
            format!("Le message à vue unique de {contact} a été conservé."),
            format!("A mensagem de visualização única de {contact} foi guardada."),
        )
    }

    fn posted_after(&self) -> Option<EventKind> {
        Some(EventKind::ViewOnceCaptured)
    }

    async fn after_event(&self, work: &mut Work, event: &EventRow) -> QueryResult<Option<NewNotice>> {
        let outcome = store::outcome(work, event.event.subject.into()).await?;
        let is_captured = outcome == Some(CaptureOutcome::Captured);
        Ok(is_captured.then(|| NewNotice::about_subject_of(event, self.kind())))
    }

    async fn deeds(&self, conn: &mut AsyncPgConnection, subjects: &[Uuid]) -> QueryResult<Vec<Deed>> {
        store::deeds(conn, subjects).await
    }
}

/// The notice of a larger plan: what the quota kept out can be captured now.
#[derive(Debug)]
pub(super) struct CapturesWaiting;

#[async_trait]
impl NoticeType for CapturesWaiting {
    fn kind(&self) -> NoticeKind {
        NoticeKind::ViewOnceCapturesWaiting
    }

    fn title(&self, language: Language) -> &'static str {
        language.pick(
            "View-once messages can be captured now",
            "Des messages à vue unique peuvent être conservés",
            "Mensagens de visualização única podem ser guardadas agora",
        )
    }

    fn body(&self, data: &TemplateData, locale: Locale) -> String {
        let count = data.details["count"].as_i64().unwrap_or(0);
        let language = locale.language;
        if count == 1 {
            let text = language.pick(
                "Your new plan captures a view-once message that the quota kept out. Try it soon: WhatsApp deletes its file.",
                "Votre nouveau forfait peut conserver un message à vue unique que la limite avait écarté. Essayez vite : WhatsApp supprime son fichier.",
                "Seu novo plano guarda uma mensagem de visualização única que o limite deixou de fora. Tente logo: o WhatsApp apaga o arquivo.",
            );
            return text.to_owned();
        }
        language.pick(
            format!("Your new plan captures {count} view-once messages that the quota kept out. Try it soon: WhatsApp deletes their files."),
            format!("Votre nouveau forfait peut conserver {count} messages à vue unique que la limite avait écartés. Essayez vite : WhatsApp supprime leurs fichiers."),
            format!("Seu novo plano guarda {count} mensagens de visualização única que o limite deixou de fora. Tente logo: o WhatsApp apaga os arquivos."),
        )
    }

    fn posted_after(&self) -> Option<EventKind> {
        Some(EventKind::PlanChanged)
    }

    async fn after_event(&self, work: &mut Work, event: &EventRow) -> QueryResult<Option<NewNotice>> {
        let user = work.user;
        let entitlements = plan::entitlements(work, user).await?;
        if entitlements.max_view_once_captures_per_month.is_some() {
            return Ok(None);
        }
        let count = store::count_retriable(work, user).await?;
        Ok((count > 0).then(|| NewNotice {
            kind: self.kind(),
            account: None,
            subject: None,
            details: json!({ "count": count }),
            at: event.event.occurred_at,
        }))
    }
}

/// The notice of the first message of a month that the quota of captures refused.
#[derive(Debug)]
pub(super) struct QuotaExhausted;

#[async_trait]
impl NoticeType for QuotaExhausted {
    fn kind(&self) -> NoticeKind {
        NoticeKind::ViewOnceQuotaExhausted
    }

    fn title(&self, language: Language) -> &'static str {
        language.pick(
            "This month’s captures are used up",
            "Les captures du mois sont épuisées",
            "As capturas do mês acabaram",
        )
    }

    fn body(&self, data: &TemplateData, locale: Locale) -> String {
        let text = locale.language.pick(
            "A view-once message came, and this month’s captures are used up.",
            "Un message à vue unique est arrivé, et les captures du mois sont épuisées.",
            "Chegou uma mensagem de visualização única, e as capturas do mês acabaram.",
        );
        let Some(resets_at) = data.time("resetsAt") else {
            return text.to_owned();
        };
        let day = locale.date(resets_at);
        locale.language.pick(
            format!("{text} They start again on {day}."),
            format!("{text} Elles reprennent le {day}."),
            format!("{text} Elas recomeçam em {day}."),
        )
    }

    fn posted_after(&self) -> Option<EventKind> {
        Some(EventKind::ViewOnceMessageChanged)
    }

    async fn after_event(&self, work: &mut Work, event: &EventRow) -> QueryResult<Option<NewNotice>> {
        let outcome = store::outcome(work, event.event.subject.into()).await?;
        if outcome != Some(CaptureOutcome::QuotaExhausted) {
            return Ok(None);
        }
        let user = work.user;
        let zone = plan::zone(work, user).await?;
        let period = Period::at(event.event.occurred_at, zone);
        let month = period.start.to_string();
        if notices::was_posted(work, self.kind(), None, ("month", &month)).await? {
            return Ok(None);
        }
        Ok(Some(NewNotice {
            kind: self.kind(),
            account: None,
            subject: None,
            details: json!({ "month": month, "resetsAt": period.resets_at(zone).to_rfc3339() }),
            at: event.event.occurred_at,
        }))
    }
}
