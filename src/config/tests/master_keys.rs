use std::fs;
use std::path::Path;

use secrecy::{ExposeSecret, SecretString};

use super::reading::{KEY, problem_of, read};
use crate::config::{KeyError, KeySource, KeysConfig, MasterKeys};

const OTHER: &str = "AQECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

fn keys_in(folder: &Path) -> KeysConfig {
    let data = folder.to_str().unwrap();
    read(&[("AMDA_DATA_DIR", data)]).unwrap().keys
}

fn texts(keys: &MasterKeys) -> (&str, Vec<&str>) {
    let previous = keys.previous.iter().map(SecretString::expose_secret);
    (keys.current.expose_secret(), previous.collect())
}

#[test]
fn the_key_comes_from_a_file_or_a_command_and_earlier_ones_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("credential");
    fs::write(&file, format!("{KEY}\n")).unwrap();
    let name = file.to_str().unwrap();
    let command = format!("cat {name}");

    for source in [
        ("AMDA_MASTER_KEY_FILE", name),
        ("AMDA_MASTER_KEY_COMMAND", command.as_str()),
    ] {
        let config = read(&[source, ("AMDA_PREVIOUS_MASTER_KEYS", OTHER)]).unwrap();
        let keys = MasterKeys::load(&config.keys).unwrap();
        assert_eq!(texts(&keys), (KEY, vec![OTHER]), "{}", source.0);
        assert_eq!(
            config.keys.kept_files().len(),
            0,
            "none of the operator's is backed up"
        );
    }
    fs::write(folder.path().join("credential.previous"), format!("\n{OTHER}\n")).unwrap();
    let config = read(&[("AMDA_MASTER_KEY_FILE", name)]).unwrap();
    let keys = MasterKeys::load(&config.keys).unwrap();
    assert_eq!(texts(&keys), (KEY, vec![OTHER]));
}

#[test]
fn each_wrong_source_is_named_without_what_it_holds() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("credential");
    fs::write(&file, "not a key").unwrap();
    let name = file.to_str().unwrap();
    let print = format!("cat {name}");
    let cases = [
        ("AMDA_MASTER_KEY_FILE", name, "is not 32 bytes in base64"),
        (
            "AMDA_MASTER_KEY_FILE",
            "/no/such/file",
            "which AMDA_MASTER_KEY_FILE names",
        ),
        (
            "AMDA_MASTER_KEY_COMMAND",
            print.as_str(),
            "AMDA_MASTER_KEY_COMMAND printed no master key",
        ),
        (
            "AMDA_MASTER_KEY_COMMAND",
            "false",
            "AMDA_MASTER_KEY_COMMAND printed no master key",
        ),
    ];

    for (setting, value, expected) in cases {
        let config = read(&[(setting, value)]).unwrap();
        let error = MasterKeys::load(&config.keys).unwrap_err().to_string();
        assert!(error.contains(expected), "{value}: {error}");
        assert!(!error.contains("not a key"), "{error}");
    }
    let problem = problem_of("AMDA_PREVIOUS_MASTER_KEYS", &format!("{KEY},short"));
    assert!(
        problem.contains("with commas between") && !problem.contains(KEY),
        "{problem}"
    );
    for pair in [
        [("AMDA_MASTER_KEY", KEY), ("AMDA_MASTER_KEY_FILE", name)],
        [
            ("AMDA_MASTER_KEY_FILE", name),
            ("AMDA_MASTER_KEY_COMMAND", "true"),
        ],
    ] {
        let error = read(&pair).unwrap_err().to_string();
        assert!(error.contains(pair[0].0) && error.contains(pair[1].0), "{error}");
        assert!(error.contains("remove one of the two"), "{error}");
    }
}

#[test]
fn a_replaced_key_is_among_the_earlier_ones_until_it_is_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let config = keys_in(folder.path());
    let KeySource::File(file) = &config.master else {
        panic!("the data folder holds the key");
    };
    fs::write(file, KEY).unwrap();
    // Left by a replacement that was ended between its two files, and one that was ended in the middle of a file.
    fs::write(
        folder.path().join("master.key.previous"),
        format!("{KEY}\n{OTHER}\n"),
    )
    .unwrap();
    fs::write(folder.path().join("master.key.new"), "half").unwrap();

    MasterKeys::replace(file).unwrap();

    let keys = MasterKeys::load(&config).unwrap();
    assert_eq!(texts(&keys).1, [KEY, OTHER]);
    assert_ne!(texts(&keys).0, KEY);
    assert_eq!(config.kept_files().len(), 2, "both are backed up");
    MasterKeys::forget(file, |key| key.expose_secret() == KEY).unwrap();
    assert_eq!(
        texts(&MasterKeys::load(&config).unwrap()),
        (texts(&keys).0, vec![KEY])
    );
}

#[test]
fn a_damaged_file_of_earlier_keys_is_told_and_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let config = keys_in(folder.path());
    fs::write(folder.path().join("master.key"), KEY).unwrap();
    let earlier = folder.path().join("master.key.previous");
    fs::write(&earlier, "half").unwrap();

    let read = MasterKeys::load(&config).unwrap_err();
    let replaced = MasterKeys::replace(&folder.path().join("master.key")).unwrap_err();

    for error in [read, replaced] {
        assert!(
            matches!(&error, KeyError::Malformed { file, .. } if *file == earlier),
            "{error}"
        );
    }
    assert_eq!(fs::read_to_string(&earlier).unwrap(), "half");
}
