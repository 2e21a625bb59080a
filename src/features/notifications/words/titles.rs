use super::super::language::Language;
use crate::notices::NoticeKind;

/// What happened, without naming anybody.
pub(in super::super) fn title(kind: NoticeKind, language: Language) -> &'static str {
    let (english, french, portuguese) = match kind {
        NoticeKind::AccountNeedsAttention => (
            "An account needs you",
            "Un compte a besoin de vous",
            "Uma conta precisa de você",
        ),
        NoticeKind::ViewOnceCaptured => (
            "A view-once message was captured",
            "Un message à vue unique a été conservé",
            "Uma mensagem de visualização única foi guardada",
        ),
        NoticeKind::QuotaExhausted => (
            "This month’s captures are used up",
            "Les captures du mois sont épuisées",
            "As capturas do mês acabaram",
        ),
        NoticeKind::MessageDeleted => (
            "A message was deleted",
            "Un message a été supprimé",
            "Uma mensagem foi apagada",
        ),
        NoticeKind::MessageEdited => (
            "A message was edited",
            "Un message a été modifié",
            "Uma mensagem foi editada",
        ),
        NoticeKind::SilencedContactWrote => (
            "Somebody wrote who gets no automatic reply",
            "Quelqu’un qui ne reçoit pas de réponse automatique a écrit",
            "Alguém que não recebe resposta automática escreveu",
        ),
        NoticeKind::RepliesPaused => (
            "Automatic replies are paused",
            "Les réponses automatiques sont en pause",
            "As respostas automáticas estão em pausa",
        ),
        NoticeKind::StatusPublished => (
            "A scheduled status was published",
            "Un statut programmé a été publié",
            "Um status agendado foi publicado",
        ),
        NoticeKind::StatusMissed => (
            "A scheduled status was missed",
            "Un statut programmé a été manqué",
            "Um status agendado foi perdido",
        ),
        NoticeKind::StatusFailed => (
            "A scheduled status was not published",
            "Un statut programmé n’a pas été publié",
            "Um status agendado não foi publicado",
        ),
        NoticeKind::WebhookDisabled => (
            "A webhook was turned off",
            "Un webhook a été désactivé",
            "Um webhook foi desativado",
        ),
        NoticeKind::RetentionShortened => (
            "Some of what is kept will be deleted",
            "Une partie de ce qui est conservé sera supprimée",
            "Parte do que está guardado será apagada",
        ),
        NoticeKind::StorageFull => (
            "The space for media is used up",
            "L’espace pour les médias est plein",
            "O espaço para mídias acabou",
        ),
    };
    language.pick(english, french, portuguese)
}
