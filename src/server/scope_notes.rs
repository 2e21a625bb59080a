//! The sentence in the descriptions of root fields and of the viewer's that says which scope a personal access token needs.

use std::borrow::Cow;

use async_graphql::parser::types::Field;
use async_graphql::registry::{MetaType, Registry};
use async_graphql::{ContextSelectionSet, OutputType, Positioned, ServerResult, Value};

use crate::features::permissions::{Requirement, TYPES_WITH_RULES};

/// Adds the sentences to a schema when it is registered there, behind the root types. No field has this type.
pub(super) struct ScopeNotes;

impl OutputType for ScopeNotes {
    fn type_name() -> Cow<'static, str> {
        Cow::Borrowed("ScopeNotes")
    }

    fn create_type_info(registry: &mut Registry) -> String {
        for parent in TYPES_WITH_RULES {
            if let Some(MetaType::Object { fields, .. }) = registry.types.get_mut(parent) {
                let visible = fields.values_mut().filter(|field| !field.name.starts_with("__"));
                for field in visible {
                    let needed = Requirement::of_field(parent, &field.name).unwrap_or(Requirement::Session);
                    let description = field.description.get_or_insert_default();
                    if !description.is_empty() {
                        description.push(' ');
                    }
                    description.push_str(&needed.to_string());
                }
            }
        }
        Self::type_name().into_owned()
    }

    async fn resolve(&self, _: &ContextSelectionSet<'_>, _: &Positioned<Field>) -> ServerResult<Value> {
        Ok(Value::Null)
    }
}

#[cfg(test)]
mod tests {
    use super::super::sdl;

    #[test]
    fn the_schema_says_what_each_root_field_requires() {
        let sdl = sdl();
        let (_, mutations) = sdl.split_once("\ntype Mutation {").unwrap();
        let (mutations, _) = mutations.split_once("\n}\n").unwrap();

        let described = mutations.matches("\t\"\"\"\n\t").count();
        let told = mutations.matches("Requires ").count();

        assert!(told > 30, "{told} fields of {described} descriptions");
        assert!(sdl.contains("Requires scope `ACT`.\n"));
        assert!(
            sdl.contains("Requires scope `MANAGE` of an access token that is not limited to accounts.\n")
        );
        assert!(!sdl.contains("ScopeNotes"));
    }
}
