//! The import table: which module may name which. Read from the sources, so that a forbidden `use` fails here.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A module, and what of the crate it may name beside itself. A feature's row is `features`; `features::x` never names
/// `features::y`, but what features share (`features::schema` and the contract) is theirs to name, and the shared graph
/// names them all.
const MAY_NAME: [(&str, &str); 34] = [
    ("main", "cli"),
    (
        "cli",
        "app clock config crypto db features id jobs mail media plan retention server simulator \
         telemetry vault work",
    ),
    (
        "app",
        "account event clock config contacts crypto db egress features event_consumers graphql hub id jobs mail media \
         messages notices pipeline plan retention server simulator telemetry vault whatsapp work",
    ),
    (
        "server",
        "clock config db features graphql hub id limiter media per_key_limit telemetry work",
    ),
    (
        "pipeline",
        "account event clock contacts db features hub messages counts whatsapp work",
    ),
    (
        "features",
        "account event clock config contacts crypto db egress event_consumers graphql hub id jobs limiter mail media \
         messages notices per_key_limit plan retention telemetry counts time_of_day vault whatsapp work",
    ),
    (
        "messages",
        "account event clock contacts crypto db id media whatsapp work",
    ),
    ("contacts", "account event clock db id whatsapp"),
    (
        "whatsapp",
        "account event clock config contacts crypto db id retention telemetry work",
    ),
    ("jobs", "clock db id telemetry work"),
    (
        "media",
        "account event clock config contacts crypto db hub id jobs notices per_key_limit plan telemetry vault whatsapp work",
    ),
    ("plan", "clock db id notices work"),
    ("event_consumers", "clock db hub id telemetry work"),
    ("counts", "db id"),
    ("notices", "clock db hub id work"),
    ("retention", "clock db hub id jobs plan telemetry work"),
    ("work", "clock crypto db hub id counts vault"),
    ("graphql", "clock db id telemetry"),
    ("hub", "config crypto db id"),
    ("vault", "crypto db id"),
    ("db", "config id telemetry"),
    ("limiter", "clock"),
    ("per_key_limit", ""),
    ("event", "id"),
    ("account", "db id"),
    ("egress", ""),
    ("id", "clock"),
    ("mail", "clock config id telemetry"),
    ("clock", ""),
    ("time_of_day", ""),
    ("config", "crypto"),
    ("crypto", ""),
    ("telemetry", "config"),
    ("simulator", ""),
];

/// A system that is not ours, and the only modules that may name it.
const HOMES: [(&str, &[&str]); 5] = [
    ("whatsapp_rust", &["whatsapp"]),
    ("object_store", &["media"]),
    ("lettre", &["mail", "config"]),
    ("reqwest", &["egress"]),
    ("axum", &["server", "media", "simulator", "app"]),
];

#[test]
fn every_module_names_only_what_its_row_lists() {
    let allowed: BTreeMap<_, _> = MAY_NAME.into_iter().collect();

    let mut wrong = Vec::new();
    for (file, module, text) in sources() {
        let row = allowed
            .get(module.as_str())
            .unwrap_or_else(|| panic!("{module} has no row in the import table"));
        for named in named_modules(&text) {
            if named != module && !row.split(' ').any(|may| may == named) {
                wrong.push(format!("{} names {named}", file.display()));
            }
        }
    }

    assert!(wrong.is_empty(), "forbidden imports:\n{}", wrong.join("\n"));
}

#[test]
fn no_feature_names_another() {
    let features = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/features");

    let mut wrong = Vec::new();
    for (file, _, text) in sources() {
        let Ok(inside) = file.strip_prefix(&features) else {
            continue;
        };
        let own = inside
            .iter()
            .next()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        if own == "schema" || own == "mod.rs" {
            continue;
        }
        for named in names_after(&text, "features::") {
            let is_folder = features.join(&named).is_dir();
            if is_folder && named != own && named != "schema" {
                wrong.push(format!("{} names features::{named}", file.display()));
            }
        }
    }

    assert!(
        wrong.is_empty(),
        "features that name features:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn every_foreign_system_has_one_home() {
    let mut wrong = Vec::new();
    for (file, module, text) in sources() {
        for (foreign, homes) in HOMES {
            let is_named =
                text.contains(&format!("use {foreign}::")) || text.contains(&format!("{foreign}::"));
            if is_named && !homes.contains(&module.as_str()) {
                wrong.push(format!("{} names {foreign}", file.display()));
            }
        }
    }

    assert!(
        wrong.is_empty(),
        "foreign systems outside their homes:\n{}",
        wrong.join("\n")
    );
}

/// Every source file with its top module and its text without comments.
fn sources() -> Vec<(PathBuf, String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    files
        .into_iter()
        .filter(|file| file.file_name().is_none_or(|name| name != "lib.rs"))
        .map(|file| {
            let inside = file.strip_prefix(&root).unwrap();
            let first = inside.iter().next().unwrap().to_str().unwrap();
            let module = first.trim_end_matches(".rs").to_owned();
            let code = fs::read_to_string(&file).unwrap();
            let text = code
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"))
                .collect::<Vec<_>>()
                .join("\n");
            (file, module, text)
        })
        .collect()
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

fn named_modules(text: &str) -> BTreeSet<String> {
    names_after(text, "crate::")
        .into_iter()
        .chain(names_after(text, "amda::"))
        .collect()
}

/// The identifiers that follow `prefix`, each of a braced list among them.
fn names_after(text: &str, prefix: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (at, _) in text.match_indices(prefix) {
        let rest = &text[at + prefix.len()..];
        if let Some(list) = rest.strip_prefix('{') {
            let end = list.find('}').unwrap_or(list.len());
            names.extend(list[..end].split(',').filter_map(first_identifier));
        } else {
            names.extend(first_identifier(rest));
        }
    }
    names
}

fn first_identifier(text: &str) -> Option<String> {
    let name: String = text
        .trim_start()
        .chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect();
    let is_module = name.starts_with(|c: char| c.is_ascii_lowercase());
    is_module.then_some(name)
}
