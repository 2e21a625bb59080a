//! A mail about notifications of one kind, as text and as HTML.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};

use super::super::model::Notice;
use super::super::texts::title;
use super::unsubscribe::UnsubscribeLinks;
use crate::features::notifications::NotificationMailId;
use crate::id::UserId;
use crate::mail::Letter;
use crate::notices::{Language, Locale};

/// Maximum number of notifications listed one by one; the rest is counted.
const MAX_LISTED: usize = 50;

/// The user whom a mail goes to.
pub(super) struct Recipient {
    pub(super) user: UserId,
    pub(super) address: String,
    pub(super) locale: Locale,
}

/// The mail `id` about `told`, which are of one kind, the oldest first, and at least one.
pub(super) fn compose(
    id: NotificationMailId,
    to: Recipient,
    notices: &[Notice],
    unsubscribe_links: &UnsubscribeLinks,
    written_at: DateTime<Utc>,
) -> Letter {
    let Recipient {
        user,
        address,
        locale,
    } = to;
    let language = locale.language;
    let kind = notices[0].kind;
    let title = title(kind, language);
    let unsubscribe = unsubscribe_links.link(user, kind);
    let parts = Parts {
        items: notices
            .iter()
            .take(MAX_LISTED)
            .map(|one| item(one, locale))
            .collect(),
        more: notices.len().saturating_sub(MAX_LISTED),
        why: why(language),
        stop: language.pick(
            "No more mail about this",
            "Ne plus recevoir de mail à ce sujet",
            "Não receber mais e-mails sobre isto",
        ),
        unsubscribe: unsubscribe.to_string(),
        home: unsubscribe_links.home().to_string(),
    };
    Letter {
        id: id.into(),
        user,
        about: kind.as_str(),
        to: address,
        subject: match notices.len() {
            1 => title.to_owned(),
            several => format!("{title} ({several})"),
        },
        text: parts.text(language),
        html: parts.html(title, language),
        language: language.tag(),
        unsubscribe: Some(unsubscribe),
        written_at,
    }
}

/// Contents of a mail, in the reader's language.
struct Parts {
    /// Text of each notification, and the time at which it happened.
    items: Vec<(String, String)>,
    more: usize,
    why: &'static str,
    stop: &'static str,
    unsubscribe: String,
    home: String,
}

impl Parts {
    fn text(&self, language: Language) -> String {
        let mut text = String::new();
        for (body, at) in &self.items {
            // Writing to a text cannot fail.
            let _ = write!(text, "{body}\n{at}\n\n");
        }
        if let Some(more) = self.more(language) {
            let _ = write!(text, "{more}\n\n");
        }
        let _ = write!(
            text,
            "-- \n{}\n{}\n\n{}: {}\n",
            self.why, self.home, self.stop, self.unsubscribe
        );
        text
    }

    fn html(&self, title: &str, language: Language) -> String {
        let mut items = String::new();
        for (body, at) in &self.items {
            let (body, at) = (escaped(body), escaped(at));
            let _ = writeln!(items, "<p>{body}<br><small>{at}</small></p>");
        }
        if let Some(more) = self.more(language) {
            let _ = writeln!(items, "<p>{}</p>", escaped(&more));
        }
        let (tag, title) = (language.tag(), escaped(title));
        let (why, home) = (escaped(self.why), escaped(&self.home));
        let (stop, unsubscribe) = (escaped(self.stop), escaped(&self.unsubscribe));
        format!(
            "<!doctype html>\n<html lang=\"{tag}\">\n<head><meta charset=\"utf-8\"><title>{title}</title></head>\n\
             <body>\n<h1>{title}</h1>\n{items}<hr>\n<p><small>{why} <a href=\"{home}\">{home}</a><br>\n\
             <a href=\"{unsubscribe}\">{stop}</a></small></p>\n</body>\n</html>\n"
        )
    }

    fn more(&self, language: Language) -> Option<String> {
        let more = self.more;
        (more > 0).then(|| {
            language.pick(
                format!("And {more} more."),
                format!("Et {more} de plus."),
                format!("E mais {more}."),
            )
        })
    }
}

fn item(notice: &Notice, locale: Locale) -> (String, String) {
    let at = locale.date_and_time(notice.created_at);
    // Names are others' to choose, and must not look like lines of ours.
    let words: Vec<&str> = notice.text.body.split_whitespace().collect();
    (words.join(" "), at)
}

fn why(language: Language) -> &'static str {
    language.pick(
        "AMDA tells you this because your settings say so.",
        "AMDA vous l’annonce parce que vos paramètres le prévoient.",
        "O AMDA avisa porque suas configurações pedem.",
    )
}

/// `text` as it stands between tags and in quoted attributes.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::super::texts::NotificationText;
    use super::*;
    use crate::clock::SystemClock;
    use crate::crypto::MasterKey;
    use crate::id::Ids;
    use crate::notices::NoticeKind;

    fn notice(ids: &Ids, body: &str) -> Notice {
        Notice {
            id: ids.next(),
            kind: NoticeKind::MessageDeleted,
            account: None,
            subject: None,
            text: NotificationText {
                title: "unused",
                body: body.to_owned(),
            },
            created_at: "2026-11-24T12:00:00Z".parse().unwrap(),
            read_at: None,
        }
    }

    fn letter(bodies: &[&str]) -> Letter {
        let ids = Ids::new(Arc::new(SystemClock));
        let notices: Vec<Notice> = bodies.iter().map(|body| notice(&ids, body)).collect();
        let to = Recipient {
            user: ids.next(),
            address: "ana@example.org".to_owned(),
            locale: Locale {
                language: Language::Portuguese,
                zone: chrono_tz::America::Sao_Paulo,
            },
        };
        let home = "https://amda.example/".parse().unwrap();
        let unsubscribe_links = UnsubscribeLinks::new(&MasterKey::generate(), home);
        let at = "2026-11-24T13:00:00Z".parse().unwrap();
        compose(ids.next(), to, &notices, &unsubscribe_links, at)
    }

    #[test]
    fn a_name_that_looks_like_html_stays_a_name() {
        let letter = letter(&["<img src=x onerror=\"alert('1')\"> & Filhos apagou uma mensagem."]);

        assert!(letter.text.contains("<img src=x"));
        assert!(!letter.html.contains("<img"));
        assert!(
            letter
                .html
                .contains("&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt; &amp; Filhos")
        );
    }

    #[test]
    fn a_name_of_many_lines_is_one_line() {
        let letter =
            letter(&["Ana\r\n\r\nYour account ends today:\u{2028}https://evil.example apagou uma mensagem."]);

        let line = "Ana Your account ends today: https://evil.example apagou uma mensagem.";
        assert_eq!(letter.text.lines().next(), Some(line));
        assert!(letter.html.contains(&format!("<p>{line}<br>")));
    }

    #[test]
    fn one_notification_is_told_by_the_readers_clock_and_several_are_counted() {
        let one = letter(&["Ana apagou uma mensagem."]);
        assert_eq!(one.subject, "Uma mensagem foi apagada");
        assert!(
            one.text
                .starts_with("Ana apagou uma mensagem.\n24 de novembro de 2026 às 09:00\n\n")
        );

        let many = letter(&["Ana apagou uma mensagem."; 53]);
        assert_eq!(many.subject, "Uma mensagem foi apagada (53)");
        assert_eq!(many.text.matches("Ana apagou").count(), 50);
        assert!(many.text.contains("E mais 3.") && many.html.contains("E mais 3."));
    }
}
