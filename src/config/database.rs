//! The settings of the database.

use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};
use url::{Url, form_urlencoded};

use super::reader::{Reader, Setting};
use super::{DatabaseConfig, DatabaseUrls, EmbeddedConfig};

const EXPECTED_URL: &str = "a PostgreSQL URL, such as postgresql://role:password@host/database, in which the special \
                            characters of a password are percent-encoded (@ as %40, / as %2F, # as %23, ? as %3F, % as %25)";

const DATABASE_URL: Setting = Setting::secret("DATABASE_URL", EXPECTED_URL);
const OWNER_URL: Setting = Setting::secret("AMDA_DATABASE_OWNER_URL", EXPECTED_URL);
const DIRECT_URL: Setting = Setting::secret("AMDA_DATABASE_DIRECT_URL", EXPECTED_URL);
const ROOT_CERTIFICATES: Setting = Setting::new(
    "PGSSLROOTCERT",
    "the PEM file of the certificates of the authorities that vouch for the database, or `system`",
);
const PG_BIN: Setting = Setting::new("AMDA_PG_BIN", "the folder that holds `postgres` and `initdb`");

/// Reads the settings of the database, whose own folder lies in `data_dir`.
pub(super) fn read(data_dir: &Path, reader: &mut Reader) -> DatabaseConfig {
    let binaries = reader.value(&PG_BIN, None, |text| Some(PathBuf::from(text)));
    let roots = reader.value(&ROOT_CERTIFICATES, None, |text| Some(text.to_owned()));
    let app = reader.value(&DATABASE_URL, None, database_url);
    let owner = reader.value(&OWNER_URL, None, database_url);
    if owner.is_some() && !reader.is_given(&DATABASE_URL) {
        let message =
            "it needs DATABASE_URL as well, at which the server logs in as a role that owns nothing";
        reader.reject(&OWNER_URL, message.to_owned());
    }
    let direct = reader.value(&DIRECT_URL, None, database_url);
    if direct.is_some() && !reader.is_given(&DATABASE_URL) {
        let message = "it needs DATABASE_URL as well, which leads to the pooler";
        reader.reject(&DIRECT_URL, message.to_owned());
    }
    let with_roots = |url: SecretString| match &roots {
        Some(roots) => with_root_certificates(&url, roots),
        None => url,
    };
    match app {
        Some(app) => DatabaseConfig::Urls(DatabaseUrls {
            app: with_roots(app),
            owner: owner.map(with_roots),
            direct: direct.map(with_roots),
        }),
        None => DatabaseConfig::Embedded(EmbeddedConfig {
            folder: data_dir.join("postgres"),
            binaries,
            durable: true,
        }),
    }
}

fn database_url(text: &str) -> Option<SecretString> {
    let url = Url::parse(text).ok()?;
    let is_postgresql = matches!(url.scheme(), "postgres" | "postgresql");
    (is_postgresql && is_encoded(text)).then(|| SecretString::from(text))
}

/// True unless a special character of the name or the password was left as it is: then a part of the password would be
/// taken for the host, and the error would speak of a host that cannot be found.
fn is_encoded(text: &str) -> bool {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let (before_options, _) = rest.split_once('?').unwrap_or((rest, ""));
    let without_options = if before_options.contains('@') {
        before_options
    } else {
        rest
    };
    let (credentials, _) = without_options.rsplit_once('@').unwrap_or(("", rest));
    let mut escapes = credentials.split('%').skip(1);
    let is_escape =
        |after: &str| after.len() >= 2 && after.bytes().take(2).all(|digit| digit.is_ascii_hexdigit());
    !credentials.contains(['@', '/', '#', '?']) && !text.contains('#') && escapes.all(is_escape)
}

/// Adds `PGSSLROOTCERT` to a URL that names no file of its own.
fn with_root_certificates(url: &SecretString, roots: &str) -> SecretString {
    let text = url.expose_secret();
    let (_, options) = text.split_once('?').unwrap_or((text, ""));
    if options
        .split('&')
        .any(|option| option.starts_with("sslrootcert="))
    {
        return url.clone();
    }
    let roots: String = form_urlencoded::byte_serialize(roots.as_bytes()).collect();
    let separator = if text.contains('?') { '&' } else { '?' };
    // A form writes a space as "+", which is itself in such a URL.
    format!("{text}{separator}sslrootcert={}", roots.replace('+', "%20")).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_that_is_not_percent_encoded_is_found_out() {
        for right in [
            "postgresql://amda@localhost/amda",
            "postgresql://amda:p%40ss%2Fw%23rd@localhost/amda",
            "postgresql://amda@%2Fvar%2Frun%2Fpostgresql/amda",
            "postgresql:///amda?host=/var/run/postgresql&user=amda",
        ] {
            assert!(database_url(right).is_some(), "{right}");
        }
        for wrong in [
            "postgresql://amda:p@ss@localhost/amda",
            "postgresql://amda:p/ss@localhost/amda",
            "postgresql://amda:p?ss@localhost/amda",
            "postgresql://amda:p#ss@localhost/amda",
            "postgresql://amda:100%@localhost/amda",
            "mysql://amda@localhost/amda",
        ] {
            assert!(database_url(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn the_variable_of_libpq_names_the_authorities_unless_the_url_does() {
        let added = |url: &str| {
            with_root_certificates(&url.into(), "/etc/my ca.pem")
                .expose_secret()
                .to_owned()
        };

        assert_eq!(
            added("postgresql://h/d?sslmode=verify-full"),
            "postgresql://h/d?sslmode=verify-full&sslrootcert=%2Fetc%2Fmy%20ca.pem"
        );
        assert_eq!(
            added("postgresql://h/d"),
            "postgresql://h/d?sslrootcert=%2Fetc%2Fmy%20ca.pem"
        );
        assert_eq!(
            added("postgresql://h/d?sslrootcert=/x"),
            "postgresql://h/d?sslrootcert=/x"
        );
    }
}
