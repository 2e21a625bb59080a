use std::os::unix::fs::PermissionsExt;

use secrecy::ExposeSecret;

use super::*;

const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// As a tool for web push prints it.
const VAPID: &str = "RS0WdYWWo1HajXg3NZR1olzCf31i-ZBGDkFyCs7j1jw";

fn read(variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let environment = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    Config::read(&Flags::default(), &environment)
}

fn problem_of(name: &str, value: &str) -> String {
    read(&[(name, value)]).unwrap_err().to_string()
}

#[test]
fn nothing_given_means_loopback_and_an_embedded_database() {
    let config = read(&[]).unwrap();

    assert_eq!(config.listen.to_string(), "127.0.0.1:3000");
    assert_eq!(config.public_url.as_str(), "http://127.0.0.1:3000/");
    assert!(config.data_dir.is_absolute() && config.data_dir.ends_with("data"));
    let DatabaseConfig::Embedded(embedded) = &config.database else {
        panic!("{:?}", config.database)
    };
    assert!(embedded.durable && embedded.folder.ends_with("data/postgres"));
    assert_eq!(config.default_plan, DefaultPlan::Free);
    assert!(config.simulator.is_none() && config.allowed_origins.is_empty());
}

#[test]
fn every_error_is_told_at_once_with_its_name_and_remedy() {
    let wrong = [
        ("AMDA_LISTEN", "3000"),
        ("AMDA_DEFAULT_PLAN", "gold"),
        ("AMDA_LOG_FORMAT", "xml"),
    ];

    let error = read(&wrong).unwrap_err();

    assert_eq!(
        error.to_string(),
        "the configuration is wrong:\n  \
         AMDA_LISTEN: it is \"3000\", and must be an IP address and a port, such as 127.0.0.1:3000 or 0.0.0.0:80\n  \
         AMDA_DEFAULT_PLAN: it is \"gold\", and must be `free` or `premium`\n  \
         AMDA_LOG_FORMAT: it is \"xml\", and must be `text` or `json`"
    );
}

#[test]
fn a_flag_wins_over_its_variable_and_an_error_names_the_one_that_was_used() {
    let mut flags = Flags::default();
    flags.serve.listen = Some("here".to_owned());
    let environment = BTreeMap::from([("AMDA_LISTEN".to_owned(), "127.0.0.1:1".to_owned())]);

    let error = Config::read(&flags, &environment).unwrap_err();

    assert!(error.to_string().contains("--listen: it is \"here\""), "{error}");
}

#[test]
fn the_environment_wins_over_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("amda.env");
    std::fs::write(
        &file,
        "AMDA_LISTEN=127.0.0.1:1\nAMDA_DEVICE_NAME=\"Of the file\"\n",
    )
    .unwrap();

    let config = read(&[
        ("AMDA_CONFIG", file.to_str().unwrap()),
        ("AMDA_LISTEN", "127.0.0.1:2"),
    ])
    .unwrap();

    assert_eq!(config.listen.port(), 2);
    assert_eq!(config.whatsapp.device_name, "Of the file");
}

#[test]
fn a_file_that_is_not_there_is_an_error() {
    assert!(
        problem_of("AMDA_CONFIG", "/nonexistent/amda.env").contains("/nonexistent/amda.env cannot be read")
    );
}

#[test]
fn a_misspelt_setting_is_told_with_the_one_that_was_meant() {
    assert!(
        problem_of("AMDA_LISTN", "x")
            .contains("AMDA_LISTN: there is no such setting; the nearest is AMDA_LISTEN")
    );
}

#[test]
fn an_empty_variable_counts_as_absent() {
    assert_eq!(
        read(&[("AMDA_LISTEN", " "), ("DATABASE_URL", "")])
            .unwrap()
            .listen
            .port(),
        3000
    );
}

#[test]
fn no_secret_is_printed_whether_right_or_wrong() {
    let url = "postgresql://user:hunter2@host/amda";
    let secrets = [
        ("AMDA_MASTER_KEY", KEY),
        ("JWT_SECRET", "a secret of more than 32 bytes, certainly"),
        ("DATABASE_URL", url),
        ("AMDA_VAPID_PRIVATE_KEY", VAPID),
        ("AMDA_SMTP_URL", "smtps://amda:hunter2@mail.example.org"),
        ("AMDA_MAIL_FROM", "amda@example.org"),
    ];
    let debug = format!("{:?}", read(&secrets).unwrap());
    let wrong = read(&[
        ("AMDA_MASTER_KEY", "hunter2"),
        ("JWT_SECRET", "hunter2"),
        ("DATABASE_URL", "mysql://hunter2"),
        ("AMDA_VAPID_PRIVATE_KEY", "hunter2"),
        ("AMDA_SMTP_URL", "smtp://amda:hunter2@mail.example.org"),
        ("AMDA_MAIL_FROM", "amda@example.org"),
    ]);
    let wrong = format!("{0} {0:?}", wrong.unwrap_err());

    for secret in [KEY, VAPID, "a secret of", "hunter2"] {
        assert!(
            !debug.contains(secret) && !wrong.contains(secret),
            "{debug} {wrong}"
        );
    }
    assert_eq!(wrong.matches("must be").count(), 10, "{wrong}");
}

#[test]
fn origins_have_no_path_and_no_wildcard() {
    let config = read(&[(
        "AMDA_ALLOWED_ORIGINS",
        "https://app.example.org, http://localhost:5173",
    )])
    .unwrap();

    assert_eq!(
        config.allowed_origins,
        ["https://app.example.org", "http://localhost:5173"]
    );
    for wrong in [
        "*",
        "https://app.example.org/path",
        "app.example.org",
        "https://a.example,,",
    ] {
        assert!(
            problem_of("AMDA_ALLOWED_ORIGINS", wrong).contains("must be web origins"),
            "{wrong}"
        );
    }
}

#[test]
fn a_version_is_three_numbers() {
    assert_eq!(
        read(&[("AMDA_WHATSAPP_VERSION", "2.3000.7")])
            .unwrap()
            .whatsapp
            .version,
        (2, 3000, 7)
    );
    assert!(problem_of("AMDA_WHATSAPP_VERSION", "2.3000").contains("must be three numbers"));
}

#[test]
fn this_machine_is_called_for_users_only_where_the_operator_says_so() {
    assert!(!read(&[]).unwrap().allows_local_endpoints);
    assert!(
        read(&[("AMDA_ALLOW_LOCAL_ENDPOINTS", "true")])
            .unwrap()
            .allows_local_endpoints
    );
    assert!(problem_of("AMDA_ALLOW_LOCAL_ENDPOINTS", "yes").contains("must be `true` or `false`"));
}

#[test]
fn nobody_in_front_is_believed_unless_the_operator_says_how_many_proxies_there_are() {
    assert_eq!(read(&[]).unwrap().proxies, 0);
    assert_eq!(read(&[("AMDA_PROXIES", "2")]).unwrap().proxies, 2);
    for wrong in ["-1", "yes", "127.0.0.1"] {
        assert!(
            problem_of("AMDA_PROXIES", wrong).contains("AMDA_PROXIES: it is"),
            "{wrong}"
        );
    }
}

#[test]
fn the_schema_is_shown_to_this_machine_and_to_others_only_where_the_operator_says_so() {
    let config = read(&[]).unwrap();
    assert!(config.allows_introspection && config.serves_graphiql);
    for open in [
        ("AMDA_LISTEN", "0.0.0.0:3000"),
        ("AMDA_PUBLIC_URL", "https://amda.example.org"),
    ] {
        let config = read(&[open]).unwrap();
        assert!(
            !config.allows_introspection && !config.serves_graphiql,
            "{open:?}"
        );
        let config = read(&[open, ("AMDA_INTROSPECTION", "true"), ("AMDA_GRAPHIQL", "1")]).unwrap();
        assert!(config.allows_introspection && config.serves_graphiql, "{open:?}");
    }
    let config = read(&[("AMDA_INTROSPECTION", "false"), ("AMDA_GRAPHIQL", "0")]).unwrap();
    assert!(!config.allows_introspection && !config.serves_graphiql);

    let wrong = read(&[("AMDA_INTROSPECTION", "on"), ("AMDA_GRAPHIQL", "off")]).unwrap_err();
    let wrong = wrong.to_string();
    assert!(
        wrong.contains("AMDA_INTROSPECTION: it is \"on\", and must be `true` or `false`"),
        "{wrong}"
    );
    assert!(
        wrong.contains("AMDA_GRAPHIQL: it is \"off\", and must be `true` or `false`"),
        "{wrong}"
    );
}

#[test]
fn links_name_this_machine_when_every_address_is_served() {
    assert_eq!(
        read(&[("AMDA_LISTEN", "0.0.0.0:80")])
            .unwrap()
            .public_url
            .as_str(),
        "http://localhost/"
    );
}

fn serve_flags(simulate: bool) -> Flags {
    Flags {
        serve: ServeFlags {
            simulate,
            is_given: true,
            ..ServeFlags::default()
        },
        ..Flags::default()
    }
}

#[cfg(feature = "simulator")]
#[test]
fn simulating_points_whatsapp_at_loopback() {
    let config = Config::read(&serve_flags(true), &BTreeMap::new()).unwrap();

    assert_eq!(
        config.whatsapp.websocket_url.as_str(),
        "ws://127.0.0.1:3100/ws/chat"
    );
    assert_eq!(config.simulator.unwrap().listen.port(), 3100);
}

#[cfg(feature = "simulator")]
#[test]
fn what_is_simulated_has_a_folder_of_its_own_unless_one_is_named() {
    let config = Config::read(&serve_flags(true), &BTreeMap::new()).unwrap();
    assert!(config.data_dir.ends_with("data-demo"), "{:?}", config.data_dir);
    let KeySource::File(key) = config.keys.master else {
        panic!("the key is in a file");
    };
    assert!(key.starts_with(&config.data_dir), "{key:?}");

    let named = BTreeMap::from([("AMDA_DATA_DIR".to_owned(), "/srv/amda".to_owned())]);
    let config = Config::read(&serve_flags(true), &named).unwrap();
    assert_eq!(config.data_dir, Path::new("/srv/amda"));
}

#[cfg(feature = "simulator")]
#[test]
fn what_is_simulated_is_served_on_this_machine_alone() {
    for listen in ["0.0.0.0:3000", "192.0.2.7:3000", "[::]:3000"] {
        let mut flags = serve_flags(true);
        flags.serve.listen = Some(listen.to_owned());

        let error = Config::read(&flags, &BTreeMap::new()).unwrap_err().to_string();

        assert!(error.contains("--listen or AMDA_LISTEN"), "{error}");
        assert!(error.contains("this machine alone with --simulate"), "{error}");
    }
}

#[cfg(feature = "simulator")]
#[test]
fn serving_the_real_whatsapp_is_refused_by_a_build_with_the_simulator() {
    let error = Config::read(&serve_flags(false), &BTreeMap::new())
        .unwrap_err()
        .to_string();

    assert!(
        error.contains("AMDA_WHATSAPP_URL: wss://web.whatsapp.com/ws/chat is not on this machine"),
        "{error}"
    );
    assert!(error.contains("--simulate"), "{error}");
}

#[cfg(not(feature = "simulator"))]
#[test]
fn simulating_without_the_simulator_says_how_to_build_it() {
    let error = Config::read(&serve_flags(true), &BTreeMap::new())
        .unwrap_err()
        .to_string();

    assert!(error.contains("cargo run --features simulator"), "{error}");
}

#[test]
fn the_simulator_listens_on_loopback_alone() {
    assert!(problem_of("AMDA_SIMULATOR_LISTEN", "0.0.0.0:3100").contains("an address of this machine alone"));
}

fn keys_in(folder: &Path) -> KeysConfig {
    KeysConfig {
        master: KeySource::File(folder.join("master.key")),
        jwt: KeySource::File(folder.join("jwt.secret")),
        vapid: KeySource::File(folder.join("vapid.key")),
    }
}

#[test]
fn missing_keys_are_made_once_and_closed_to_others() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let config = keys_in(&data);

    let made = Keys::load_or_make(&config).unwrap();
    let again = Keys::load_or_make(&config).unwrap();

    assert_eq!(made.master.expose_secret(), again.master.expose_secret());
    assert_eq!(made.jwt.expose_secret(), again.jwt.expose_secret());
    assert_ne!(
        made.master.expose_secret().as_bytes(),
        made.jwt.expose_secret(),
        "each file has a key of its own"
    );
    let files: Vec<_> = std::fs::read_dir(&data)
        .unwrap()
        .map(|file| file.unwrap())
        .collect();
    assert_eq!(made.vapid.expose_secret(), again.vapid.expose_secret());
    assert_eq!(files.len(), 3, "nothing half made is left: {files:?}");
    assert!(
        files
            .iter()
            .all(|file| file.metadata().unwrap().permissions().mode() & 0o777 == 0o600)
    );
}

#[test]
fn a_key_that_others_can_read_is_closed_to_them() {
    let folder = tempfile::tempdir().unwrap();
    let config = keys_in(folder.path());
    Keys::load_or_make(&config).unwrap();
    let file = folder.path().join("master.key");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();

    Keys::load_or_make(&config).unwrap();

    assert_eq!(
        std::fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o600
    );
}

#[test]
fn looking_for_keys_makes_none() {
    let folder = tempfile::tempdir().unwrap();

    let error = Keys::load(&keys_in(folder.path())).unwrap_err();

    assert!(matches!(error, KeyError::Missing { .. }), "{error}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_damaged_key_is_told_and_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("master.key"), "too short").unwrap();

    let error = Keys::load_or_make(&keys_in(folder.path())).unwrap_err();

    assert!(
        error.to_string().contains("master.key is not 32 bytes in base64"),
        "{error}"
    );
    assert_eq!(
        std::fs::read_to_string(folder.path().join("master.key")).unwrap(),
        "too short"
    );
}

#[test]
fn given_keys_are_used_as_they_are() {
    let config = read(&[
        ("AMDA_MASTER_KEY", KEY),
        ("JWT_SECRET", "0123456789abcdef0123456789abcdef"),
        ("AMDA_VAPID_PRIVATE_KEY", VAPID),
    ])
    .unwrap();

    let keys = Keys::load(&config.keys).unwrap();

    assert_eq!(keys.master.expose_secret(), KEY);
    assert_eq!(keys.jwt.expose_secret(), b"0123456789abcdef0123456789abcdef");
    assert_eq!(keys.vapid.expose_secret().len(), 32);
}

#[test]
fn a_key_that_signs_nothing_is_refused() {
    let too_large = data_encoding::BASE64.encode(&[0xFF; 32]);
    for wrong in ["AAAA", "nonsense!", &too_large] {
        let problem = problem_of("AMDA_VAPID_PRIVATE_KEY", wrong);
        assert!(problem.contains("a private key of the curve P-256"), "{problem}");
    }
    assert!(read(&[("AMDA_VAPID_PRIVATE_KEY", KEY)]).is_ok());
}

#[test]
fn a_mail_server_needs_an_address_to_send_from_and_none_is_no_mistake() {
    assert!(read(&[]).unwrap().mail.is_none());
    let url = ("AMDA_SMTP_URL", "smtp://mail.example.org:25");
    let missing = read(&[url]).unwrap_err().to_string();
    assert!(missing.contains("AMDA_MAIL_FROM: it is missing"), "{missing}");
    let wrong = read(&[url, ("AMDA_MAIL_FROM", "nobody")]).unwrap_err();
    assert_eq!(wrong.problems.len(), 1, "{wrong}");

    let mail = read(&[url, ("AMDA_MAIL_FROM", "AMDA <amda@example.org>")])
        .unwrap()
        .mail
        .unwrap();

    assert_eq!(mail.from.email.to_string(), "amda@example.org");
}
