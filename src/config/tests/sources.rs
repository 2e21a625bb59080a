use std::collections::BTreeMap;

use super::reading::{KEY, VAPID, problem_of, read};
use crate::config::{Config, Flags};

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
fn a_mistake_in_the_file_is_told_with_file_and_line() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("amda.env");
    let name = file.to_str().unwrap();
    std::fs::write(&file, "# ours\nAMDA_LISTEN=here\nAMDA_LISTN=there\n").unwrap();

    let error = read(&[("AMDA_CONFIG", name)]).unwrap_err().to_string();

    assert!(
        error.contains(&format!("AMDA_LISTEN in {name}, line 2: it is \"here\"")),
        "{error}"
    );
    assert!(
        error.contains(&format!("AMDA_LISTN in {name}, line 3: there is no such setting")),
        "{error}"
    );
}

#[test]
fn what_kubernetes_sets_for_a_service_of_our_name_is_ignored() {
    let of_service = [
        ("AMDA_SERVICE_HOST", "10.0.0.7"),
        ("AMDA_SERVICE_PORT", "80"),
        ("AMDA_SERVICE_PORT_HTTP", "80"),
        ("AMDA_PORT", "tcp://10.0.0.7:80"),
        ("AMDA_PORT_80_TCP", "tcp://10.0.0.7:80"),
        ("AMDA_PORT_80_TCP_PROTO", "tcp"),
        ("AMDA_PORT_80_TCP_PORT", "80"),
        ("AMDA_PORT_80_TCP_ADDR", "10.0.0.7"),
    ];

    read(&of_service).unwrap();

    assert!(problem_of("AMDA_PORT", "3000").contains("AMDA_PORT: there is no such setting"));
}

#[test]
fn a_password_that_is_not_percent_encoded_is_told_so() {
    let told = problem_of("DATABASE_URL", "postgresql://amda:p@ss@localhost/amda");

    assert!(told.contains("percent-encoded (@ as %40"), "{told}");
    assert!(!told.contains("p@ss"), "{told}");
}

#[test]
fn an_owner_alone_is_not_enough() {
    let told = problem_of("AMDA_DATABASE_OWNER_URL", "postgresql://owner@localhost/amda");

    assert!(told.contains("needs DATABASE_URL as well"), "{told}");
}
