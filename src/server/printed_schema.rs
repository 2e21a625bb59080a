//! The schema as text: its definitions by name, so that a Rust item that moves changes nothing.

use async_graphql::SDLExportOptions;

use super::schema::AmdaSchema;

/// The definitions of `schema` by name, and the roots last. The directives of the specification are left out, as other
/// printers do.
pub(super) fn print(schema: &AmdaSchema) -> String {
    let options = SDLExportOptions::new().sorted_arguments().include_specified_by();
    let printed = schema.sdl_with_options(options);
    let mut definitions = definitions(&printed);
    definitions.retain(|definition| definition.kind != "directive");
    definitions.sort_by_key(|definition| (definition.kind == "schema", definition.name.to_lowercase()));
    let texts: Vec<_> = definitions
        .into_iter()
        .map(|definition| definition.text)
        .collect();
    texts.join("\n")
}

/// A definition as the library prints it.
struct Definition<'a> {
    /// The word that begins it, such as `type`.
    kind: &'a str,
    name: &'a str,
    /// Its description and itself, with the line break at the end.
    text: String,
}

fn definitions(sdl: &str) -> Vec<Definition<'_>> {
    let mut found = Vec::new();
    let mut text = String::new();
    let mut head: Option<&str> = None;
    let mut is_description = false;
    for line in sdl.lines() {
        if text.is_empty() && line.is_empty() {
            continue;
        }
        text.push_str(line);
        text.push('\n');
        if line == "\"\"\"" {
            is_description = !is_description;
        } else if !is_description {
            let head_line = *head.get_or_insert(line);
            if line == "}" || !head_line.ends_with('{') {
                let mut words = head_line.split([' ', '@', '(']).filter(|word| !word.is_empty());
                found.push(Definition {
                    kind: words.next().unwrap_or_default(),
                    name: words.next().unwrap_or_default(),
                    text: std::mem::take(&mut text),
                });
                head = None;
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_definition_is_read_with_its_description() {
        let printed = "\"\"\"\nA text.\n\nAnd more.\n\"\"\"\nscalar URL\n\ninput Uncover @oneOf {\n\tid: ID\n}\n\n\
                       directive @skip(if: Boolean!) on FIELD\nschema {\n\tquery: Query\n}\n";

        let found: Vec<_> = definitions(printed)
            .iter()
            .map(|definition| (definition.kind, definition.name, definition.text.lines().count()))
            .collect();

        let expected = [
            ("scalar", "URL", 6),
            ("input", "Uncover", 3),
            ("directive", "skip", 1),
            ("schema", "{", 3),
        ];
        assert_eq!(found, expected);
    }
}
