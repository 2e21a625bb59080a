//! The secret keys: given by the operator, or generated once and stored in the data folder.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use data_encoding::{BASE64, BASE64URL_NOPAD};
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use thiserror::Error;
use tracing::{info, warn};
use web_push_native::p256::SecretKey;
use zeroize::Zeroizing;

use super::key_command::{self, KeyCommandError};
use super::master_keys::{self, MasterKeys};
use super::reader::{Reader, Setting};

/// The length of a key that is made.
const MADE_KEY_BYTES: usize = 32;

/// The minimum length of the secret that signs access tokens: that of the signature itself.
const MIN_JWT_SECRET_BYTES: usize = 32;

const JWT_SECRET: Setting = Setting::secret(
    "JWT_SECRET",
    "at least 32 bytes long, such as `openssl rand -base64 32` prints",
);

const VAPID_KEY: Setting = Setting::secret(
    "AMDA_VAPID_PRIVATE_KEY",
    "a private key of the curve P-256, 32 bytes in base64 or base64url, such as `npx web-push generate-vapid-keys` prints",
);

/// The sources of the secret keys.
#[derive(Debug, Clone)]
pub struct KeysConfig {
    /// The key that wraps every user's key.
    pub master: KeySource,
    /// Master keys that the operator holds beside it: those that wrap something until a rotation has ended, or in a backup.
    pub previous_masters: Vec<SecretString>,
    /// The secret that signs access tokens.
    pub jwt: KeySource,
    /// The key that signs pushes.
    pub vapid: KeySource,
}

/// The source of one key.
#[derive(Debug, Clone)]
pub enum KeySource {
    /// The operator gave it.
    Given(SecretSlice<u8>),
    /// It is stored in this file, which is created when it is missing.
    File(PathBuf),
    /// It is stored in this file of the operator's.
    Elsewhere(PathBuf),
    /// A command prints it.
    Command {
        /// The program.
        program: String,
        /// Its arguments.
        arguments: Vec<String>,
    },
}

/// The secret keys.
#[derive(Debug)]
pub struct Keys {
    /// The keys that wrap the users' keys.
    pub master: MasterKeys,
    /// The secret that signs access tokens; at least 32 bytes.
    pub jwt: SecretSlice<u8>,
    /// The key that signs pushes: 32 bytes, a private key of P-256.
    pub vapid: SecretSlice<u8>,
}

/// Error of reading or creating a key.
#[derive(Debug, Error)]
pub enum KeyError {
    /// The file cannot be read, or cannot be created.
    #[error(
        "cannot use the key file {file}; make it readable for the user that runs AMDA alone (mode 0600), and its folder writable"
    )]
    File {
        /// The file.
        file: PathBuf,
        /// The error of the operating system.
        #[source]
        source: io::Error,
    },
    /// The file does not hold such a key.
    #[error(
        "{file} is not {expected}; restore it from a backup (a new one cannot read what the old one encrypted)"
    )]
    Malformed {
        /// The file.
        file: PathBuf,
        /// The description of such a key.
        expected: &'static str,
    },
    /// The file does not exist.
    #[error("there is no {file} yet; `amda serve` creates it")]
    Missing {
        /// The file.
        file: PathBuf,
    },
    /// The operator's file does not exist.
    #[error("there is no {file}, which AMDA_MASTER_KEY_FILE names; name the file that holds the master key")]
    NotThere {
        /// The file.
        file: PathBuf,
    },
    /// The command printed no key.
    #[error(
        "AMDA_MASTER_KEY_COMMAND printed no master key; run it by hand as the user that runs AMDA ({program} and its arguments)"
    )]
    Command {
        /// The program.
        program: String,
        /// The cause.
        #[source]
        source: KeyCommandError,
    },
}

impl Keys {
    /// Reads the keys, creating the files that are missing. A file that others may read is closed to them, with a
    /// warning.
    ///
    /// # Errors
    /// When a file can be neither read nor created, or does not hold a key.
    pub fn load_or_make(config: &KeysConfig) -> Result<Self, KeyError> {
        for file in config.files() {
            make_once(file)?;
        }
        for file in config.kept_files() {
            close_to_others(&file)?;
        }
        Self::load(config)
    }

    /// Reads the keys; creates and changes nothing.
    ///
    /// # Errors
    /// When a file is missing, cannot be read, or does not hold a key.
    pub fn load(config: &KeysConfig) -> Result<Self, KeyError> {
        Ok(Self {
            master: MasterKeys::load(config)?,
            jwt: read(&config.jwt, JWT_SECRET.expected(), jwt_secret)?,
            vapid: read(&config.vapid, VAPID_KEY.expected(), vapid_key)?,
        })
    }
}

impl KeysConfig {
    /// The files of the data folder among the sources.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        [&self.master, &self.jwt, &self.vapid]
            .into_iter()
            .filter_map(|source| match source {
                KeySource::Given(_) | KeySource::Elsewhere(_) | KeySource::Command { .. } => None,
                KeySource::File(file) => Some(file.as_path()),
            })
    }

    /// The files of the data folder that hold keys and exist, earlier master keys among them.
    pub fn kept_files(&self) -> Vec<PathBuf> {
        let mut files: Vec<PathBuf> = self.files().map(Path::to_owned).collect();
        if let KeySource::File(file) = &self.master {
            files.push(previous_of(file));
        }
        files.retain(|file| file.exists());
        files
    }

    /// The file of earlier master keys, which lies beside that of the current one and need not exist. None when no file holds
    /// that.
    pub fn previous_file(&self) -> Option<PathBuf> {
        match &self.master {
            KeySource::File(file) | KeySource::Elsewhere(file) => Some(previous_of(file)),
            KeySource::Given(_) | KeySource::Command { .. } => None,
        }
    }

    /// The setting that gives the master key; none when it lies in the data folder.
    pub const fn master_setting(&self) -> Option<&'static str> {
        match self.master {
            KeySource::File(_) => None,
            KeySource::Given(_) => Some("AMDA_MASTER_KEY"),
            KeySource::Elsewhere(_) => Some("AMDA_MASTER_KEY_FILE"),
            KeySource::Command { .. } => Some("AMDA_MASTER_KEY_COMMAND"),
        }
    }
}

/// The file of keys earlier than the one in `file`.
pub(super) fn previous_of(file: &Path) -> PathBuf {
    file.with_added_extension("previous")
}

pub(super) fn read_config(data_dir: &Path, reader: &mut Reader) -> KeysConfig {
    let file = |name: &str| KeySource::File(data_dir.join(name));
    let master = master_keys::read_source(reader);
    let previous_masters = master_keys::read_previous(reader);
    let jwt = reader.value(&JWT_SECRET, None, |text| jwt_secret(text).map(|_| given(text)));
    let vapid = reader.value(&VAPID_KEY, None, |text| vapid_key(text).map(|_| given(text)));
    KeysConfig {
        vapid: vapid.unwrap_or_else(|| file("vapid.key")),
        master: master.unwrap_or_else(|| file("master.key")),
        previous_masters,
        jwt: jwt.unwrap_or_else(|| file("jwt.secret")),
    }
}

fn given(text: &str) -> KeySource {
    KeySource::Given(text.as_bytes().to_vec().into())
}

/// Reads a key from its source.
pub(super) fn read<T>(
    source: &KeySource,
    expected: &'static str,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<T, KeyError> {
    match source {
        KeySource::Given(text) => {
            let text = std::str::from_utf8(text.expose_secret()).expect("a given key was text");
            Ok(parse(text).expect("a given key was checked when it was read"))
        }
        KeySource::File(file) | KeySource::Elsewhere(file) => {
            let text = fs::read_to_string(file)
                .map(Zeroizing::new)
                .map_err(|error| missing_or(source, file, error))?;
            parse(text.trim()).ok_or_else(|| KeyError::Malformed {
                file: file.clone(),
                expected,
            })
        }
        KeySource::Command { program, arguments } => {
            let printed = key_command::run(program, arguments);
            let key = printed.and_then(|text| parse(text.trim()).ok_or(KeyCommandError::Malformed));
            key.map_err(|source| KeyError::Command {
                program: program.clone(),
                source,
            })
        }
    }
}

fn missing_or(source: &KeySource, file: &Path, error: io::Error) -> KeyError {
    match (error.kind(), source) {
        (io::ErrorKind::NotFound, KeySource::Elsewhere(_)) => KeyError::NotThere {
            file: file.to_owned(),
        },
        (io::ErrorKind::NotFound, _) => KeyError::Missing {
            file: file.to_owned(),
        },
        _ => unusable(file)(error),
    }
}

/// The error of a key file that cannot be used.
pub(super) fn unusable(file: &Path) -> impl Fn(io::Error) -> KeyError + use<> {
    let file = file.to_owned();
    move |source| KeyError::File {
        file: file.clone(),
        source,
    }
}

fn vapid_key(text: &str) -> Option<SecretSlice<u8>> {
    let encoded = text.as_bytes();
    let decoded = BASE64
        .decode(encoded)
        .or_else(|_| BASE64URL_NOPAD.decode(encoded));
    let bytes = Zeroizing::new(decoded.ok()?);
    SecretKey::from_slice(&bytes).ok()?;
    Some(bytes.to_vec().into())
}

fn jwt_secret(text: &str) -> Option<SecretSlice<u8>> {
    (text.len() >= MIN_JWT_SECRET_BYTES).then(|| text.as_bytes().to_vec().into())
}

/// Creates the file with a new random key unless it exists. The file appears whole under its name, so that two
/// processes that start at the same time use the same key.
fn make_once(file: &Path) -> Result<(), KeyError> {
    if file.exists() {
        return Ok(());
    }
    let failed = unusable(file);
    if let Some(folder) = file.parent() {
        super::make_data_folder(folder).map_err(&failed)?;
    }
    let unfinished = file.with_added_extension(std::process::id().to_string());
    write_new(&unfinished).map_err(&failed)?;
    let linked = fs::hard_link(&unfinished, file);
    fs::remove_file(&unfinished).map_err(&failed)?;
    match linked {
        Ok(()) => info!(
            "created a new key, {}; keep a copy of it in a safe place",
            file.display()
        ),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(failed(error)),
    }
    file.parent()
        .map_or(Ok(()), |folder| File::open(folder)?.sync_all())
        .map_err(&failed)
}

/// A random key. Any 32 bytes would do, but the key that signs pushes must be a private key of P-256, as nearly all
/// are.
pub(super) fn fresh_key() -> Zeroizing<[u8; MADE_KEY_BYTES]> {
    loop {
        let key = Zeroizing::new(rand::random::<[u8; MADE_KEY_BYTES]>());
        if SecretKey::from_slice(&*key).is_ok() {
            return key;
        }
    }
}

fn write_new(file: &Path) -> io::Result<()> {
    let key = fresh_key();
    let mut opened = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(file)?;
    opened.write_all(Zeroizing::new(format!("{}\n", BASE64.encode(&*key))).as_bytes())?;
    opened.sync_all()
}

fn close_to_others(file: &Path) -> Result<(), KeyError> {
    let failed = unusable(file);
    let mode = fs::metadata(file).map_err(&failed)?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        fs::set_permissions(file, Permissions::from_mode(0o600)).map_err(&failed)?;
        warn!(
            "other users could read the key {} (mode {mode:04o}); it is now closed to them (0600)",
            file.display()
        );
    }
    Ok(())
}
