//! Imports go down: the modules in their order, and what each may name.

use std::collections::{BTreeMap, BTreeSet};

use crate::paths;
use crate::source::{self, Source};

/// The modules from top to bottom, and what each may name beside itself: rows below its own, and each of them used.
/// A feature's row is `features`.
const LAYERS: [(&str, &str); 48] = [
    ("main", "cli"),
    (
        "cli",
        "app backup server simulator features media retention plan jobs work vault user account db mail redis telemetry config \
         crypto disk id clock",
    ),
    (
        "app",
        "server simulator stripe_simulator pipeline features idempotency media contacts whatsapp retention plan jobs event_consumers \
         graphql work hub vault account db event mail egress limiter redis memory_budget metrics telemetry config disk \
         id clock",
    ),
    ("backup", "db config crypto disk clock"),
    (
        "server",
        "features graphql db limiter redis per_key_limit memory_budget metrics telemetry disk id clock",
    ),
    ("simulator", ""),
    ("stripe_simulator", ""),
    (
        "pipeline",
        "features messages contacts whatsapp work counts account db event metrics",
    ),
    (
        "features",
        "audit idempotency messages media contacts whatsapp retention plan jobs notices event_consumers graphql work counts \
         hub vault user account db event mail egress limiter per_key_limit telemetry crypto id clock memo \
         time_of_day text_enum visible_text",
    ),
    ("audit", "graphql plan jobs notices work hub db id text_enum"),
    ("idempotency", "graphql retention work db crypto"),
    ("graphql", "plan work user db telemetry id text_enum"),
    (
        "messages",
        "media contacts plan work account db event crypto id text_enum visible_text",
    ),
    (
        "media",
        "whatsapp plan jobs notices work hub vault account db event per_key_limit memory_budget telemetry \
         config crypto disk id clock text_enum",
    ),
    (
        "contacts",
        "work account db event crypto id text_enum visible_text",
    ),
    (
        "whatsapp",
        "retention work account db event metrics telemetry config crypto id clock text_enum visible_text",
    ),
    ("retention", "plan jobs work hub telemetry id"),
    ("plan", "notices work hub db id clock text_enum"),
    ("notices", "jobs work hub db kinds id"),
    ("jobs", "work db telemetry id clock text_enum"),
    ("event_consumers", "work hub db telemetry id"),
    ("work", "memo counts hub vault db limiter metrics crypto id clock"),
    ("memo", ""),
    ("counts", "db id text_enum"),
    ("hub", "db kinds redis metrics id"),
    ("vault", "db config crypto id"),
    ("user", "db id text_enum"),
    ("account", "db crypto id visible_text"),
    ("db", "telemetry system_roots config disk id"),
    ("event", "id text_enum"),
    ("kinds", "text_enum"),
    ("mail", "config id clock"),
    ("limiter", "redis metrics clock"),
    ("per_key_limit", ""),
    ("memory_budget", ""),
    ("redis", "system_roots telemetry"),
    ("metrics", "telemetry"),
    ("telemetry", "egress config"),
    ("egress", ""),
    ("config", ""),
    ("crypto", ""),
    ("disk", ""),
    ("system_roots", ""),
    ("id", "clock"),
    ("clock", ""),
    ("time_of_day", ""),
    ("text_enum", ""),
    ("visible_text", ""),
];

/// The module that names the client library of Stripe.
const STRIPE: &[&str] = &["features::billing::stripe_client"];

/// A foreign system, and the only modules that may name it, with everything in them.
const HOMES: [(&str, &[&str]); 19] = [
    ("fred", &["redis"]),
    ("prometheus_client", &["metrics"]),
    ("opentelemetry", &["telemetry"]),
    ("opentelemetry_proto", &["telemetry"]),
    ("opentelemetry_sdk", &["telemetry"]),
    ("tracing_opentelemetry", &["telemetry"]),
    ("whatsapp_rust", &["whatsapp"]),
    ("object_store", &["media"]),
    ("lettre", &["mail", "config"]),
    ("reqwest", &["egress"]),
    ("totp_rs", &["features"]),
    ("zip", &["features"]),
    ("stripe", STRIPE),
    ("stripe_billing", STRIPE),
    ("stripe_checkout", STRIPE),
    ("stripe_core", STRIPE),
    ("stripe_product", STRIPE),
    ("stripe_shared", STRIPE),
    (
        "axum",
        &["server", "media", "simulator", "stripe_simulator", "app"],
    ),
];

/// The modules that each top module names, with the files in which it does.
fn imports() -> BTreeMap<String, BTreeMap<String, Vec<String>>> {
    let mut imports: BTreeMap<String, BTreeMap<String, Vec<String>>> = BTreeMap::new();
    for source in sources() {
        let named: BTreeSet<String> = paths::named(&source)
            .into_iter()
            .map(|path| path[0].clone())
            .filter(|named| *named != source.module[0])
            .collect();
        let row = imports.entry(source.module[0].clone()).or_default();
        for module in named {
            row.entry(module).or_default().push(source.file.clone());
        }
    }
    imports
}

/// Every file that belongs to a top module: all but `lib.rs`, which only declares them.
fn sources() -> impl Iterator<Item = Source> {
    source::read_all()
        .into_iter()
        .filter(|source| !source.module.is_empty())
}

#[test]
fn every_module_has_one_row() {
    let rows: BTreeSet<&str> = LAYERS.iter().map(|(module, _)| *module).collect();
    let sources: Vec<Source> = sources().collect();
    let modules: BTreeSet<&str> = sources.iter().map(|source| source.module[0].as_str()).collect();

    assert_eq!(rows.len(), LAYERS.len(), "a module has two rows");
    assert_eq!(rows, modules, "rows (left) and modules (right) are not the same");
}

#[test]
fn every_row_names_only_rows_below_it() {
    let mut wrong = Vec::new();
    for (at, (module, row)) in LAYERS.iter().enumerate() {
        for named in row.split_whitespace() {
            if !LAYERS[at + 1..].iter().any(|(lower, _)| *lower == named) {
                wrong.push(format!("{module} may name {named}, which is not below it"));
            }
        }
    }

    assert!(wrong.is_empty(), "rows out of order:\n{}", wrong.join("\n"));
}

#[test]
fn every_module_names_only_what_its_row_lists() {
    let allowed: BTreeMap<&str, &str> = LAYERS.into_iter().collect();

    let mut wrong = Vec::new();
    for (module, named) in imports() {
        let row = allowed.get(module.as_str()).copied().unwrap_or_default();
        for (named, files) in named {
            if !row.split_whitespace().any(|may| may == named) {
                wrong.push(format!("{module} names {named} in {}", files.join(", ")));
            }
        }
    }

    assert!(wrong.is_empty(), "forbidden imports:\n{}", wrong.join("\n"));
}

#[test]
fn every_permission_is_used() {
    let imports = imports();

    let mut unused = Vec::new();
    for (module, row) in LAYERS {
        for may in row.split_whitespace() {
            let is_used = imports.get(module).is_some_and(|named| named.contains_key(may));
            if !is_used {
                unused.push(format!("{module} may name {may} and does not"));
            }
        }
    }

    assert!(unused.is_empty(), "permissions to remove:\n{}", unused.join("\n"));
}

#[test]
fn no_feature_names_another() {
    let sources: Vec<Source> = sources().collect();
    let in_features = |source: &Source| source.module[0] == "features" && source.module.len() > 1;
    let features: BTreeSet<&str> = sources
        .iter()
        .filter(|source| in_features(source) && is_in_a_folder(source))
        .map(|source| source.module[1].as_str())
        .collect();

    let mut wrong = Vec::new();
    for source in sources
        .iter()
        .filter(|source| in_features(source) && is_in_a_folder(source))
    {
        let own = source.module[1].as_str();
        for path in paths::named(source) {
            let [root, named, ..] = path.as_slice() else {
                continue;
            };
            let is_feature = root == "features" && features.contains(named.as_str());
            if is_feature && named != own && named != "schema" && own != "schema" {
                wrong.push(format!("{} names {}", source.file, path.join("::")));
            }
        }
    }

    assert!(
        wrong.is_empty(),
        "features that name features:\n{}",
        wrong.join("\n")
    );
}

/// True for a file of a feature; the files beside the folders are the contract, which may name features.
fn is_in_a_folder(source: &Source) -> bool {
    source
        .file
        .strip_prefix("src/features/")
        .is_some_and(|inside| inside.contains('/'))
}

/// True when `module` is `home`, or in it.
fn is_in(module: &str, home: &str) -> bool {
    let inside = module.strip_prefix(home);
    inside.is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

#[test]
fn every_foreign_system_has_one_home() {
    let mut wrong = Vec::new();
    let mut used = BTreeSet::new();
    for source in sources() {
        let module = source.module.join("::");
        for (foreign, homes) in HOMES {
            let is_named = source.tokens.windows(2).any(|pair| {
                pair[0].word() == Some(foreign)
                    && (pair[1] == source::Token::Separator || pair[1].word() == Some("as"))
            });
            if is_named {
                match homes.iter().find(|home| is_in(&module, home)) {
                    Some(home) => drop(used.insert((foreign, *home))),
                    None => wrong.push(format!("{} names {foreign}", source.file)),
                }
            }
        }
    }
    for (foreign, homes) in HOMES {
        let unused = homes.iter().filter(|home| !used.contains(&(foreign, **home)));
        wrong.extend(unused.map(|home| format!("{home} is a home of {foreign} and does not name it")));
    }

    assert!(
        wrong.is_empty(),
        "foreign systems outside their homes:\n{}",
        wrong.join("\n")
    );
}
