use super::super::dates::{day, moment};
use super::super::facts::{Facts, Reader};
use super::super::language::Language;
use crate::notices::NoticeKind;

/// The same with names and times, in one or two sentences.
pub(super) fn body(kind: NoticeKind, facts: &Facts, reader: Reader) -> String {
    let language = reader.language;
    let pick = |texts: [String; 3]| {
        let [english, french, portuguese] = texts;
        language.pick(english, french, portuguese)
    };
    let names = Names::of(facts, language);
    let Names { account, person, .. } = &names;
    match kind {
        NoticeKind::AccountNeedsAttention => attention(facts, account, reader),
        NoticeKind::ViewOnceCaptured => pick([
            format!("The view-once message of {person} was captured."),
            format!("Le message à vue unique de {person} a été conservé."),
            format!("A mensagem de visualização única de {person} foi guardada."),
        ]),
        NoticeKind::QuotaExhausted => exhausted(facts, reader),
        NoticeKind::MessageDeleted => names.with_group(
            &pick([
                format!("{person} deleted a message"),
                format!("{person} a supprimé un message"),
                format!("{person} apagou uma mensagem"),
            ]),
            language,
        ),
        NoticeKind::MessageEdited => names.with_group(
            &pick([
                format!("{person} edited a message"),
                format!("{person} a modifié un message"),
                format!("{person} editou uma mensagem"),
            ]),
            language,
        ),
        NoticeKind::SilencedContactWrote => pick([
            format!("{person} wrote to {account} and gets no automatic reply."),
            format!("{person} a écrit à {account} et ne reçoit pas de réponse automatique."),
            format!("{person} escreveu para {account} e não recebe resposta automática."),
        ]),
        NoticeKind::RepliesPaused => paused(facts, account, reader),
        NoticeKind::StatusPublished => pick([
            format!("A scheduled status of {account} was published."),
            format!("Un statut programmé de {account} a été publié."),
            format!("Um status agendado de {account} foi publicado."),
        ]),
        NoticeKind::StatusMissed => pick([
            format!("The time of a scheduled status of {account} passed while the account was offline."),
            format!("L’heure d’un statut programmé de {account} est passée pendant que le compte était hors ligne."),
            format!("A hora de um status agendado de {account} passou enquanto a conta estava offline."),
        ]),
        NoticeKind::StatusFailed => pick([
            format!("A scheduled status of {account} could not be published."),
            format!("Un statut programmé de {account} n’a pas pu être publié."),
            format!("Um status agendado de {account} não pôde ser publicado."),
        ]),
        NoticeKind::WebhookDisabled => language
            .pick(
                "Nothing could be delivered to a webhook for days, so it was turned off. Turn it on again when its receiver answers.",
                "Rien n’a pu être livré à un webhook pendant des jours ; il a donc été désactivé. Réactivez-le quand son destinataire répond.",
                "Nada pôde ser entregue a um webhook durante dias, por isso ele foi desativado. Ative-o de novo quando o destino responder.",
            )
            .to_owned(),
        NoticeKind::RetentionShortened => shortened(facts, reader),
        NoticeKind::StorageFull => language
            .pick(
                "The plan’s space for media is used up. New pictures, videos and sounds are not kept until there is space again.",
                "L’espace du forfait pour les médias est plein. Les nouvelles images, vidéos et sons ne sont plus conservés tant qu’il n’y a pas de place.",
                "O espaço do plano para mídias acabou. Novas imagens, vídeos e áudios não são guardados até haver espaço.",
            )
            .to_owned(),
    }
}

/// Names, or what stands for them where they are not known.
struct Names {
    account: String,
    person: String,
    group: Option<String>,
}

impl Names {
    fn of(facts: &Facts, language: Language) -> Self {
        let or = |name: &Option<String>, unknown: &str| name.clone().unwrap_or_else(|| unknown.to_owned());
        Self {
            account: or(
                &facts.account,
                language.pick("your account", "votre compte", "sua conta"),
            ),
            person: or(&facts.person, language.pick("Somebody", "Quelqu’un", "Alguém")),
            group: facts.group.clone(),
        }
    }

    /// The sentence that `beginning` begins, with the group it happened in.
    fn with_group(&self, beginning: &str, language: Language) -> String {
        match &self.group {
            Some(group) => {
                let within = language.pick("in", "dans", "em");
                format!("{beginning} {within} {group}.")
            }
            None => format!("{beginning}."),
        }
    }
}

fn attention(facts: &Facts, account: &str, reader: Reader) -> String {
    // At the beginning of a sentence.
    let first = reader.language.pick("Your account", "Votre compte", "Sua conta");
    let first = facts.account.as_deref().unwrap_or(first);
    let until = facts.time("until");
    let texts = match (facts.word("state").unwrap_or_default(), until) {
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
        ("BANNED_UNTIL", Some(until)) => {
            let until = moment(until, reader.zone, reader.language);
            [
                format!("WhatsApp locked {account} until {until}."),
                format!("WhatsApp a bloqué {account} jusqu’au {until}."),
                format!("O WhatsApp bloqueou {account} até {until}."),
            ]
        }
        ("BANNED_UNTIL", None) => [
            format!("WhatsApp locked {account}."),
            format!("WhatsApp a bloqué {account}."),
            format!("O WhatsApp bloqueou {account}."),
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
    reader.language.pick(english, french, portuguese)
}

fn exhausted(facts: &Facts, reader: Reader) -> String {
    let (english, french, portuguese) = (
        "A view-once message came, and this month’s captures are used up.",
        "Un message à vue unique est arrivé, et les captures du mois sont épuisées.",
        "Chegou uma mensagem de visualização única, e as capturas do mês acabaram.",
    );
    let told = reader.language.pick(english, french, portuguese);
    let Some(resets_at) = facts.time("resetsAt") else {
        return told.to_owned();
    };
    let again = day(resets_at, reader.zone, reader.language);
    match reader.language {
        Language::English => format!("{told} They start again on {again}."),
        Language::French => format!("{told} Elles reprennent le {again}."),
        Language::Portuguese => format!("{told} Elas recomeçam em {again}."),
    }
}

fn paused(facts: &Facts, account: &str, reader: Reader) -> String {
    let until = facts.time("until");
    let until = until.map(|until| moment(until, reader.zone, reader.language));
    match (reader.language, until) {
        (Language::English, Some(until)) => {
            format!(
                "WhatsApp refuses messages of {account} until {until}. Automatic replies wait until then."
            )
        }
        (Language::English, None) => {
            format!("WhatsApp refuses messages of {account} for now. Automatic replies wait.")
        }
        (Language::French, Some(until)) => {
            format!(
                "WhatsApp refuse les messages de {account} jusqu’au {until}. Les réponses automatiques attendent."
            )
        }
        (Language::French, None) => {
            format!(
                "WhatsApp refuse les messages de {account} pour l’instant. Les réponses automatiques attendent."
            )
        }
        (Language::Portuguese, Some(until)) => {
            format!("O WhatsApp recusa mensagens de {account} até {until}. As respostas automáticas esperam.")
        }
        (Language::Portuguese, None) => {
            format!(
                "O WhatsApp recusa mensagens de {account} por enquanto. As respostas automáticas esperam."
            )
        }
    }
}

fn shortened(facts: &Facts, reader: Reader) -> String {
    let until = facts.time("until");
    let until = until.map(|until| day(until, reader.zone, reader.language));
    match (reader.language, until) {
        (Language::English, Some(until)) => {
            format!("Your plan became smaller. What it no longer covers is deleted from {until} on.")
        }
        (Language::English, None) => {
            "Your plan became smaller. What it no longer covers will be deleted.".to_owned()
        }
        (Language::French, Some(until)) => {
            format!("Votre forfait a été réduit. Ce qu’il ne couvre plus sera supprimé à partir du {until}.")
        }
        (Language::French, None) => {
            "Votre forfait a été réduit. Ce qu’il ne couvre plus sera supprimé.".to_owned()
        }
        (Language::Portuguese, Some(until)) => {
            format!("Seu plano ficou menor. O que ele não cobre mais será apagado a partir de {until}.")
        }
        (Language::Portuguese, None) => {
            "Seu plano ficou menor. O que ele não cobre mais será apagado.".to_owned()
        }
    }
}
