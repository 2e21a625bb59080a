//! A mail about notifications of one kind, as text and as HTML.

use chrono::{DateTime, Utc};

use super::super::model::Notice;
use super::super::texts::title;
use super::unsubscribe::UnsubscribeLinks;
use crate::features::notifications::NotificationMailId;
use crate::id::UserId;
use crate::mail::{Block, Layout, Letter};
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
    let mut blocks: Vec<Block> = notices
        .iter()
        .take(MAX_LISTED)
        .map(|one| item(one, locale))
        .collect();
    blocks.extend(more(notices.len().saturating_sub(MAX_LISTED), language).map(Block::Paragraph));
    let stop = language.pick(
        "No more mail about this",
        "Ne plus recevoir de mail à ce sujet",
        "Não receber mais e-mails sobre isto",
    );
    let layout = Layout {
        language: language.tag(),
        title,
        blocks,
        why: why(language),
        home: unsubscribe_links.home().as_str(),
        stop: Some((stop, unsubscribe.as_str())),
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
        text: layout.text(),
        html: layout.html(),
        language: language.tag(),
        unsubscribe: Some(unsubscribe),
        written_at,
    }
}

/// The sentence about notifications that are not listed; none when all are.
fn more(more: usize, language: Language) -> Option<String> {
    (more > 0).then(|| {
        language.pick(
            format!("And {more} more."),
            format!("Et {more} de plus."),
            format!("E mais {more}."),
        )
    })
}

fn item(notice: &Notice, locale: Locale) -> Block {
    // Names are others' to choose, and must not look like lines of ours.
    let words: Vec<&str> = notice.text.body.split_whitespace().collect();
    Block::Item {
        text: words.join(" "),
        at: locale.date_and_time(notice.created_at),
    }
}

fn why(language: Language) -> &'static str {
    language.pick(
        "AMDA tells you this because your settings say so.",
        "AMDA vous l’annonce parce que vos paramètres le prévoient.",
        "O AMDA avisa porque suas configurações pedem.",
    )
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::super::texts::NotificationText;
    use super::*;
    use crate::clock::SystemClock;
    use crate::crypto::InstallationSecret;
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
        let unsubscribe_links = UnsubscribeLinks::new(&InstallationSecret::generate(), home);
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
