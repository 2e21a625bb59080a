//! The paths that a file names, resolved from the crate's root: `crate`, `super`, `self`, braces, aliases.

use std::collections::{BTreeMap, BTreeSet};

use crate::source::{Source, Token};

/// Every path of `source` that begins inside the crate, from the crate's root: `["db", "schema", "users"]`.
pub(crate) fn named(source: &Source) -> BTreeSet<Vec<String>> {
    let mut reader = Reader::new(source);
    reader.read();
    // A second time, now that every alias of the file is known: `use` may stand below what needs it.
    let aliases = std::mem::take(&mut reader.aliases);
    let mut reader = Reader::new(source);
    reader.aliases = aliases;
    reader.read();
    reader.found
}

struct Reader<'a> {
    tokens: &'a [Token],
    at: usize,
    /// The module at the token, and the depth of braces at which each inline module began.
    module: Vec<String>,
    inline: Vec<usize>,
    depth: usize,
    /// What each imported name stands for.
    aliases: BTreeMap<String, Vec<String>>,
    found: BTreeSet<Vec<String>>,
}

impl<'a> Reader<'a> {
    fn new(source: &'a Source) -> Self {
        Self {
            tokens: &source.tokens,
            at: 0,
            module: source.module.clone(),
            inline: Vec::new(),
            depth: 0,
            aliases: BTreeMap::new(),
            found: BTreeSet::new(),
        }
    }

    fn read(&mut self) {
        while let Some(token) = self.tokens.get(self.at) {
            match token {
                Token::Mark('{') => self.depth += 1,
                Token::Mark('}') => {
                    self.depth = self.depth.saturating_sub(1);
                    if self.inline.last() == Some(&self.depth) {
                        self.inline.pop();
                        self.module.pop();
                    }
                }
                Token::Word(word) if word == "mod" => self.enter_module(),
                Token::Word(word) if word == "use" => {
                    self.at += 1;
                    self.path(true);
                    continue;
                }
                Token::Word(_) if !self.follows_separator() => {
                    self.path(false);
                    continue;
                }
                Token::Word(_) | Token::Text(_) | Token::Separator | Token::Mark(_) => {}
            }
            self.at += 1;
        }
    }

    fn enter_module(&mut self) {
        if let (Some(Token::Word(name)), Some(Token::Mark('{'))) =
            (self.tokens.get(self.at + 1), self.tokens.get(self.at + 2))
        {
            self.module.push(name.clone());
            self.inline.push(self.depth);
        }
        self.at += 1;
    }

    fn follows_separator(&self) -> bool {
        // `.name` is a field or a method.
        let before = self.at.checked_sub(1).and_then(|at| self.tokens.get(at));
        matches!(before, Some(Token::Separator | Token::Mark('.')))
    }

    /// Reads a path that begins here, and records it when it begins inside the crate.
    fn path(&mut self, is_import: bool) {
        let Some(Token::Word(first)) = self.tokens.get(self.at) else {
            return;
        };
        let start = match first.as_str() {
            "crate" | "amda" => Some(Vec::new()),
            "self" => Some(self.module.clone()),
            "super" => Some(parent(&self.module)),
            name => self.aliases.get(name).cloned(),
        };
        self.at += 1;
        match start {
            Some(start) if self.tokens.get(self.at) == Some(&Token::Separator) => self.tail(start, is_import),
            _ if is_import => self.skip_import(),
            _ => {}
        }
    }

    fn skip_import(&mut self) {
        while !matches!(self.tokens.get(self.at), None | Some(Token::Mark(';'))) {
            self.at += 1;
        }
    }

    /// Reads what follows `path`, from the `::` on.
    fn tail(&mut self, mut path: Vec<String>, is_import: bool) {
        while self.tokens.get(self.at) == Some(&Token::Separator) {
            match self.tokens.get(self.at + 1) {
                Some(Token::Word(word)) if word == "super" => path = parent(&path),
                Some(Token::Word(word)) => path.push(word.clone()),
                Some(Token::Mark('{')) if is_import => {
                    self.at += 2;
                    self.group(&path);
                    return;
                }
                _ => break,
            }
            self.at += 2;
        }
        self.record(path, is_import);
    }

    /// Reads a braced list behind `path`, up to its closing brace.
    fn group(&mut self, path: &[String]) {
        loop {
            match self.tokens.get(self.at) {
                Some(Token::Word(word)) if word == "self" => {
                    self.at += 1;
                    self.record(path.to_vec(), true);
                }
                Some(Token::Word(word)) => {
                    let mut longer = path.to_vec();
                    longer.push(word.clone());
                    self.at += 1;
                    self.tail(longer, true);
                }
                Some(Token::Mark('}')) | None => {
                    self.at += 1;
                    return;
                }
                Some(_) => self.at += 1,
            }
        }
    }

    fn record(&mut self, path: Vec<String>, is_import: bool) {
        if is_import {
            let mut name = path.last().cloned();
            if self.tokens.get(self.at).and_then(Token::word) == Some("as") {
                name = self
                    .tokens
                    .get(self.at + 1)
                    .and_then(Token::word)
                    .map(str::to_owned);
                self.at += 2;
            }
            self.aliases.extend(name.map(|name| (name, path.clone())));
        }
        if !path.is_empty() {
            self.found.insert(path);
        }
    }
}

fn parent(module: &[String]) -> Vec<String> {
    module[..module.len().saturating_sub(1)].to_vec()
}

#[cfg(test)]
mod tests {
    use super::named;
    use crate::source::{Source, tokens};

    fn paths(code: &str) -> Vec<String> {
        let source = Source {
            file: String::new(),
            module: vec!["features".to_owned(), "statuses".to_owned(), "store".to_owned()],
            text: code.to_owned(),
            tokens: tokens(code),
        };
        named(&source).iter().map(|path| path.join("::")).collect()
    }

    #[test]
    fn nested_braces_name_each_of_their_paths() {
        let found = paths("use crate::{a, b::{self, c::{D, E as F}}, g::*};");

        assert_eq!(found, ["a", "b", "b::c::D", "b::c::E", "g"]);
    }

    #[test]
    fn super_climbs_out_of_the_module() {
        let found = paths("fn f() { super::super::users::g(); super::super::super::db::h(); }");

        assert_eq!(found, ["db::h", "features::users::g"]);
    }

    #[test]
    fn super_in_an_inline_module_climbs_to_its_file() {
        let found = paths("mod tests { use super::super::model; } fn f() { super::model::g() }");

        assert_eq!(
            found,
            ["features::statuses::model", "features::statuses::model::g"]
        );
    }

    #[test]
    fn an_alias_stands_for_what_was_imported() {
        let found = paths("use crate::db::schema as tables; fn f() { tables::users::table.find(schema.x) }");

        assert_eq!(found, ["db::schema", "db::schema::users::table"]);
    }

    #[test]
    fn a_path_outside_the_crate_is_not_seen() {
        assert!(
            paths("use diesel::{prelude::*, crate_a}; fn f() { chrono::Utc::now(); a.b::<c::D>(); }")
                .is_empty()
        );
    }
}
