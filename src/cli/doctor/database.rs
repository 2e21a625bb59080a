//! Checks of the database: server, roles, tables, row-level security, and the master key.

use secrecy::ExposeSecret;

use super::finding::Finding;
use crate::config::{Config, DatabaseConfig, DatabaseUrls, Keys};
use crate::crypto::MasterKey;
use crate::db::MigrationState;
use crate::db::embedded::{self, Programs};
use crate::db::inspect::{self, Inspection, Owner, WrappedKey};
use crate::db::server::Server;
use crate::vault::Vault;

const PROGRAMS: &str = "PostgreSQL";
const OWNER: &str = "owner";
const SERVER: &str = "database";
const TABLES: &str = "tables";
const GUARDS: &str = "row security";
const DECRYPTION: &str = "decryption";

pub(super) async fn check(config: &Config) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let DatabaseConfig::Embedded(embedded) = &config.database {
        findings.push(match embedded::programs(embedded) {
            Ok(Programs::Installed { version, folder }) => {
                Finding::fine(PROGRAMS, format!("version {version} in {}", folder.display()))
            }
            Ok(Programs::Fetchable) => Finding::skipped(
                PROGRAMS,
                "not installed; the first start fetches a portable one by npm",
            ),
            Err(error) => Finding::failed(PROGRAMS, &error),
        });
    }
    let Some(server) = Server::running(&config.database) else {
        findings.push(Finding::skipped(
            SERVER,
            "not running, so not inspected; `amda serve` starts it",
        ));
        return findings;
    };
    findings.extend(check_server(server.urls(), config).await);
    findings
}

async fn check_server(urls: &DatabaseUrls, config: &Config) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(owner) = &urls.owner {
        match inspect::owner(urls, owner).await {
            Ok(Owner::Able) => findings.push(Finding::fine(OWNER, "can bring the tables up to date")),
            Ok(Owner::CreatesRole) => {
                findings.push(Finding::fine(
                    OWNER,
                    "can create the tables and the server's role",
                ));
                findings.push(Finding::skipped(
                    SERVER,
                    "the server's role does not exist yet; `amda migrate` or `amda serve` creates it",
                ));
                return findings;
            }
            Err(error) => findings.push(Finding::failed(OWNER, &error)),
        }
    }
    match Inspection::open(&urls.app).await {
        Ok(mut inspection) => findings.extend(inspect(&mut inspection, urls, config).await),
        Err(error) => findings.push(Finding::failed(SERVER, &error)),
    }
    findings
}

async fn inspect(inspection: &mut Inspection, urls: &DatabaseUrls, config: &Config) -> Vec<Finding> {
    let mut findings = vec![inspection.version().await.map_or_else(
        |error| Finding::failed(SERVER, &error),
        |version| Finding::fine(SERVER, format!("PostgreSQL {version} answers")),
    )];
    // A role that lacks privileges cannot read what the other checks are about.
    if let Err(error) = inspection.check_role().await {
        findings.push(Finding::failed(GUARDS, &error));
        return findings;
    }
    match inspection.migrations().await {
        Err(error) => findings.push(Finding::failed(TABLES, &error)),
        Ok(state) if state.applied == 0 => findings.push(check_empty(inspection, urls).await),
        Ok(state) => {
            findings.push(judge_migrations(&state));
            findings.extend(check_foreign(inspection, &state).await);
            findings.push(check_guards(inspection).await);
            findings.push(match inspection.any_wrapped_key().await {
                Ok(key) => check_key(key, config),
                Err(error) => Finding::failed(DECRYPTION, &error),
            });
        }
    }
    findings
}

async fn check_empty(inspection: &mut Inspection, urls: &DatabaseUrls) -> Finding {
    match inspection.foreign_tables().await {
        Err(error) => Finding::failed(TABLES, &error),
        Ok(foreign) if !foreign.is_empty() => Finding::wrong(TABLES, foreign_text(&foreign)),
        Ok(_) if urls.owner.is_none() => Finding::wrong(
            TABLES,
            "there are none yet; give the owner's URL in AMDA_DATABASE_OWNER_URL and run `amda migrate`",
        ),
        Ok(_) => Finding::skipped(
            TABLES,
            "there are none yet; `amda migrate` or `amda serve` creates them",
        ),
    }
}

fn foreign_text(tables: &[String]) -> String {
    format!(
        "the database holds tables of another application ({}); give AMDA one of its own, which `amda doctor --sql` prints \
         the SQL for",
        tables.join(", ")
    )
}

fn judge_migrations(state: &MigrationState) -> Finding {
    if let Err(error) = state.refuse_newer() {
        return Finding::failed(TABLES, &error);
    }
    match state.pending.as_slice() {
        [] => Finding::fine(TABLES, format!("up to date ({} migrations)", state.applied)),
        pending => Finding::wrong(
            TABLES,
            format!(
                "not up to date; run `amda migrate` (lacking: {})",
                pending.join(", ")
            ),
        ),
    }
}

/// The tables of others. Those of a newer AMDA are not known here and are nobody else's.
async fn check_foreign(inspection: &mut Inspection, state: &MigrationState) -> Option<Finding> {
    if !state.unknown.is_empty() || !state.pending.is_empty() {
        return None;
    }
    match inspection.foreign_tables().await {
        Ok(foreign) if foreign.is_empty() => None,
        Ok(foreign) => Some(Finding::wrong(TABLES, foreign_text(&foreign))),
        Err(error) => Some(Finding::failed(TABLES, &error)),
    }
}

async fn check_guards(inspection: &mut Inspection) -> Finding {
    match inspection.unguarded_tables().await {
        Err(error) => Finding::failed(GUARDS, &error),
        Ok(tables) if tables.is_empty() => Finding::fine(
            GUARDS,
            "the server logs in as a role that sees one user's rows at a time and can become no other",
        ),
        Ok(tables) => Finding::wrong(
            GUARDS,
            format!(
                "without protection: {}; restore it with `SELECT amda_protect('<table>')`, and report how it happened",
                tables.join(", ")
            ),
        ),
    }
}

fn check_key(stored: Option<WrappedKey>, config: &Config) -> Finding {
    let Some(stored) = stored else {
        return Finding::skipped(DECRYPTION, "nothing is encrypted yet");
    };
    let master = match Keys::load_master(&config.keys) {
        Ok(master) => master,
        Err(error) => {
            return Finding::wrong(
                DECRYPTION,
                format!("{error}; without it no stored data can be read"),
            );
        }
    };
    let master = MasterKey::from_base64(master.expose_secret());
    let opened = master.and_then(|master| Vault::new(master).check(&stored));
    match opened {
        Ok(()) => Finding::fine(DECRYPTION, "the master key opens the stored keys"),
        Err(error) => Finding::wrong(
            DECRYPTION,
            format!(
                "the master key does not open the stored keys ({error}); restore the one named {}, from AMDA_MASTER_KEY or \
                 master.key",
                stored.master_key_id
            ),
        ),
    }
}
