//! Settings that the files of `deploy/` name: AMDA does not start with one that it does not know.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use amda::config::{Config, Flags};

/// Names that are none of AMDA's: what Compose asks for, what the Caddyfile is told, and where the checks keep their tools.
const OF_THE_FILES: [&str; 4] = ["AMDA_CI_TOOLS", "AMDA_DOMAIN", "AMDA_IMAGE", "AMDA_SERVERS"];

/// The words of `text` that look like settings.
fn named(text: &str) -> BTreeSet<&str> {
    let is_of_name = |letter: char| letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == '_';
    text.split(|letter| !is_of_name(letter))
        .filter(|word| word.starts_with("AMDA_") && word.len() > "AMDA_".len())
        .collect()
}

#[test]
fn every_setting_in_the_files_is_one() {
    let config = Config::read(&Flags::default(), &BTreeMap::new()).unwrap();
    let mut known: BTreeSet<&str> = config.settings.iter().map(|setting| setting.variable).collect();
    known.extend(OF_THE_FILES);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy");

    let mut unknown = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        // Secrets of whoever tried the files out lie in a folder.
        if entry.file_type().unwrap().is_file() {
            let text = fs::read_to_string(entry.path()).unwrap();
            let of_file = named(&text).into_iter().filter(|name| !known.contains(name));
            unknown.extend(of_file.map(|name| format!("{}: {name}", entry.file_name().display())));
        }
    }

    assert!(unknown.is_empty(), "no such settings:\n{}", unknown.join("\n"));
}
