//! The SQL by which an administrator of a PostgreSQL server prepares it for AMDA.

use secrecy::ExposeSecret;
use tokio_postgres::config::Host;

use super::address::Address;
use crate::config::DatabaseUrls;

/// The names of a database and its two roles.
struct Names {
    host: String,
    database: String,
    owner: String,
    app: String,
}

impl Names {
    /// The names in `urls`, and usual ones for what is not given.
    fn of(urls: Option<&DatabaseUrls>) -> Self {
        let parse = |url: &secrecy::SecretString| Address::parse(url.expose_secret()).ok();
        let app = urls
            .and_then(|urls| parse(&urls.app))
            .map(|address| address.config);
        let owner = urls
            .and_then(|urls| urls.owner.as_ref())
            .and_then(parse)
            .map(|address| address.config);
        let database = app
            .as_ref()
            .and_then(|app| app.get_dbname())
            .unwrap_or("amda")
            .to_owned();
        let host = app.as_ref().and_then(|app| match app.get_hosts().first()? {
            Host::Tcp(name) => Some(name.clone()),
            #[cfg(unix)]
            Host::Unix(_) => None,
        });
        let role = |config: Option<&tokio_postgres::Config>, usual: &str| {
            let named = config.and_then(tokio_postgres::Config::get_user);
            named.map_or_else(|| format!("{database}_{usual}"), str::to_owned)
        };
        // With one URL alone, its role is the owner's or the server's; nobody knows which.
        let both = owner.is_some();
        Self {
            owner: role(owner.as_ref(), "owner"),
            app: role(app.as_ref().filter(|_| both), "app"),
            host: host.unwrap_or_else(|| "localhost".to_owned()),
            database,
        }
    }
}

/// The SQL that an administrator of the server of `urls` runs once, with usual names where there is no URL.
pub fn setup_sql(urls: Option<&DatabaseUrls>) -> String {
    let Names {
        host,
        database,
        owner,
        app,
    } = Names::of(urls);
    let [database_name, owner_name, app_name] = [&database, &owner, &app].map(|name| quoted(name));
    format!(
        "\
-- Run this once as an administrator of the server, such as `postgres` or the admin user of a managed service, with
-- passwords of your own (`openssl rand -hex 24` prints one). Leave out what exists already.

-- Owns the tables, and changes them when AMDA is upgraded. It needs no other privilege.
CREATE ROLE {owner_name} LOGIN PASSWORD 'owner-password';
-- The server's role. Row-level security binds it, because it owns nothing. AMDA grants it what it needs.
CREATE ROLE {app_name} LOGIN PASSWORD 'app-password';
-- An administrator who is no superuser may give a database only to a role that they belong to.
GRANT {owner_name} TO CURRENT_USER;
CREATE DATABASE {database_name} OWNER {owner_name};
REVOKE CONNECT ON DATABASE {database_name} FROM PUBLIC;
GRANT CONNECT ON DATABASE {database_name} TO {app_name};

-- Then set for AMDA, in its environment or the file of --config:
-- AMDA_DATABASE_OWNER_URL=postgresql://{owner}:owner-password@{host}/{database}
-- DATABASE_URL=postgresql://{app}:app-password@{host}/{database}
-- Another AMDA on the same server gets a database and two roles of its own.
"
    )
}

/// A name as an identifier.
fn quoted(name: &str) -> String {
    let is_plain = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if is_plain {
        name.to_owned()
    } else {
        format!("\"{}\"", name.replace('"', "\"\""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_from_the_urls_and_passwords_do_not() {
        let urls = DatabaseUrls {
            app: "postgresql://Web:hunter2@db.example.org/second".into(),
            owner: Some("postgresql://boss:hunter2@db.example.org/second".into()),
            direct: None,
        };

        let sql = setup_sql(Some(&urls));

        assert!(sql.contains("CREATE DATABASE second OWNER boss;"), "{sql}");
        assert!(sql.contains("CREATE ROLE \"Web\" LOGIN"), "{sql}");
        assert!(sql.contains("@db.example.org/second"), "{sql}");
        assert!(!sql.contains("hunter2"), "{sql}");
    }

    #[test]
    fn the_readme_shows_the_same_statements() {
        let readme = include_str!("../../README.md");

        for statement in setup_sql(None)
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with("--"))
        {
            assert!(readme.contains(statement), "{statement}");
        }
    }

    #[test]
    fn a_single_url_gives_the_database_and_no_role() {
        let urls = DatabaseUrls {
            app: "postgresql://postgres@localhost/one".into(),
            owner: None,
            direct: None,
        };

        let sql = setup_sql(Some(&urls));

        assert!(sql.contains("CREATE DATABASE one OWNER one_owner;"), "{sql}");
        assert!(!sql.contains("CREATE ROLE postgres"), "{sql}");
    }
}
