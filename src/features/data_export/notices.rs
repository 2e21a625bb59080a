//! The notice of an export that can be downloaded.

use super::ids::DataExportId;
use crate::notices::{Language, Locale, NoticeKind, NoticeType, TemplateData};

/// The notice of an export that can be downloaded.
#[derive(Debug)]
pub(super) struct DataExportReady;

impl NoticeType for DataExportReady {
    fn kind(&self) -> NoticeKind {
        NoticeKind::DataExportReady
    }

    fn subject_type(&self) -> Option<&'static str> {
        Some(DataExportId::KIND)
    }

    fn is_mailed_by_default(&self) -> bool {
        true
    }

    fn title(&self, language: Language) -> &'static str {
        language.pick(
            "Your export is ready",
            "Votre export est prêt",
            "Sua exportação está pronta",
        )
    }

    fn body(&self, data: &TemplateData, locale: Locale) -> String {
        let language = locale.language;
        let text = language.pick(
            "Everything that AMDA keeps of you is in one file. Log in to download it",
            "Tout ce qu’AMDA garde de vous est dans un seul fichier. Connectez-vous pour le télécharger",
            "Tudo o que o AMDA guarda sobre você está em um único arquivo. Entre para baixá-lo",
        );
        match data.time("until").map(|at| locale.date_and_time(at)) {
            Some(until) => {
                let before = language.pick("until", "jusqu’au", "até");
                format!("{text} {before} {until}.")
            }
            None => format!("{text}."),
        }
    }
}
