//! Web page on which a user unsubscribes from mail of one kind.

use super::super::texts::title;
use crate::mail::escaped;
use crate::notices::{Language, NoticeKind};

/// The page, for one reader and one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnsubscribePage {
    pub(in crate::features::notifications) kind: NoticeKind,
    pub(in crate::features::notifications) language: Language,
}

impl UnsubscribePage {
    /// Renders the question; its button posts to the same address.
    pub fn question(self) -> String {
        let (question, button) = self.language.pick(
            ("Get no more mail about this?", "No more mail about this"),
            (
                "Ne plus recevoir de mail à ce sujet ?",
                "Ne plus recevoir de mail à ce sujet",
            ),
            (
                "Não receber mais e-mails sobre isto?",
                "Não receber mais e-mails sobre isto",
            ),
        );
        self.page(&format!(
            "<p>{question}</p>\n<form method=\"post\"><button>{button}</button></form>"
        ))
    }

    /// Renders the confirmation.
    pub fn done(self) -> String {
        let done = self.language.pick(
            "You get no more mail about this.",
            "Vous ne recevrez plus de mail à ce sujet.",
            "Você não receberá mais e-mails sobre isto.",
        );
        self.page(&format!("<p>{done}</p>"))
    }

    fn page(self, content: &str) -> String {
        let (tag, title) = (self.language.tag(), escaped(title(self.kind, self.language)));
        format!(
            "<!doctype html>\n<html lang=\"{tag}\">\n<head><meta charset=\"utf-8\"><title>AMDA</title></head>\n\
             <body>\n<h1>{title}</h1>\n{content}\n</body>\n</html>\n"
        )
    }
}
