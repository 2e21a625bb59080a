//! The values of a response, completed.

use std::collections::HashSet;
use std::fmt::Write;
use std::sync::Arc;

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{BaseType, OperationDefinition, Type};
use async_graphql::{Name, PathSegment, Response, ServerError, Value, Variables};

use super::collect::{Collector, Group};
use super::mark;
use crate::server::limits::Document;
use crate::server::output_types::OutputTypes;
use crate::server::request_error::RequestError;

/// The completion of the responses to one operation.
#[derive(Debug, Clone)]
pub(in crate::server) struct Completion {
    pub(in crate::server) types: Arc<OutputTypes>,
    pub(in crate::server) document: Arc<Document>,
    /// The operation, one of the document's.
    pub(in crate::server) operation: OperationDefinition,
    pub(in crate::server) variables: Variables,
}

impl Completion {
    /// Completes a response whose execution began.
    pub(in crate::server) fn complete(&self, response: &mut Response, request_id: &str) {
        let document = self.document.written();
        let root = self.types.root(self.operation.ty);
        let set = &self.operation.selection_set.node;
        let mut walk = Walk {
            collector: Collector::new(&self.types, document, set, &self.variables),
            path: Vec::new(),
            unexplained: Vec::new(),
            errors: &response.errors,
            explained: None,
        };
        let values = match std::mem::take(&mut response.data) {
            Value::Object(values) => values,
            // All fields failed.
            _ => IndexMap::new(),
        };
        let data = walk.object(Collector::ROOT, root, values);
        let unexplained = walk.unexplained;
        response.data = data.unwrap_or_default();
        for path in unexplained {
            tracing::error!(request.id = request_id, "a field that is never null has no value");
            let mut error = *RequestError::internal(request_id).error;
            error.path = path;
            response.errors.push(error);
        }
        remove_repeated(&mut response.errors);
    }
}

/// A field that stands twice in a selection is executed twice, and fails twice.
fn remove_repeated(errors: &mut Vec<ServerError>) {
    if errors.len() > 1 {
        let mut seen = HashSet::new();
        errors.retain(|error| seen.insert((key_of(&error.path), error.message.clone())));
    }
}

fn key_of(path: &[PathSegment]) -> String {
    let mut key = String::new();
    for segment in path {
        push(&mut key, segment);
    }
    key
}

fn push(key: &mut String, segment: &PathSegment) {
    // No name has a slash.
    let written = match segment {
        PathSegment::Field(name) => write!(key, "/{name}"),
        PathSegment::Index(index) => write!(key, "/{index}"),
    };
    written.expect("a string takes any text");
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Field(&'a Name),
    Index(usize),
}

struct Walk<'a, 'e> {
    collector: Collector<'a>,
    path: Vec<Step<'a>>,
    /// The paths of values that are null, must not be, and have no error.
    unexplained: Vec<Vec<PathSegment>>,
    errors: &'e [ServerError],
    /// The paths of all errors and of everything above them; made when the first is looked up.
    explained: Option<HashSet<String>>,
}

impl<'a> Walk<'a, '_> {
    /// The object with what `group` asks of it; none when it must be null.
    fn object(&mut self, group: Group, object: &'a str, mut values: IndexMap<Name, Value>) -> Option<Value> {
        let fields = self.collector.fields(group, object);
        let mut completed = IndexMap::with_capacity(fields.len());
        for field in fields.iter() {
            let value = if let Some(constant) = field.constant {
                Value::from(constant)
            } else {
                let value = values.swap_remove(field.key).unwrap_or_default();
                self.path.push(Step::Field(field.key));
                let value = self.value(field.ty, field.below, value);
                self.path.pop();
                value?
            };
            completed.insert(field.key.clone(), value);
        }
        Some(Value::Object(completed))
    }

    /// The value as a `ty`; none when it is null where a `ty` is never null.
    fn value(&mut self, ty: &'a Type, below: Group, value: Value) -> Option<Value> {
        let completed = match (&ty.base, value) {
            (_, Value::Null) => {
                if !ty.nullable {
                    self.explain();
                }
                None
            }
            (BaseType::List(item), Value::List(items)) => self.list(item, below, items),
            (BaseType::Named(name), Value::Object(values)) => match mark::type_of(&values) {
                Some(object) => {
                    let object = self.collector.types.composite_name(object)?;
                    self.object(below, object, values)
                }
                // A scalar that is written as an object.
                None => {
                    debug_assert!(self.collector.types.composite_name(name).is_none());
                    Some(Value::Object(values))
                }
            },
            (_, leaf) => Some(leaf),
        };
        completed.or(ty.nullable.then_some(Value::Null))
    }

    fn list(&mut self, item: &'a Type, below: Group, items: Vec<Value>) -> Option<Value> {
        let mut completed = Vec::with_capacity(items.len());
        for (index, value) in items.into_iter().enumerate() {
            self.path.push(Step::Index(index));
            let value = self.value(item, below, value);
            self.path.pop();
            completed.push(value?);
        }
        Some(Value::List(completed))
    }

    /// Notes that there is no value at the path, unless an error says why.
    fn explain(&mut self) {
        let path: Vec<PathSegment> = self.path.iter().copied().map(Step::to_segment).collect();
        let errors = self.errors;
        let explained = self.explained.get_or_insert_with(|| {
            let mut explained = HashSet::new();
            for error in errors {
                let mut key = String::new();
                for segment in &error.path {
                    push(&mut key, segment);
                    explained.insert(key.clone());
                }
            }
            explained
        });
        if !explained.contains(&key_of(&path)) {
            self.unexplained.push(path);
        }
    }
}

impl Step<'_> {
    fn to_segment(self) -> PathSegment {
        match self {
            Self::Field(name) => PathSegment::Field(name.to_string()),
            Self::Index(index) => PathSegment::Index(index),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use serde_json::json;

    use super::*;
    use crate::metrics::Metrics;
    use crate::server::limits::{DocumentCache, DocumentLimits, KnownSchema};
    use crate::server::schema_description;

    const SCHEMA: &str = "type Query { posts: PostConnection! }
        type PostConnection { nodes: [Post!]! totalCount: Int! }
        type Post { id: ID! kind: String! postedAt: String! isViewed: Boolean! author: Contact! content: Content }
        type Contact { id: ID! name: String avatarUrl: String }
        union Content = Text | Picture
        type Text { text: String! color: String }
        type Picture { url: String! width: Int! height: Int! caption: String }";

    const PAGE: &str = "{ posts { totalCount nodes { __typename ...Card } } }
        fragment Card on Post { id postedAt kind isViewed author { name id avatarUrl }
          content { ... on Picture { url height width caption } ... on Text { text color } } }";

    const ITEMS: usize = 100;
    const RUNS: u32 = 50;

    fn completion() -> Completion {
        let (schema, description) = schema_description::parse(SCHEMA);
        let types = Arc::new(OutputTypes::read(&schema, description));
        let documents = DocumentCache::new(
            DocumentLimits::STANDARD,
            KnownSchema::read(&schema, &types),
            Metrics::default(),
        );
        let document = documents.check(PAGE).unwrap();
        let operation = document.choose(None).unwrap().definition().clone();
        Completion {
            types,
            document,
            operation,
            variables: Variables::default(),
        }
    }

    /// A page as the library answers it: the names in another order, without the failed `name`, and with marks.
    fn executed() -> Response {
        let content = json!({ (mark::KEY): "Picture", "caption": null, "height": 2, "url": "https://a.test", "width": 1 });
        let author = json!({ (mark::KEY): "Contact", "avatarUrl": null, "id": "2" });
        let post = json!({
            (mark::KEY): "Post", "author": author, "content": content, "id": "1", "isViewed": true, "kind": "PICTURE",
            "postedAt": "2026-01-01T00:00:00Z",
        });
        let page = json!({ (mark::KEY): "PostConnection", "nodes": vec![post; ITEMS], "totalCount": ITEMS });
        Response::new(Value::from_json(json!({ "posts": page })).unwrap())
    }

    #[test]
    fn a_page_is_completed_in_the_order_of_its_document() {
        let completion = completion();
        let mut responses: Vec<_> = (0..RUNS).map(|_| executed()).collect();

        let begun = Instant::now();
        for response in &mut responses {
            completion.complete(response, "request");
        }
        let took = begun.elapsed() / RUNS;
        eprintln!("completed a page of {ITEMS} posts in {took:?}");

        let post = r#"{"__typename":"Post","id":"1","postedAt":"2026-01-01T00:00:00Z","kind":"PICTURE","isViewed":true,"author":{"name":null,"id":"2","avatarUrl":null},"content":{"url":"https://a.test","height":2,"width":1,"caption":null}}"#;
        let items = vec![post; ITEMS].join(",");
        let page = format!(r#"{{"posts":{{"totalCount":{ITEMS},"nodes":[{items}]}}}}"#);
        for response in responses {
            assert_eq!(serde_json::to_string(&response.data).unwrap(), page);
        }
    }
}
