//! Documents as trees, so that one that fails can be made smaller.

use std::collections::BTreeSet;
use std::fmt::Write;

use serde_json::{Map, Value};

/// The variables that conditions may name: the name, the declaration, and the value that is sent.
pub(crate) const VARIABLES: [(&str, &str, Option<bool>); 4] = [
    ("yes", "Boolean!", Some(true)),
    ("no", "Boolean!", Some(false)),
    ("usual", "Boolean = true", None),
    ("other", "Boolean = true", Some(false)),
];

/// A document with one operation.
#[derive(Debug, Clone)]
pub(crate) struct Document {
    /// `query` or `subscription`.
    pub(crate) kind: &'static str,
    pub(crate) root: Vec<Selection>,
    /// Each may be spread by the operation and by fragments before it.
    pub(crate) fragments: Vec<Fragment>,
}

/// A named fragment; its name is `F` and its number.
#[derive(Debug, Clone)]
pub(crate) struct Fragment {
    pub(crate) on: String,
    pub(crate) selections: Vec<Selection>,
}

/// A selection with its condition.
#[derive(Debug, Clone)]
pub(crate) struct Selection {
    pub(crate) kind: SelectionKind,
    pub(crate) condition: Option<Condition>,
    /// The selections in a field or in an inline fragment.
    pub(crate) below: Vec<Selection>,
}

#[derive(Debug, Clone)]
pub(crate) enum SelectionKind {
    Field { alias: Option<String>, name: String },
    Inline { on: Option<String> },
    Spread { fragment: usize },
}

/// `@skip` or `@include`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Condition {
    pub(crate) directive: &'static str,
    /// The number of a variable; a literal of the value without one.
    pub(crate) variable: Option<usize>,
    pub(crate) literal: bool,
}

/// A change that makes a document smaller.
#[derive(Debug, Clone, Copy)]
enum Edit {
    Remove,
    DropCondition,
    Empty,
}

impl Selection {
    /// `__typename`.
    pub(crate) fn typename() -> Self {
        Self::field("__typename")
    }

    /// A field without anything.
    pub(crate) fn field(name: &str) -> Self {
        Self {
            kind: SelectionKind::Field {
                alias: None,
                name: name.to_owned(),
            },
            condition: None,
            below: Vec::new(),
        }
    }
}

impl Document {
    /// The document's text, without fragments that nothing spreads.
    pub(crate) fn text(&self) -> String {
        let mut body = String::new();
        let mut spread = BTreeSet::new();
        write_set(&self.root, &mut body, &mut spread);
        let mut written = BTreeSet::new();
        while let Some(next) = spread.difference(&written).next().copied() {
            written.insert(next);
            let Fragment { on, selections } = &self.fragments[next];
            write!(body, " fragment F{next} on {on}").unwrap();
            write_set(selections, &mut body, &mut spread);
        }
        let used = VARIABLES
            .iter()
            .filter(|(name, ..)| body.contains(&format!("${name})")));
        let declared: Vec<_> = used
            .map(|(name, declaration, _)| format!("${name}: {declaration}"))
            .collect();
        let variables = if declared.is_empty() {
            String::new()
        } else {
            format!("({})", declared.join(", "))
        };
        format!("{}{variables}{body}", self.kind)
    }

    /// The values of the variables.
    pub(crate) fn variables() -> Value {
        let given = VARIABLES
            .iter()
            .filter_map(|(name, _, value)| Some(((*name).to_owned(), Value::from((*value)?))));
        given.collect::<Map<_, _>>().into()
    }

    /// Documents that ask for a little less, the smallest first.
    pub(crate) fn smaller(&self) -> Vec<Self> {
        let mut found = Vec::new();
        for edit in [Edit::Empty, Edit::Remove, Edit::DropCondition] {
            for number in 0.. {
                let mut smaller = self.clone();
                let mut left = number;
                let sets = smaller
                    .fragments
                    .iter_mut()
                    .map(|fragment| &mut fragment.selections);
                let mut sets = std::iter::once(&mut smaller.root).chain(sets);
                match sets.find_map(|set| apply(set, edit, &mut left)) {
                    Some(true) => found.push(smaller),
                    Some(false) => {}
                    None => break,
                }
            }
        }
        found
    }
}

/// Makes the edit at the selection whose number is `left`, counted from here; answers true when something changed, and
/// nothing when the selection is elsewhere.
fn apply(set: &mut Vec<Selection>, edit: Edit, left: &mut usize) -> Option<bool> {
    for index in 0..set.len() {
        if *left > 0 {
            *left -= 1;
            if let Some(changed) = apply(&mut set[index].below, edit, left) {
                return Some(changed);
            }
            continue;
        }
        let is_only = set.len() == 1;
        let selection = &mut set[index];
        let is_changed = match edit {
            Edit::Remove if is_only => false,
            Edit::Remove => {
                set.remove(index);
                true
            }
            Edit::DropCondition => selection.condition.take().is_some(),
            Edit::Empty => {
                let is_larger = selection.below.len() > 1
                    || selection
                        .below
                        .iter()
                        .any(|one| !one.below.is_empty() || one.condition.is_some());
                if is_larger {
                    selection.below = vec![Selection::typename()];
                }
                is_larger
            }
        };
        return Some(is_changed);
    }
    None
}

fn write_set(set: &[Selection], text: &mut String, spread: &mut BTreeSet<usize>) {
    text.push_str(" {");
    for selection in set {
        match &selection.kind {
            SelectionKind::Field {
                alias: Some(alias),
                name,
            } => write!(text, " {alias}: {name}").unwrap(),
            SelectionKind::Field { alias: None, name } => write!(text, " {name}").unwrap(),
            SelectionKind::Inline { on: Some(on) } => write!(text, " ... on {on}").unwrap(),
            SelectionKind::Inline { on: None } => text.push_str(" ..."),
            SelectionKind::Spread { fragment } => {
                spread.insert(*fragment);
                write!(text, " ...F{fragment}").unwrap();
            }
        }
        if let Some(Condition {
            directive,
            variable,
            literal,
        }) = selection.condition
        {
            match variable {
                Some(variable) => write!(text, " @{directive}(if: ${})", VARIABLES[variable].0).unwrap(),
                None => write!(text, " @{directive}(if: {literal})").unwrap(),
            }
        }
        if !selection.below.is_empty() {
            write_set(&selection.below, text, spread);
        }
    }
    text.push_str(" }");
}
