//! The one layout of all mails: a description of the content, written as text and as HTML.

use std::fmt::Write as _;

/// The style of the page. Programs that ignore it show the same text.
const STYLE: &str = "body{font-family:sans-serif;line-height:1.5;max-width:36em;margin:2em auto;padding:0 1em}\
                     h1{font-size:1.3em}hr{border:0;border-top:1px solid #ccc;margin:2em 0}small{color:#555}";
/// The style of a button, which stands in the link itself: programs that drop the page's style keep it.
const BUTTON: &str = "display:inline-block;padding:.6em 1.2em;border-radius:.4em;background:#0b7a4b;color:#fff;\
                      text-decoration:none";

/// Content of a mail, in the reader's language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout<'a> {
    /// The language, as a tag.
    pub language: &'static str,
    /// The title of the page.
    pub title: &'a str,
    /// The blocks of the body, in their order.
    pub blocks: Vec<Block>,
    /// The reason for which the reader gets the mail.
    pub why: &'a str,
    /// The server's address.
    pub home: &'a str,
    /// A link that ends such mail, and its label.
    pub stop: Option<(&'a str, &'a str)>,
}

/// Part of the body of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// A paragraph.
    Paragraph(String),
    /// An event.
    Item {
        /// What happened.
        text: String,
        /// The time at which it happened.
        at: String,
    },
    /// A link to follow.
    Action {
        /// The label of the button.
        label: String,
        /// The address.
        url: String,
    },
}

impl Layout<'_> {
    /// The mail as plain text.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for block in &self.blocks {
            // Writing to a text cannot fail.
            let _ = match block {
                Block::Paragraph(paragraph) => write!(text, "{paragraph}\n\n"),
                Block::Item { text: item, at } => write!(text, "{item}\n{at}\n\n"),
                Block::Action { label, url } => write!(text, "{label}\n{url}\n\n"),
            };
        }
        let _ = write!(text, "-- \n{}\n{}\n", self.why, self.home);
        if let Some((label, url)) = self.stop {
            let _ = write!(text, "\n{label}: {url}\n");
        }
        text
    }

    /// The mail as a whole HTML page.
    pub fn html(&self) -> String {
        let mut body = String::new();
        for block in &self.blocks {
            let _ = match block {
                Block::Paragraph(paragraph) => writeln!(body, "<p>{}</p>", escaped(paragraph)),
                Block::Item { text, at } => {
                    writeln!(body, "<p>{}<br><small>{}</small></p>", escaped(text), escaped(at))
                }
                Block::Action { label, url } => {
                    let (label, url) = (escaped(label), escaped(url));
                    writeln!(body, "<p><a href=\"{url}\" style=\"{BUTTON}\">{label}</a></p>")
                }
            };
        }
        let (tag, title) = (self.language, escaped(self.title));
        let (why, home) = (escaped(self.why), escaped(self.home));
        let stop = self.stop.map_or_else(String::new, |(label, url)| {
            format!("<br>\n<a href=\"{}\">{}</a>", escaped(url), escaped(label))
        });
        format!(
            "<!doctype html>\n<html lang=\"{tag}\">\n<head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title>\
             <style>{STYLE}</style></head>\n\
             <body>\n<h1>{title}</h1>\n{body}<hr>\n\
             <p><small>{why} <a href=\"{home}\">{home}</a>{stop}</small></p>\n</body>\n</html>\n"
        )
    }
}

/// `text` as it stands between tags and in quoted attributes.
pub fn escaped(text: &str) -> String {
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
    use super::*;

    fn layout() -> Layout<'static> {
        Layout {
            language: "pt",
            title: "Confirme <o> e-mail",
            blocks: vec![
                Block::Paragraph("Olá & bem-vinda".to_owned()),
                Block::Action {
                    label: "Confirmar".to_owned(),
                    url: "https://amda.example/a?b=\"&c".to_owned(),
                },
            ],
            why: "Você usa o AMDA.",
            home: "https://amda.example/",
            stop: None,
        }
    }

    #[test]
    fn a_mail_says_the_same_as_text_and_as_html() {
        let layout = layout();

        assert_eq!(
            layout.text(),
            "Olá & bem-vinda\n\nConfirmar\nhttps://amda.example/a?b=\"&c\n\n-- \nVocê usa o AMDA.\nhttps://amda.example/\n"
        );
        let html = layout.html();
        assert!(html.contains("<h1>Confirme &lt;o&gt; e-mail</h1>\n<p>Olá &amp; bem-vinda</p>"));
        assert!(html.contains("<a href=\"https://amda.example/a?b=&quot;&amp;c\""));
    }

    #[test]
    fn a_link_that_ends_such_mail_stands_at_the_end() {
        let layout = Layout {
            stop: Some(("Parar", "https://amda.example/stop")),
            ..layout()
        };

        assert!(layout.text().ends_with("\n\nParar: https://amda.example/stop\n"));
        assert!(
            layout
                .html()
                .contains("<a href=\"https://amda.example/stop\">Parar</a></small>")
        );
    }
}
