use crate::notices::{Language, Locale, NoticeKind, NoticeType, TemplateData};

/// The notice of a smaller plan: older items are removed at a stated time.
#[derive(Debug)]
pub(super) struct RetentionShortened;

impl NoticeType for RetentionShortened {
    fn kind(&self) -> NoticeKind {
        NoticeKind::RetentionShortened
    }

    fn is_mailed_by_default(&self) -> bool {
        true
    }

    fn title(&self, language: Language) -> &'static str {
        language.pick(
            "Some of what is kept will be deleted",
            "Une partie de ce qui est conservé sera supprimée",
            "Parte do que está guardado será apagada",
        )
    }

    fn body(&self, data: &TemplateData, locale: Locale) -> String {
        let until = data.time("until");
        let until = until.map(|until| locale.date(until));
        match (locale.language, until) {
            (Language::English, Some(until)) => {
                format!("Your plan became smaller. What it no longer covers is deleted from {until} on.")
            }
            (Language::English, None) => {
                "Your plan became smaller. What it no longer covers will be deleted.".to_owned()
            }
            (Language::French, Some(until)) => {
                format!(
                    "Votre forfait a été réduit. Ce qu’il ne couvre plus sera supprimé à partir du {until}."
                )
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
}

/// The notice of the plan's space for media being used up.
#[derive(Debug)]
pub(super) struct StorageFull;

impl NoticeType for StorageFull {
    fn kind(&self) -> NoticeKind {
        NoticeKind::StorageFull
    }

    fn is_mailed_by_default(&self) -> bool {
        true
    }

    fn title(&self, language: Language) -> &'static str {
        language.pick(
            "The space for media is used up",
            "L’espace pour les médias est plein",
            "O espaço para mídias acabou",
        )
    }

    fn body(&self, _: &TemplateData, Locale { language, .. }: Locale) -> String {
        let text = language.pick(
            "The plan’s space for media is used up. New pictures, videos and sounds are not kept until there is space again.",
            "L’espace du forfait pour les médias est plein. Les nouvelles images, vidéos et sons ne sont plus conservés tant qu’il n’y a pas de place.",
            "O espaço do plano para mídias acabou. Novas imagens, vídeos e áudios não são guardados até haver espaço.",
        );
        text.to_owned()
    }
}
