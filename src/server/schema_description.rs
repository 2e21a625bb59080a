//! The description of the schema itself, for which the GraphQL library has no place: it neither prints nor parses one,
//! and answers the description of its own type to introspection.

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::ServiceDocument;

/// The description: error codes, costs, and what clients may rely on.
const DESCRIPTION: &str = include_str!("schema_description.md");

/// The end of a description, and the definition that it describes.
const DESCRIBED: &str = "\n\"\"\"\nschema {";

/// The text of the schema with its description.
pub(super) fn describe(sdl: &str) -> String {
    let described = format!("\n\"\"\"\n{}{DESCRIBED}", DESCRIPTION.trim_end());
    sdl.replacen("\nschema {", &described, 1)
}

/// The schema of a text, and its description.
pub(super) fn parse(sdl: &str) -> (ServiceDocument, Option<String>) {
    let parts = sdl.split_once(DESCRIBED).and_then(|(before, definition)| {
        let (before, description) = before.rsplit_once("\"\"\"\n")?;
        Some((format!("{before}schema {{{definition}"), description.to_owned()))
    });
    let (text, description) = match parts {
        Some((text, description)) => (text, Some(description)),
        None => (sdl.to_owned(), None),
    };
    let schema = parse_schema(text).expect("a schema's own text is valid");
    (schema, description)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graphql::ErrorCode;

    #[test]
    fn a_description_is_read_as_it_was_written() {
        let (schema, description) = parse(&describe(
            "type Query { a: Int }\n\nschema {\n\tquery: Query\n}\n",
        ));

        assert_eq!(description.as_deref(), Some(DESCRIPTION.trim_end()));
        assert_eq!(schema.definitions.len(), 2);
        assert_eq!(parse("type Query { a: Int }").1, None);
    }

    #[test]
    fn the_description_and_the_readme_list_every_error_code_and_no_other() {
        let readme = include_str!("../../README.md");
        let lines = DESCRIPTION.lines().filter_map(|line| line.strip_prefix("- `"));
        let described: Vec<&str> = lines.filter_map(|line| line.split('`').next()).collect();

        assert_eq!(described, ErrorCode::all().collect::<Vec<_>>());
        for code in described {
            assert!(readme.contains(&format!("| `{code}` |")), "{code}");
        }
    }
}
