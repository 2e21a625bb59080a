use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use secrecy::ExposeSecret;

use super::reading::{KEY, VAPID, problem_of, read};
use crate::config::{KeyError, KeySource, Keys, KeysConfig};

fn keys_in(folder: &Path) -> KeysConfig {
    KeysConfig {
        master: KeySource::File(folder.join("master.key")),
        previous_masters: Vec::new(),
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

    assert_eq!(
        made.master.current.expose_secret(),
        again.master.current.expose_secret()
    );
    assert_eq!(made.jwt.expose_secret(), again.jwt.expose_secret());
    assert_ne!(
        made.master.current.expose_secret().as_bytes(),
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

    assert_eq!(keys.master.current.expose_secret(), KEY);
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
