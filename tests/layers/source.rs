//! Source files as tokens: comments dropped, string literals kept apart from code.

use std::fs;
use std::path::{Path, PathBuf};

/// One token of Rust code, as far as the checks need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Token {
    /// An identifier or keyword.
    Word(String),
    /// The content of a string literal.
    Text(String),
    /// `::`.
    Separator,
    /// Any other character that is not white space.
    Mark(char),
}

impl Token {
    /// The identifier or keyword; `None` for every other token.
    pub(crate) fn word(&self) -> Option<&str> {
        match self {
            Self::Word(word) => Some(word),
            Self::Text(_) | Self::Separator | Self::Mark(_) => None,
        }
    }
}

/// A file under `src`.
#[derive(Debug)]
pub(crate) struct Source {
    /// Its path from the project's folder, for messages.
    pub(crate) file: String,
    /// The path of its module from the crate's root: `["features", "statuses", "store"]`.
    pub(crate) module: Vec<String>,
    /// Its text as it is.
    pub(crate) text: String,
    /// Its code.
    pub(crate) tokens: Vec<Token>,
}

/// Reads every source file under `src`, in the order of their paths.
pub(crate) fn read_all() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    collect(&root.join("src"), &mut files);
    files.sort();
    files.iter().map(|file| read(root, file)).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

fn read(root: &Path, file: &Path) -> Source {
    let text = fs::read_to_string(file).unwrap();
    let inside = file.strip_prefix(root.join("src")).unwrap().with_extension("");
    let mut module: Vec<String> = inside
        .iter()
        .map(|part| part.to_str().unwrap().to_owned())
        .collect();
    if matches!(module.last().map(String::as_str), Some("mod" | "lib")) {
        module.pop();
    }
    Source {
        file: file.strip_prefix(root).unwrap().display().to_string(),
        module,
        tokens: tokens(&text),
        text,
    }
}

/// The tokens of `code`.
pub(crate) fn tokens(code: &str) -> Vec<Token> {
    let mut lexer = Lexer {
        rest: code,
        found: Vec::new(),
    };
    while lexer.step() {}
    lexer.found
}

struct Lexer<'a> {
    rest: &'a str,
    found: Vec<Token>,
}

impl Lexer<'_> {
    /// Reads one token or comment. False at the end.
    fn step(&mut self) -> bool {
        let Some(first) = self.rest.chars().next() else {
            return false;
        };
        if self.rest.starts_with("//") {
            self.skip(self.rest.find('\n').unwrap_or(self.rest.len()));
        } else if self.rest.starts_with("/*") {
            self.block_comment();
        } else if first == '"' {
            self.string();
        } else if first == '\'' {
            self.quote();
        } else if self.rest.starts_with("::") {
            self.found.push(Token::Separator);
            self.skip(2);
        } else if is_of_word(first) {
            self.word();
        } else {
            if !first.is_whitespace() {
                self.found.push(Token::Mark(first));
            }
            self.skip(first.len_utf8());
        }
        true
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = &self.rest[bytes..];
    }

    fn block_comment(&mut self) {
        let mut depth = 0;
        while !self.rest.is_empty() {
            if self.rest.starts_with("/*") {
                depth += 1;
                self.skip(2);
            } else if self.rest.starts_with("*/") {
                depth -= 1;
                self.skip(2);
                if depth == 0 {
                    return;
                }
            } else {
                self.skip(self.rest.chars().next().map_or(0, char::len_utf8));
            }
        }
    }

    fn string(&mut self) {
        let mut is_escaped = false;
        let end = self.rest[1..].find(|c| {
            let is_end = c == '"' && !is_escaped;
            is_escaped = c == '\\' && !is_escaped;
            is_end
        });
        let end = end.map_or(self.rest.len() - 1, |at| at + 1);
        self.found.push(Token::Text(self.rest[1..end].to_owned()));
        self.skip(end + 1);
    }

    /// `r"…"` and `r#"…"#`, with the hashes still to be read.
    fn raw_string(&mut self) -> bool {
        let hashes = self.rest.len() - self.rest.trim_start_matches('#').len();
        let Some(body) = self.rest[hashes..].strip_prefix('"') else {
            return false;
        };
        let closing = format!("\"{}", "#".repeat(hashes));
        let end = body.find(&closing).unwrap_or(body.len());
        self.found.push(Token::Text(body[..end].to_owned()));
        self.skip((hashes + 1 + end + closing.len()).min(self.rest.len()));
        true
    }

    /// A character literal is dropped; of a lifetime only the quote.
    fn quote(&mut self) {
        let inside = &self.rest[1..];
        let end = if let Some(escaped) = inside.strip_prefix('\\') {
            let after = escaped.chars().next().map_or(0, char::len_utf8);
            escaped[after..].find('\'').map(|at| 2 + after + at)
        } else {
            let after = inside.chars().next().map_or(0, char::len_utf8);
            inside[after..].starts_with('\'').then_some(1 + after)
        };
        self.skip(end.map_or(1, |end| end + 1));
    }

    fn word(&mut self) {
        let end = self.rest.find(|c| !is_of_word(c)).unwrap_or(self.rest.len());
        let word = &self.rest[..end];
        let is_raw = matches!(word, "r" | "br" | "cr");
        let is_prefix = matches!(word, "b" | "c");
        self.skip(end);
        if is_raw && self.raw_string() || is_prefix && self.rest.starts_with('"') {
            return;
        }
        self.found.push(Token::Word(word.to_owned()));
    }
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[test]
fn comments_and_strings_are_no_code() {
    let code = r##"
        // crate::a
        /* crate::b /* crate::c */ crate::d */
        let e = "crate::\"f"; let g: &'static str = r#"crate::"h"#; let i = '"'; crate::j;
    "##;

    let words: Vec<String> = tokens(code)
        .iter()
        .filter_map(Token::word)
        .map(str::to_owned)
        .collect();

    assert_eq!(
        words,
        ["let", "e", "let", "g", "static", "str", "let", "i", "crate", "j"]
    );
}
