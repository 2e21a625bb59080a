//! Checks of the database: server, tables, row-level security, and the master key.

use diesel::QueryResult;
use secrecy::ExposeSecret;

use super::finding::Finding;
use crate::config::{Config, DatabaseConfig, Keys};
use crate::crypto::MasterKey;
use crate::db::embedded::{self, Programs};
use crate::db::inspect::{Inspection, MigrationState, WrappedKey};
use crate::db::server::Server;
use crate::vault::Vault;

const PROGRAMS: &str = "PostgreSQL";
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
    match Inspection::open(server.url()).await {
        Ok(mut inspection) => findings.extend(inspect(&mut inspection, config).await),
        Err(error) => findings.push(Finding::failed(SERVER, &error)),
    }
    findings
}

async fn inspect(inspection: &mut Inspection, config: &Config) -> Vec<Finding> {
    let mut findings = vec![inspection.version().await.map_or_else(
        |error| Finding::failed(SERVER, &error),
        |version| Finding::fine(SERVER, format!("PostgreSQL {version} answers")),
    )];
    match inspection.migrations().await {
        Err(error) => findings.push(Finding::failed(TABLES, &error)),
        Ok(state) if state.applied == 0 => {
            findings.push(Finding::skipped(
                TABLES,
                "there are none yet; `amda migrate` or `amda serve` creates them",
            ));
        }
        Ok(state) => {
            findings.push(judge_migrations(&state));
            findings.push(
                check_guards(inspection)
                    .await
                    .unwrap_or_else(|error| Finding::failed(GUARDS, &error)),
            );
            findings.push(match inspection.any_wrapped_key().await {
                Ok(key) => check_key(key, config),
                Err(error) => Finding::failed(DECRYPTION, &error),
            });
        }
    }
    findings
}

fn judge_migrations(state: &MigrationState) -> Finding {
    if !state.unknown.is_empty() {
        let versions = state.unknown.join(", ");
        return Finding::wrong(
            TABLES,
            format!("a newer AMDA has changed them ({versions}); use that version again"),
        );
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

async fn check_guards(inspection: &mut Inspection) -> QueryResult<Finding> {
    if !inspection.role_is_bound().await? {
        return Ok(Finding::wrong(
            GUARDS,
            "the role amda_app is missing, not granted to us, or may bypass row-level security; run `amda migrate`, and as \
             superuser `ALTER ROLE amda_app NOSUPERUSER NOBYPASSRLS`",
        ));
    }
    Ok(match inspection.unguarded_tables().await?.as_slice() {
        [] => Finding::fine(
            GUARDS,
            "the server works as a role that sees one user's rows at a time",
        ),
        tables => Finding::wrong(
            GUARDS,
            format!(
                "without protection: {}; restore it with `SELECT amda_protect('<table>')`, and report how it happened",
                tables.join(", ")
            ),
        ),
    })
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
