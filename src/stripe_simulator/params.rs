//! The parameters of one request, taken one by one; what is left over is refused, as Stripe does.

use serde_json::{Map, Value};

use super::refusal::{Refusal, Result};

/// Parameters below one name.
#[derive(Debug, Default)]
pub(super) struct Params {
    prefix: String,
    fields: Map<String, Value>,
}

impl Params {
    pub(super) fn new(fields: Map<String, Value>) -> Self {
        Self {
            prefix: String::new(),
            fields,
        }
    }

    /// The full name of a parameter, as errors show it: `line_items[0][price]`.
    pub(super) fn name(&self, field: &str) -> String {
        if self.prefix.is_empty() {
            field.to_owned()
        } else {
            format!("{}[{field}]", self.prefix)
        }
    }

    /// True when the parameter was given.
    pub(super) fn has(&self, field: &str) -> bool {
        self.fields.contains_key(field)
    }

    /// A text that cannot be unset.
    pub(super) fn text(&mut self, field: &str) -> Result<Option<String>> {
        match self.patch(field)? {
            None => Ok(None),
            Some(Some(text)) => Ok(Some(text)),
            Some(None) => {
                let name = self.name(field);
                let message = format!(
                    "You passed an empty string for '{name}'. We assume empty values are an attempt to unset a \
                     parameter; however '{name}' cannot be unset. You should remove '{name}' from your request or \
                     supply a non-empty value."
                );
                Err(Refusal::invalid(message)
                    .code("parameter_invalid_empty")
                    .param(name))
            }
        }
    }

    /// A text that must be there.
    pub(super) fn required(&mut self, field: &str) -> Result<String> {
        let text = self.text(field)?;
        text.ok_or_else(|| self.absent(field))
    }

    /// A text that may be unset by an empty one: the outer `None` leaves it, the inner one unsets it.
    pub(super) fn patch(&mut self, field: &str) -> Result<Option<Option<String>>> {
        match self.fields.remove(field) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(Some(text).filter(|text| !text.is_empty()))),
            Some(Value::Array(_)) => Err(self.wrong(field, "Invalid string: an array was given")),
            Some(_) => Err(self.wrong(field, "Invalid string: a hash was given")),
        }
    }

    /// A whole number.
    pub(super) fn integer(&mut self, field: &str) -> Result<Option<i64>> {
        let Some(text) = self.text(field)? else {
            return Ok(None);
        };
        text.parse().map(Some).map_err(|_| {
            self.wrong(field, &format!("Invalid integer: {text}"))
                .code("parameter_invalid_integer")
        })
    }

    /// A whole number within bounds.
    pub(super) fn integer_within(&mut self, field: &str, least: i64, most: i64) -> Result<Option<i64>> {
        let number = self.integer(field)?;
        if number.is_some_and(|number| number < least) {
            let message = format!("This value must be greater than or equal to {least}.");
            return Err(self.wrong(field, &message));
        }
        if number.is_some_and(|number| number > most) {
            let message = format!("This value must be less than or equal to {most}.");
            return Err(self.wrong(field, &message));
        }
        Ok(number)
    }

    /// A truth value.
    pub(super) fn flag(&mut self, field: &str) -> Result<Option<bool>> {
        let Some(text) = self.text(field)? else {
            return Ok(None);
        };
        match text.as_str() {
            "true" => Ok(Some(true)),
            "false" => Ok(Some(false)),
            _ => Err(self.wrong(field, &format!("Invalid boolean: {text}"))),
        }
    }

    /// A text from a closed list.
    pub(super) fn choice(&mut self, field: &str, choices: &[&'static str]) -> Result<Option<&'static str>> {
        let Some(text) = self.text(field)? else {
            return Ok(None);
        };
        let found = choices.iter().copied().find(|choice| *choice == text);
        found.map(Some).ok_or_else(|| {
            let name = self.name(field);
            self.wrong(
                field,
                &format!("Invalid {name}: must be one of {}", choices.join(", ")),
            )
        })
    }

    /// An address of the web.
    pub(super) fn url(&mut self, field: &str) -> Result<Option<String>> {
        let Some(text) = self.text(field)? else {
            return Ok(None);
        };
        // `{CHECKOUT_SESSION_ID}` is no valid character of a URL everywhere, so it is tried as a plain word.
        let tried = text.replace("{CHECKOUT_SESSION_ID}", "id");
        let is_url = url::Url::parse(&tried).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
        if is_url {
            Ok(Some(text))
        } else {
            Err(self.wrong(field, "Not a valid URL").code("url_invalid"))
        }
    }

    /// Parameters below a name.
    pub(super) fn object(&mut self, field: &str) -> Result<Option<Self>> {
        let prefix = self.name(field);
        match self.fields.remove(field) {
            None => Ok(None),
            Some(Value::Object(fields)) => Ok(Some(Self { prefix, fields })),
            // An empty text unsets the object.
            Some(Value::String(text)) if text.is_empty() => Ok(None),
            Some(_) => Err(self.wrong(field, "Invalid object")),
        }
    }

    /// Parameters below a name, or a text as the parameter with the empty name.
    pub(super) fn object_or_text(&mut self, field: &str) -> Result<Option<Self>> {
        if let Some(Value::String(text)) = self.fields.get(field) {
            let fields = Map::from_iter([(String::new(), Value::String(text.clone()))]);
            self.fields.remove(field);
            return Ok(Some(Self {
                prefix: self.name(field),
                fields,
            }));
        }
        self.object(field)
    }

    /// A list of parameters below a name.
    pub(super) fn list(&mut self, field: &str) -> Result<Vec<Self>> {
        let name = self.name(field);
        let items = match self.fields.remove(field) {
            None => return Ok(Vec::new()),
            Some(Value::Array(items)) => items,
            Some(Value::String(text)) if text.is_empty() => return Ok(Vec::new()),
            Some(_) => return Err(self.wrong(field, "Invalid array")),
        };
        let each = items.into_iter().enumerate();
        each.map(|(at, item)| match item {
            Value::Object(fields) => Ok(Self {
                prefix: format!("{name}[{at}]"),
                fields,
            }),
            _ => Err(self.wrong(field, "Invalid object")),
        })
        .collect()
    }

    /// A list of texts.
    pub(super) fn texts(&mut self, field: &str) -> Result<Vec<String>> {
        match self.fields.remove(field) {
            None => Ok(Vec::new()),
            Some(Value::Array(items)) => {
                let text = |item| match item {
                    Value::String(text) => Ok(text),
                    _ => Err(self.wrong(field, "Invalid string")),
                };
                items.into_iter().map(text).collect()
            }
            Some(_) => Err(self.wrong(field, "Invalid array")),
        }
    }

    /// Texts by name, and empty ones for names to remove.
    pub(super) fn texts_by_name(&mut self, field: &str) -> Result<Option<Map<String, Value>>> {
        match self.fields.remove(field) {
            None => Ok(None),
            Some(Value::Object(fields)) if fields.values().all(Value::is_string) => Ok(Some(fields)),
            Some(_) => Err(self.wrong(field, "Invalid object")),
        }
    }

    /// Drops parameters that change nothing here.
    pub(super) fn ignore(&mut self, fields: &[&str]) {
        for field in fields {
            self.fields.remove(*field);
        }
    }

    /// Refuses what nobody took.
    pub(super) fn finish(self) -> Result<()> {
        let Some(field) = self.fields.keys().next() else {
            return Ok(());
        };
        let name = self.name(field);
        Err(Refusal::invalid(format!("Received unknown parameter: {name}"))
            .code("parameter_unknown")
            .param(name))
    }

    /// The refusal of a request that lacks a parameter.
    pub(super) fn absent(&self, field: &str) -> Refusal {
        let name = self.name(field);
        Refusal::invalid(format!("Missing required param: {name}."))
            .code("parameter_missing")
            .param(name)
    }

    /// A refusal of one parameter.
    pub(super) fn wrong(&self, field: &str, message: &str) -> Refusal {
        Refusal::invalid(message).param(self.name(field))
    }
}

#[cfg(test)]
mod tests {
    use super::super::form;
    use super::*;

    fn params(encoded: &str) -> Params {
        Params::new(form::parse(encoded.as_bytes()).unwrap())
    }

    fn refused<T: std::fmt::Debug>(answer: Result<T>) -> (Value, Value) {
        let error = answer.unwrap_err().body()["error"].clone();
        (error["code"].clone(), error["param"].clone())
    }

    #[test]
    fn a_missing_an_empty_and_an_unknown_parameter_are_told_apart() {
        let mut given = params("name=&colour=red");

        assert_eq!(
            refused(given.required("email")),
            ("parameter_missing".into(), "email".into())
        );
        assert_eq!(
            refused(given.required("name")),
            ("parameter_invalid_empty".into(), "name".into())
        );
        assert_eq!(
            refused(given.finish()),
            ("parameter_unknown".into(), "colour".into())
        );
    }

    #[test]
    fn errors_name_the_whole_path() {
        let mut given = params("items[0][quantity]=many");
        let mut item = given.list("items").unwrap().remove(0);

        let refusal = refused(item.integer("quantity"));

        assert_eq!(
            refusal,
            ("parameter_invalid_integer".into(), "items[0][quantity]".into())
        );
    }

    #[test]
    fn an_address_may_hold_the_place_of_the_session() {
        assert!(
            params("url=https://a.example/?id={CHECKOUT_SESSION_ID}")
                .url("url")
                .is_ok()
        );
        assert!(params("url=ftp://a.example/").url("url").is_err());
        assert!(params("url=nowhere").url("url").is_err());
    }
}
