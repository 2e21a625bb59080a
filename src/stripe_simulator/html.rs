//! HTML pages.

use std::fmt::Write as _;

use super::instrument::Instrument;

/// The look of all pages.
const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:32rem;margin:3rem auto;padding:0 1rem}\
form{margin:1rem 0}input,select,button{font:inherit;padding:.5rem;margin:.25rem 0;width:100%;box-sizing:border-box}\
button{background:#635bff;border:0;border-radius:.4rem;color:#fff;cursor:pointer}\
#error{color:#b00020}.note{color:#666}";

/// A text as it is written between tags and in attributes.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// A whole page.
pub(super) fn page(title: &str, error: Option<&str>, body: &str) -> String {
    let title = escaped(title);
    let error = error.map(|error| format!("<p id=\"error\" role=\"alert\">{}</p>", escaped(error)));
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title>\
         <meta name=\"viewport\" content=\"width=device-width\"><style>{STYLE}</style></head><body>\
         <h1>{title}</h1>{}{body}<p class=\"note\">Simulated: no money moves.</p></body></html>",
        error.unwrap_or_default()
    )
}

/// A form with one button.
pub(super) fn form(id: &str, fields: &str, button: &str) -> String {
    let button = escaped(button);
    format!(
        "<form id=\"{id}\" method=\"post\"><input type=\"hidden\" name=\"do\" value=\"{id}\">{fields}\
         <button id=\"{id}-button\">{button}</button></form>"
    )
}

/// A list of texts.
pub(super) fn list(lines: impl Iterator<Item = String>) -> String {
    let mut list = String::from("<ul>");
    for line in lines {
        let _ = write!(list, "<li>{}</li>", escaped(&line));
    }
    list + "</ul>"
}

/// A value with its label.
pub(super) fn labelled(label: &str, id: &str, value: &str) -> String {
    format!(
        "<p>{}: <strong id=\"{id}\">{}</strong></p>",
        escaped(label),
        escaped(value)
    )
}

/// A field for the number of a card, and a list of those that there are.
pub(super) fn card_field() -> String {
    let mut options = String::new();
    for instrument in Instrument::ALL {
        let label = escaped(instrument.label());
        let _ = write!(
            options,
            "<option value=\"{}\">{label}</option>",
            instrument.number()
        );
    }
    format!(
        "<label>Card number<input id=\"card\" name=\"card\" list=\"cards\" autocomplete=\"off\" \
         value=\"{}\"></label><datalist id=\"cards\">{options}</datalist>",
        Instrument::Good.number()
    )
}

/// An amount as a person reads it.
pub(super) fn money(amount: i64, currency: &str) -> String {
    let sign = if amount < 0 { "-" } else { "" };
    let amount = amount.unsigned_abs();
    format!(
        "{sign}{}.{:02} {}",
        amount / 100,
        amount % 100,
        currency.to_uppercase()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_outside_cannot_become_markup() {
        let page = page("<b>", Some("\"><script>"), "");

        assert!(!page.contains("<script>") && !page.contains("<b>"), "{page}");
    }

    #[test]
    fn amounts_are_shown_in_units() {
        assert_eq!(money(1905, "eur"), "19.05 EUR");
        assert_eq!(money(-50, "usd"), "-0.50 USD");
    }
}
