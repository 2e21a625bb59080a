//! The check of a document against the personal access token that it came with, before anything of it is executed.
//!
//! It goes by the fields that the document names and by their types, wherever they stand: in fragments, under aliases, and
//! under `@include` and `@skip` whatever these say. The ids of `node` and `nodes` tell the types that they lead to.

use std::collections::{HashSet, VecDeque};

use async_graphql::parser::types::{Field, OperationType, Selection};
use async_graphql::{Name, Positioned};
use async_graphql_value::Value;
use axum::http::StatusCode;
use serde_json::Map;

use super::limits::ChosenOperation;
use super::output_types::OutputTypes;
use super::request_error::RequestError;
use crate::features::permissions::{Requirement, TYPES_WITH_RULES};
use crate::graphql::{ErrorCode, Grant};
use crate::id::parse_global;

/// Interface of everything that has an id.
const NODE: &str = "Node";
/// Number of ids of one field that are looked at; with more of them, the field itself refuses.
const MOST_IDS: usize = 101;

/// The document, and the token.
struct Guard<'a> {
    types: &'a OutputTypes,
    operation: ChosenOperation<'a>,
    variables: &'a Map<String, serde_json::Value>,
    grant: &'a Grant,
}

/// Checks that a token with this grant is enough for everything that `operation` asks for.
///
/// # Errors
/// `FORBIDDEN`, with the field and what it requires.
pub(super) fn check(
    types: &OutputTypes,
    operation: ChosenOperation<'_>,
    variables: &Map<String, serde_json::Value>,
    grant: &Grant,
) -> Result<(), RequestError> {
    let guard = Guard {
        types,
        operation,
        variables,
        grant,
    };
    let definition = operation.definition();
    let mut spread = HashSet::new();
    let mut waiting = VecDeque::from([(types.root(definition.ty), &definition.selection_set.node)]);
    while let Some((parent, set)) = waiting.pop_front() {
        for item in &set.items {
            match &item.node {
                Selection::Field(field) => {
                    guard.check_field(parent, field)?;
                    if let Some(known) = types.field(parent, &field.node.name.node) {
                        waiting.push_back((known.named_type(), &field.node.selection_set.node));
                    }
                }
                Selection::InlineFragment(inline) => {
                    let condition = inline.node.type_condition.as_ref();
                    let within = condition.map_or(parent, |condition| &condition.node.on.node);
                    waiting.push_back((within, &inline.node.selection_set.node));
                }
                Selection::FragmentSpread(named) => {
                    let name = &named.node.fragment_name.node;
                    let fragment = operation.document().fragments.get(name);
                    if let Some(fragment) = fragment.filter(|_| spread.insert(name)) {
                        let within = &fragment.node.type_condition.node.on.node;
                        waiting.push_back((within, &fragment.node.selection_set.node));
                    }
                }
            }
        }
    }
    Ok(())
}

impl Guard<'_> {
    fn check_field(&self, parent: &str, field: &Positioned<Field>) -> Result<(), RequestError> {
        let name = field.node.name.node.as_str();
        if name.starts_with("__") {
            return Ok(());
        }
        let what = format!("{parent}.{name}");
        if TYPES_WITH_RULES.contains(&parent) {
            let needed = Requirement::of_field(parent, name).unwrap_or(Requirement::Session);
            self.require(needed, &what, field)?;
        } else if name != "id" {
            for object in self.types.possible(parent) {
                self.require(self.of_node(object), &what, field)?;
            }
        }
        let is_lookup = parent == self.types.root(OperationType::Query) && matches!(name, "node" | "nodes");
        if is_lookup {
            for id in self.ids(&field.node) {
                let named = parse_global(&id).map_or(Requirement::Nothing, |(kind, _)| self.of_node(&kind));
                self.require(named, &what, field)?;
            }
        }
        Ok(())
    }

    /// The requirement of objects of this type: none for those that are no nodes, which are parts of what leads to them.
    fn of_node(&self, object: &str) -> Requirement {
        if self.types.applies(NODE, object) {
            Requirement::of_node(object).unwrap_or(Requirement::Session)
        } else {
            Requirement::Nothing
        }
    }

    fn require(
        &self,
        needed: Requirement,
        what: &str,
        field: &Positioned<Field>,
    ) -> Result<(), RequestError> {
        if needed.is_met_by(self.grant) {
            return Ok(());
        }
        let mut refused = refusal(needed, what);
        refused.error.locations = vec![field.pos];
        Err(refused)
    }

    /// The ids in the arguments of a lookup.
    fn ids(&self, field: &Field) -> Vec<String> {
        let mut ids = Vec::new();
        for (_, value) in &field.arguments {
            self.collect(&value.node, &mut ids);
        }
        ids
    }

    fn collect(&self, value: &Value, ids: &mut Vec<String>) {
        match value {
            Value::String(id) => ids.push(id.clone()),
            Value::List(items) => items
                .iter()
                .take(MOST_IDS)
                .for_each(|item| self.collect(item, ids)),
            Value::Variable(variable) => self.collect_variable(variable, ids),
            _ => {}
        }
    }

    fn collect_variable(&self, variable: &Name, ids: &mut Vec<String>) {
        match self.variables.get(variable.as_str()) {
            Some(serde_json::Value::String(id)) => ids.push(id.clone()),
            Some(serde_json::Value::Array(given)) => {
                let given = given.iter().take(MOST_IDS).filter_map(serde_json::Value::as_str);
                ids.extend(given.map(str::to_owned));
            }
            Some(_) => {}
            None => {
                let mut definitions = self.operation.definition().variable_definitions.iter();
                let definition = definitions.find(|definition| definition.node.name.node == *variable);
                let default = definition.and_then(|definition| definition.node.default_value.as_ref());
                if let Some(default) = default {
                    self.collect(&default.node.clone().into_value(), ids);
                }
            }
        }
    }
}

fn refusal(needed: Requirement, what: &str) -> RequestError {
    let message = match needed {
        Requirement::Scope(scope) => format!(
            "{what} requires an access token with the scope {}; create one that has it",
            scope.as_str()
        ),
        Requirement::AllAccounts(scope) => format!(
            "{what} requires an access token with the scope {} that is not limited to accounts; create such a one",
            scope.as_str()
        ),
        Requirement::Session | Requirement::Nothing => {
            format!("{what} is refused to personal access tokens; ask with the access token of a session")
        }
    };
    let refused = RequestError {
        status: StatusCode::FORBIDDEN,
        ..RequestError::refused(ErrorCode::Forbidden, message)
    };
    let refused = refused.with_extension("field", what);
    let refused = match needed.scope() {
        Some(scope) => refused.with_extension("requiredScope", scope.as_str()),
        None => refused,
    };
    match needed {
        Requirement::AllAccounts(_) => refused.with_extension("requiresAllAccounts", true),
        Requirement::Scope(_) | Requirement::Session | Requirement::Nothing => refused,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::*;
    use crate::db::AccountLimits;
    use crate::graphql::AccessTokenScope::{self, Act, Manage, Read};
    use crate::id::{AccountId, SessionId};
    use crate::metrics::Metrics;
    use crate::server::limits::{DocumentCache, KnownSchema};
    use crate::server::{DocumentLimits, schema_description, sdl};

    /// The real schema.
    struct Schema {
        types: Arc<OutputTypes>,
        documents: DocumentCache,
    }

    impl Schema {
        fn read() -> Self {
            let (schema, description) = schema_description::parse(&sdl());
            let types = Arc::new(OutputTypes::read(&schema, description));
            let known = KnownSchema::read(&schema, &types);
            Self {
                types,
                documents: DocumentCache::new(DocumentLimits::STANDARD, known, Metrics::default()),
            }
        }

        /// The field for which a token with these scopes is not enough; none when it is enough for all.
        fn refuse(
            &self,
            scopes: &[AccessTokenScope],
            query: &str,
            variables: serde_json::Value,
        ) -> Option<String> {
            let document = self.documents.check(query).unwrap();
            let serde_json::Value::Object(variables) = variables else {
                panic!("variables are an object");
            };
            let grant = Grant {
                scopes: scopes.to_vec(),
                limits: AccountLimits::NONE,
            };
            let error = check(&self.types, document.choose(None).unwrap(), &variables, &grant).err()?;
            let extensions = error.error.extensions.unwrap();
            Some(extensions.get("field").unwrap().to_string().replace('"', ""))
        }
    }

    #[test]
    fn no_fragment_alias_or_condition_gets_round_the_rules() {
        let schema = Schema::read();
        let sessions = Some("Viewer.sessions".to_owned());
        for query in [
            "{ viewer { sessions { id } } }",
            "{ me: viewer { mine: sessions { id } } }",
            "{ viewer { ... on Viewer { sessions { id } } } }",
            "{ viewer { ... { sessions { id } } } }",
            "{ viewer { ...A } } fragment A on Viewer { id ...B } fragment B on Viewer { sessions { id } }",
            "{ ...Q } fragment Q on Query { viewer { sessions { id } } }",
            "query ($never: Boolean = false) { viewer { sessions @include(if: $never) { id } } }",
            "{ viewer { sessions @skip(if: true) { id } } }",
            "{ node(id: \"x\") { ... on Viewer { sessions { id } } } }",
            "subscription { viewerChanged { viewer { sessions { id } } } }",
        ] {
            assert_eq!(
                schema.refuse(&AccessTokenScope::ALL, query, json!({})),
                sessions,
                "{query}"
            );
        }
        let query = "mutation { updateProfile(input: {}) { viewer { sessions { id } } } }";
        assert_eq!(schema.refuse(&AccessTokenScope::ALL, query, json!({})), sessions);
    }

    #[test]
    fn ids_lead_to_no_type_that_is_closed_to_the_token() {
        let schema = Schema::read();
        let session = SessionId::from(uuid::Uuid::from_u128(1)).to_global();
        let account = AccountId::from(uuid::Uuid::from_u128(1)).to_global();
        let one = "query ($id: ID!) { node(id: $id) { __typename } }";
        let many = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }";
        let closed = |field: &str| Some(format!("Query.{field}"));

        assert_eq!(
            schema.refuse(&[Read], one, json!({"id": session})),
            closed("node")
        );
        assert_eq!(schema.refuse(&[Read], one, json!({"id": account})), None);
        assert_eq!(
            schema.refuse(&[Read], many, json!({"ids": [account, session]})),
            closed("nodes")
        );
        for written in [
            format!("{{ node(id: \"{session}\") {{ id }} }}"),
            format!("query ($id: ID! = \"{session}\") {{ node(id: $id) {{ id }} }}"),
        ] {
            assert_eq!(
                schema.refuse(&[Read], &written, json!({})),
                closed("node"),
                "{written}"
            );
        }
        let mixed = format!("query ($id: ID!) {{ nodes(ids: [\"{account}\", $id]) {{ id }} }}");
        assert_eq!(
            schema.refuse(&[Read], &mixed, json!({"id": session})),
            closed("nodes")
        );
    }

    #[test]
    fn a_token_that_may_act_and_not_read_sees_errors_and_ids_alone() {
        let schema = Schema::read();
        let act = |selection: &str| {
            format!(
                "mutation {{ cancelScheduledStatus(input: {{scheduledStatusId: \"x\"}}) {{ {selection} }} }}"
            )
        };

        let ids = "scheduledStatus { __typename id } errors { message code path }";
        assert_eq!(schema.refuse(&[Act], &act(ids), json!({})), None);
        let content = "scheduledStatus { id publishAt }";
        assert_eq!(
            schema.refuse(&[Act], &act(content), json!({})).as_deref(),
            Some("ScheduledStatus.publishAt")
        );
        assert_eq!(schema.refuse(&[Act, Read], &act(content), json!({})), None);
        assert_eq!(
            schema.refuse(&[Read, Manage], &act(ids), json!({})).as_deref(),
            Some("Mutation.cancelScheduledStatus")
        );
    }

    #[test]
    fn the_schema_and_what_is_everybodys_need_no_scope() {
        let schema = Schema::read();
        for query in [
            "{ __typename __schema { types { name } } }",
            "{ serverInfo { version } }",
            "{ plans { code } }",
        ] {
            assert_eq!(schema.refuse(&[], query, json!({})), None, "{query}");
        }
    }
}
