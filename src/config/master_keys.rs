//! The master keys: the current one and those before it, from the operator or in the data folder.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use data_encoding::BASE64;
use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

use super::keys::{self, KeyError, KeySource, KeysConfig};
use super::reader::{Reader, Setting};

/// Length of a master key.
const MASTER_KEY_BYTES: usize = 32;

const MASTER_KEY: Setting = Setting::secret(
    "AMDA_MASTER_KEY",
    "32 bytes in base64, such as `openssl rand -base64 32` prints",
);
const FILE: Setting = Setting::new(
    "AMDA_MASTER_KEY_FILE",
    "the path of a file that holds 32 bytes in base64",
);
const COMMAND: Setting = Setting::new(
    "AMDA_MASTER_KEY_COMMAND",
    "a program and its arguments, with spaces between, that prints 32 bytes in base64",
);
const PREVIOUS: Setting = Setting::secret(
    "AMDA_PREVIOUS_MASTER_KEYS",
    "master keys of 32 bytes in base64, with commas between",
);
/// A file of earlier keys, in the words of an error.
const EXPECTED_LINES: &str = "a list of keys, one a line, each of 32 bytes in base64";

/// The master keys, each of 32 bytes in base64.
#[derive(Debug, Clone)]
pub struct MasterKeys {
    /// The key that wraps from the next rotation on.
    pub current: SecretString,
    /// Keys that it replaced, or that are to be replaced by it.
    pub previous: Vec<SecretString>,
}

impl MasterKeys {
    /// Reads the keys; creates and changes nothing.
    ///
    /// # Errors
    /// [`KeyError`], when a source cannot be read or does not hold a key.
    pub fn load(config: &KeysConfig) -> Result<Self, KeyError> {
        // In this order: a replacement writes the current one last, so that no key is missed.
        let current = keys::read(&config.master, MASTER_KEY.expected(), parse)?;
        let mut previous = config.previous_masters.clone();
        if let Some(file) = config.previous_file() {
            previous.extend(read_lines(&file)?);
        }
        Ok(Self { current, previous })
    }

    /// Makes a new key in `file`. The one that it held is first added to the file of earlier keys, so that a crash loses none.
    ///
    /// # Errors
    /// [`KeyError`]; then every key is still in a file.
    pub fn replace(file: &Path) -> Result<(), KeyError> {
        let before = keys::read(&KeySource::File(file.to_owned()), MASTER_KEY.expected(), parse)?;
        let earlier = keys::previous_of(file);
        let mut lines = read_lines(&earlier)?;
        lines.retain(|line| line.expose_secret() != before.expose_secret());
        lines.insert(0, before);
        write_lines(&earlier, &lines)?;
        let new = Zeroizing::new(BASE64.encode(&*keys::fresh_key()));
        write_lines(file, &[new.as_str().into()])
    }

    /// Removes the keys for which `is_needed` is false from the file of keys earlier than that of `file`.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn forget(file: &Path, is_needed: impl Fn(&SecretString) -> bool) -> Result<(), KeyError> {
        let earlier = keys::previous_of(file);
        let mut lines = read_lines(&earlier)?;
        let before = lines.len();
        lines.retain(is_needed);
        if lines.len() == before {
            return Ok(());
        }
        write_lines(&earlier, &lines)
    }
}

/// Reads the source of the master key; none for the data folder's. Several are an error.
pub(super) fn read_source(reader: &mut Reader) -> Option<KeySource> {
    let given = reader.value(&MASTER_KEY, None, |text| {
        parse(text).map(|_| KeySource::Given(text.as_bytes().to_vec().into()))
    });
    let file = reader.value(&FILE, None, |text| {
        std::path::absolute(text).ok().map(KeySource::Elsewhere)
    });
    let command = reader.value(&COMMAND, None, |text| {
        let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        let (program, arguments) = words.split_first()?;
        Some(KeySource::Command {
            program: program.clone(),
            arguments: arguments.to_vec(),
        })
    });
    let mut sources = vec![&MASTER_KEY, &FILE, &COMMAND];
    sources.retain(|setting| reader.is_given(setting));
    if let [first, second, ..] = sources.as_slice() {
        let message = format!(
            "{} is given too, and the master key comes from one place: remove one of the two",
            first.variable()
        );
        reader.reject(second, message);
    }
    given.or(file).or(command)
}

/// Reads the earlier keys that the operator gives.
pub(super) fn read_previous(reader: &mut Reader) -> Vec<SecretString> {
    let keys = reader.value(&PREVIOUS, None, |text| {
        text.split(',').map(|key| parse(key.trim())).collect()
    });
    keys.unwrap_or_default()
}

fn parse(text: &str) -> Option<SecretString> {
    let bytes = Zeroizing::new(BASE64.decode(text.as_bytes()).ok()?);
    (bytes.len() == MASTER_KEY_BYTES).then(|| text.into())
}

/// The keys in a file of one a line; none where there is no file.
fn read_lines(file: &Path) -> Result<Vec<SecretString>, KeyError> {
    let text = match fs::read_to_string(file).map(Zeroizing::new) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        text => text.map_err(keys::unusable(file))?,
    };
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let keys: Option<Vec<SecretString>> = lines.map(parse).collect();
    keys.ok_or_else(|| KeyError::Malformed {
        file: file.to_owned(),
        expected: EXPECTED_LINES,
    })
}

/// Replaces a file by these lines: after a crash it is the old one or the new one, whole.
fn write_lines(file: &Path, keys: &[SecretString]) -> Result<(), KeyError> {
    let mut text = Zeroizing::new(String::new());
    for key in keys {
        text.push_str(key.expose_secret());
        text.push('\n');
    }
    let write = || {
        let unfinished = file.with_added_extension("new");
        let mut opened = File::options()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&unfinished)?;
        opened.write_all(text.as_bytes())?;
        opened.sync_all()?;
        fs::rename(&unfinished, file)?;
        file.parent()
            .map_or(Ok(()), |folder| File::open(folder)?.sync_all())
    };
    write().map_err(keys::unusable(file))
}
