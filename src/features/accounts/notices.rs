use async_trait::async_trait;
use diesel::QueryResult;
use serde_json::json;

use super::model::{AccountState, AccountStateReason};
use super::store;
use crate::event::Pause;
use crate::hub::{EventKind, EventRow};
use crate::id::AccountId;
use crate::notices::{self, Language, Locale, NewNotice, NoticeKind, NoticeType, TemplateData, Urgency};
use crate::work::Work;

/// The notice of each change to a state that needs the owner. It is posted moments after the change: what was mended by
/// then needs nobody.
#[derive(Debug)]
pub(super) struct AccountNeedsAttention;

#[async_trait]
impl NoticeType for AccountNeedsAttention {
    fn kind(&self) -> NoticeKind {
        NoticeKind::AccountNeedsAttention
    }

    fn is_mailed_by_default(&self) -> bool {
        true
    }

    fn urgency(&self) -> Urgency {
        Urgency::High
    }

    fn title(&self, language: Language) -> &'static str {
        language.pick(
            "An account needs you",
            "Un compte a besoin de vous",
            "Uma conta precisa de você",
        )
    }

    fn body(&self, data: &TemplateData, locale: Locale) -> String {
        let account = data.account_name(locale.language);
        // At the beginning of a sentence.
        let unknown = locale.language.pick("Your account", "Votre compte", "Sua conta");
        let first = data.account.as_deref().unwrap_or(unknown);
        let until = data.time("until");
        let texts = match (data.text("state").unwrap_or_default(), until) {
            ("LOGGED_OUT", _) => [
                format!("{first} was logged out of WhatsApp. Link it again."),
                format!("{first} a été déconnecté de WhatsApp. Reliez-le de nouveau."),
                format!("{first} foi desconectada do WhatsApp. Vincule-a de novo."),
            ],
            ("REPLACED", _) => [
                format!("Another program uses the link of {account}. Restart the account to take it back."),
                format!(
                    "Un autre programme utilise la liaison de {account}. Redémarrez le compte pour la reprendre."
                ),
                format!("Outro programa usa o vínculo de {account}. Reinicie a conta para retomá-lo."),
            ],
            ("BANNED", Some(until)) => {
                let until = locale.date_and_time(until);
                [
                    format!("WhatsApp locked {account} until {until}."),
                    format!("WhatsApp a bloqué {account} jusqu’au {until}."),
                    format!("O WhatsApp bloqueou {account} até {until}."),
                ]
            }
            ("BANNED", None) => [
                format!("WhatsApp locked {account}."),
                format!("WhatsApp a bloqué {account}."),
                format!("O WhatsApp bloqueou {account}."),
            ],
            ("PAUSED", _) => [
                format!(
                    "Your plan allows fewer accounts than you linked, so {account} is paused. Upgrade, or unlink another account and restart this one."
                ),
                format!(
                    "Votre forfait autorise moins de comptes que vous n’en avez reliés ; {account} est donc en pause. Changez de forfait, ou déliez un autre compte et redémarrez celui-ci."
                ),
                format!(
                    "Seu plano permite menos contas do que você vinculou, por isso {account} está em pausa. Mude de plano, ou desvincule outra conta e reinicie esta."
                ),
            ],
            ("OUTDATED_CLIENT", _) => [
                format!(
                    "WhatsApp no longer accepts this version of AMDA, so {account} is offline. The operator must update it."
                ),
                format!(
                    "WhatsApp n’accepte plus cette version d’AMDA ; {account} est donc hors ligne. L’opérateur doit la mettre à jour."
                ),
                format!(
                    "O WhatsApp não aceita mais esta versão do AMDA, por isso {account} está offline. O operador precisa atualizá-la."
                ),
            ],
            _ => [
                format!("{first} stopped and does not start again by itself. Restart it."),
                format!("{first} s’est arrêté et ne redémarre pas tout seul. Redémarrez-le."),
                format!("{first} parou e não volta sozinha. Reinicie a conta."),
            ],
        };
        let [english, french, portuguese] = texts;
        locale.language.pick(english, french, portuguese)
    }

    fn posted_after(&self) -> Option<EventKind> {
        Some(EventKind::AccountChanged)
    }

    async fn after_event(&self, work: &mut Work, event: &EventRow) -> QueryResult<Option<NewNotice>> {
        let Some(account) = event.event.account else {
            return Ok(None);
        };
        let rows = store::load_many(work, &[account]).await?;
        let Some(row) = rows.first().filter(|row| row.linked_at.is_some()) else {
            return Ok(None);
        };
        if !AccountState::parse(&row.state).is_some_and(AccountState::needs_owner) {
            return Ok(None);
        }
        // The suspension itself is told, and an owner who is kept out can do nothing about it.
        if row.state_reason() == Some(AccountStateReason::UserSuspended) {
            return Ok(None);
        }
        let since = row.state_changed_at.to_rfc3339();
        if notices::was_posted(work, self.kind(), Some(account), ("since", &since)).await? {
            return Ok(None);
        }
        let until = row.state_until.map(|at| at.to_rfc3339());
        Ok(Some(NewNotice {
            kind: self.kind(),
            account: Some(account),
            subject: None,
            details: json!({ "state": row.state, "since": since, "until": until }),
            at: row.state_changed_at,
        }))
    }
}

/// The notice of a time for which WhatsApp asked to send nothing.
#[derive(Debug)]
pub(super) struct SendsPaused;

impl NoticeType for SendsPaused {
    fn kind(&self) -> NoticeKind {
        NoticeKind::SendsPaused
    }

    fn title(&self, language: Language) -> &'static str {
        language.pick(
            "Sending is paused",
            "Les envois sont en pause",
            "Os envios estão em pausa",
        )
    }

    fn body(&self, data: &TemplateData, locale: Locale) -> String {
        let Locale { language, .. } = locale;
        let account = data.account_name(language);
        let cause = match data.text("code") {
            Some("429") => language.pick(
                format!("WhatsApp says that {account} sent too much in a short time (429)."),
                format!("WhatsApp signale que {account} a trop envoyé en peu de temps (429)."),
                format!("O WhatsApp diz que {account} enviou demais em pouco tempo (429)."),
            ),
            Some("463") => language.pick(
                format!(
                    "WhatsApp lets {account} write to nobody who has not written to it, for a time (463)."
                ),
                format!(
                    "WhatsApp ne laisse {account} écrire qu’à ceux qui lui ont écrit, pour un temps (463)."
                ),
                format!("O WhatsApp só deixa {account} escrever a quem já lhe escreveu, por um tempo (463)."),
            ),
            _ => language.pick(
                format!("WhatsApp asked to send nothing for {account} for a time."),
                format!("WhatsApp demande de ne rien envoyer pour {account} pendant un temps."),
                format!("O WhatsApp pediu para não enviar nada por {account} por um tempo."),
            ),
        };
        let effect = match data.time("until").map(|until| locale.date_and_time(until)) {
            Some(until) => language.pick(
                format!("Automatic replies and planned statuses wait until {until}; statuses are not liked until then."),
                format!("Les réponses automatiques et les statuts programmés attendent jusqu’au {until} ; d’ici là, aucun statut n’est aimé."),
                format!("As respostas automáticas e os status agendados esperam até {until}; até lá, nenhum status é curtido."),
            ),
            None => language.pick(
                "Automatic replies and planned statuses wait; statuses are not liked.".to_owned(),
                "Les réponses automatiques et les statuts programmés attendent ; aucun statut n’est aimé.".to_owned(),
                "As respostas automáticas e os status agendados esperam; nenhum status é curtido.".to_owned(),
            ),
        };
        format!("{cause} {effect}")
    }
}

/// Posts the notice of a pause, unless it is over or one with the same end was posted.
pub(super) async fn tell_of_pause(work: &mut Work, account: AccountId, pause: &Pause) -> QueryResult<()> {
    let (kind, until) = (NoticeKind::SendsPaused, pause.until.to_rfc3339());
    if pause.until <= work.now || notices::was_posted(work, kind, Some(account), ("until", &until)).await? {
        return Ok(());
    }
    let notice = NewNotice {
        kind,
        account: Some(account),
        subject: None,
        details: json!({ "until": until, "code": pause.code }),
        at: work.now,
    };
    notices::post(work, &notice).await.map(drop)
}
