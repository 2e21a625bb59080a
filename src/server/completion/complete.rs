//! The values of a response, completed.

use std::collections::HashSet;
use std::fmt::Write;
use std::sync::Arc;

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{BaseType, Type};
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
    /// The name of the operation.
    pub(in crate::server) operation: Option<String>,
    pub(in crate::server) variables: Variables,
}

impl Completion {
    /// Completes a response whose execution began.
    pub(in crate::server) fn complete(&self, response: &mut Response, request_id: &str) {
        let Ok(chosen) = self.document.choose(self.operation.as_deref()) else {
            return;
        };
        let (document, operation) = chosen.definition();
        let root = self.types.root(operation.ty);
        let set = &operation.selection_set.node;
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
        let path: Vec<PathSegment> = self.path.iter().map(Step::to_segment).collect();
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
    fn to_segment(&self) -> PathSegment {
        match self {
            Self::Field(name) => PathSegment::Field(name.to_string()),
            Self::Index(index) => PathSegment::Index(*index),
        }
    }
}
