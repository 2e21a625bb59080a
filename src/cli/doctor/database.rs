//! Checks of the database: server, roles, tables, row-level security, and the master keys.

use super::finding::Finding;
use crate::config::{Config, DatabaseConfig, DatabaseUrls, MasterKeys};
use crate::db::MigrationState;
use crate::db::embedded::{self, Programs};
use crate::db::inspect::{self, Inspection, MasterKeyUse, Owner};
use crate::db::server::Server;
use crate::vault::KeyRing;

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
            // What counts the uses of keys is made by a migration.
            if state.pending.is_empty() {
                findings.push(check_master_keys(inspection, config).await);
            }
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

async fn check_master_keys(inspection: &mut Inspection, config: &Config) -> Finding {
    let uses = match inspection.master_key_uses().await {
        Err(error) => return Finding::failed(DECRYPTION, &error),
        Ok(uses) if uses.is_empty() => return Finding::skipped(DECRYPTION, "nothing is encrypted yet"),
        Ok(uses) => uses,
    };
    let ring = match MasterKeys::load(&config.keys) {
        Ok(keys) => KeyRing::new(&keys),
        Err(error) => {
            return Finding::wrong(
                DECRYPTION,
                format!("{error}; without it no stored data can be read"),
            );
        }
    };
    match ring {
        Ok(ring) => judge_master_keys(&ring, &uses),
        Err(error) => Finding::failed(DECRYPTION, &error),
    }
}

fn judge_master_keys(ring: &KeyRing, uses: &[MasterKeyUse]) -> Finding {
    let missing = uses.iter().find(|used| ring.find(&used.master_key_id).is_none());
    if let Some(missing) = missing {
        return Finding::wrong(
            DECRYPTION,
            format!(
                "the master keys at hand ({}) do not open all stored keys; restore the one named {missing}, as AMDA_MASTER_KEY \
                 or in AMDA_PREVIOUS_MASTER_KEYS, or as master.key or a line of master.key.previous",
                ring.ids().join(", ")
            ),
        );
    }
    match uses {
        [one] if one.master_key_id == ring.current().id() => {
            Finding::fine(DECRYPTION, "the master key opens the stored keys")
        }
        _ => Finding::risky(
            DECRYPTION,
            "the master keys open the stored keys, and an earlier one is still in use; `amda rotate-keys` ends that",
        ),
    }
}
