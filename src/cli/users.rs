//! `amda users`: the operator's management of users.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context;
use chrono::{DateTime, SecondsFormat, Utc};
use clap::Subcommand;
use secrecy::{ExposeSecret, SecretString};

use super::{report, terminal};
use crate::app::{self, Tuning};
use crate::config::{Config, DatabaseUrls, DefaultPlan};
use crate::db::server::Server;
use crate::db::tombstones::Tombstone;
use crate::features::data_export;
use crate::features::users::{self, ListedUser, Registration, SessionRow};
use crate::plan::Plan;
use crate::user::Role;
use crate::work::Core;

/// The commands about users. Each works beside a running AMDA, and without one.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List the users: id, plan, role, suspension, number of linked accounts, time of registration, e-mail address
    List,
    /// Add a user, whoever may register. Asks for a password at the terminal, else reads it from standard input; prints a
    /// generated one when the answer is empty
    Create {
        /// The user's e-mail address
        email: String,
        /// The plan: free or premium [default: that of `AMDA_DEFAULT_PLAN`]
        #[arg(long)]
        plan: Option<Plan>,
        /// The user's display name
        #[arg(long)]
        name: Option<String>,
    },
    /// Delete a user with everything of theirs, media included, and unlink their accounts. A running AMDA does it within
    /// seconds, otherwise the next start does
    Delete {
        /// The user's e-mail address
        email: String,
        /// Do not ask for a confirmation
        #[arg(long)]
        yes: bool,
    },
    /// Write everything that is kept of a user to a zip archive, which is not encrypted
    Export {
        /// The user's e-mail address
        email: String,
        /// The file to write, which must not be there yet
        #[arg(long)]
        to: PathBuf,
    },
    /// List the deleted users, one a line: the hash of their id, and the time. Keep it with your backups, for
    /// `amda restore --deleted-users`
    Deleted,
    /// Give a user another password, asked for as by `create`, and end all their sessions
    ResetPassword {
        /// The user's e-mail address
        email: String,
    },
    /// Turn the two-factor authentication of a user off, who lost their authenticator app and their recovery codes. Their
    /// password stays as it is
    DisableTwoFactor {
        /// The user's e-mail address
        email: String,
    },
    /// List the open sessions of a user, or end them. A running AMDA refuses an ended session within seconds
    Sessions {
        /// The user's e-mail address
        email: String,
        /// End all of them
        #[arg(long)]
        end: bool,
    },
    /// Grant a user a plan. Premium that they bought stays while they pay for it
    SetPlan {
        /// The user's e-mail address
        email: String,
        /// The plan: free or premium
        plan: Plan,
    },
    /// Make a user an admin, who sees all users and may suspend them
    GrantAdmin {
        /// The user's e-mail address
        email: String,
    },
    /// Make an admin a user like others, at once
    RevokeAdmin {
        /// The user's e-mail address
        email: String,
    },
    /// Keep a user from signing in: end their sessions, pause their accounts, and send them nothing. All of theirs stays. A
    /// running AMDA does it within seconds, otherwise the next start does
    Suspend {
        /// The user's e-mail address
        email: String,
        /// The reason, which the user reads
        #[arg(long)]
        reason: Option<String>,
    },
    /// Take a suspension back: the user may sign in, and their accounts connect again
    Unsuspend {
        /// The user's e-mail address
        email: String,
    },
}

pub(super) async fn run(command: Command, config: &Config) -> anyhow::Result<()> {
    let server = Server::reach(&config.database)
        .await
        .context("the database does not start")?;
    let done = execute(command, config, server.urls()).await;
    server.stop().await?;
    report::print(&done?)?;
    Ok(())
}

async fn execute(command: Command, config: &Config, urls: &DatabaseUrls) -> anyhow::Result<String> {
    let core = app::core_for_command(config, urls).await?;
    match command {
        Command::List => Ok(list(&users::list(&core).await?)),
        Command::Create { email, plan, name } => {
            let plan = plan.unwrap_or(match config.default_plan {
                DefaultPlan::Free => Plan::Free,
                DefaultPlan::Premium => Plan::Premium,
            });
            create(&core, email, plan, name).await
        }
        Command::Delete { email, yes } => delete(&core, &email, yes).await,
        Command::Export { email, to } => export(&core, config, &email, &to).await,
        Command::Deleted => {
            let lines = users::list_deleted(&core).await?;
            Ok(lines
                .iter()
                .map(Tombstone::to_line)
                .collect::<Vec<_>>()
                .join("\n"))
        }
        Command::ResetPassword { email } => reset_password(&core, &email).await,
        Command::DisableTwoFactor { email } => {
            let was_on = users::disable_two_factor(&core, &email).await?;
            Ok(if was_on {
                format!("{email} logs in with the password alone now")
            } else {
                format!("{email} has no two-factor authentication; nothing was changed")
            })
        }
        Command::Sessions { email, end: false } => {
            Ok(list_sessions(&users::list_sessions(&core, &email).await?))
        }
        Command::Sessions { email, end: true } => {
            let ended = users::end_sessions(&core, &email).await?;
            Ok(format!("{} ended", sessions(ended)))
        }
        Command::SetPlan { email, plan } => {
            users::set_plan(&core, &email, plan).await?;
            let holds = users::describe(&core, &email).await?.plan;
            Ok(if holds == plan {
                format!("{email} now has the plan {plan}")
            } else {
                format!("{email} is granted the plan {plan}, and keeps the plan {holds}, which they bought")
            })
        }
        Command::GrantAdmin { email } => {
            let is_new = users::set_role(&core, &email, Role::Admin).await?;
            let said = if is_new {
                "is an admin now"
            } else {
                "was an admin already"
            };
            Ok(format!("{email} {said}"))
        }
        Command::RevokeAdmin { email } => {
            let is_new = users::set_role(&core, &email, Role::User).await?;
            let said = if is_new {
                "is no admin any more"
            } else {
                "was no admin"
            };
            Ok(format!("{email} {said}"))
        }
        Command::Suspend { email, reason } => {
            let ended = users::suspend(&core, &email, reason.as_deref()).await?;
            Ok(format!("{email} is suspended; {} ended", sessions(ended)))
        }
        Command::Unsuspend { email } => {
            users::unsuspend(&core, &email).await?;
            Ok(format!("{email} is not suspended"))
        }
    }
}

async fn create(core: &Core, email: String, plan: Plan, name: Option<String>) -> anyhow::Result<String> {
    let email = email.trim().to_owned();
    let (password, is_generated) = new_password()?;
    let wanted = Registration {
        email: email.clone(),
        password: password.clone(),
        display_name: name,
        locale: None,
        time_zone: None,
        invitation: None,
    };
    users::create(core, Tuning::in_service().password_cost, wanted, plan).await?;
    let done = format!("{email} is a user now, with the plan {plan}");
    Ok(with_password(done, &password, is_generated))
}

async fn reset_password(core: &Core, email: &str) -> anyhow::Result<String> {
    // Before the question: nobody should think of a password for nothing.
    users::list_sessions(core, email).await?;
    let (password, is_generated) = new_password()?;
    let cost = Tuning::in_service().password_cost;
    let ended = users::reset_password(core, cost, email, &password).await?;
    let done = format!("{email} has another password; {} ended", sessions(ended));
    Ok(with_password(done, &password, is_generated))
}

async fn delete(core: &Core, email: &str, is_confirmed: bool) -> anyhow::Result<String> {
    let user = users::describe(core, email).await?;
    if !is_confirmed {
        let question = format!(
            "Delete {} (plan {}, {} linked, registered {}) with everything that AMDA keeps of them? This cannot be undone.\n\
             Type their e-mail address to confirm: ",
            user.email,
            user.plan,
            accounts(user.accounts),
            stamp(user.created_at)
        );
        if terminal::ask(&question)? != user.email {
            anyhow::bail!(
                "nothing was deleted: the answer was not {}; type exactly that, or pass --yes",
                user.email
            );
        }
    }
    users::request_deletion(core, user.id).await?;
    Ok(format!(
        "{} is to be deleted with everything of theirs, and their accounts to be unlinked: within seconds while AMDA runs, \
         else after its next start; `amda users list` shows them until then",
        user.email
    ))
}

async fn export(core: &Core, config: &Config, email: &str, to: &Path) -> anyhow::Result<String> {
    let user = users::describe(core, email).await?;
    let objects = app::media_store(config)?;
    let size_bytes = data_export::export_to_file(core, &objects, user.id, to)
        .await
        .with_context(|| format!("{} cannot be written", to.display()))?;
    Ok(format!(
        "{} has everything that is kept of {}: {size_bytes} bytes, not encrypted",
        to.display(),
        user.email
    ))
}

/// The password that the operator gives, or a generated one; true when it is generated.
fn new_password() -> anyhow::Result<(SecretString, bool)> {
    Ok(match terminal::ask_for_password()? {
        Some(password) => (password, false),
        None => (users::generate_password(), true),
    })
}

fn with_password(done: String, password: &SecretString, is_generated: bool) -> String {
    if is_generated {
        format!("{done}\npassword: {}", password.expose_secret())
    } else {
        done
    }
}

fn list(users: &[ListedUser]) -> String {
    if users.is_empty() {
        return "no users".to_owned();
    }
    let mut text = format!(
        "{:<26}  {:<7}  {:<5}  {:<20}  {:>8}  {:<20}  E-MAIL\n",
        "ID", "PLAN", "ROLE", "SUSPENDED", "ACCOUNTS", "CREATED"
    );
    for user in users {
        let _ = writeln!(
            text,
            "{:<26}  {:<7}  {:<5}  {:<20}  {:>8}  {:<20}  {}",
            user.id.to_string(),
            user.plan.to_string(),
            user.role.as_str().to_ascii_lowercase(),
            user.suspended_at.map_or_else(|| "-".to_owned(), stamp),
            user.accounts,
            stamp(user.created_at),
            user.email
        );
    }
    text
}

fn list_sessions(sessions: &[SessionRow]) -> String {
    if sessions.is_empty() {
        return "no open sessions".to_owned();
    }
    let mut text = format!(
        "{:<26}  {:<20}  {:<20}  {:<15}  CLIENT\n",
        "ID", "LOGGED IN", "LAST USED", "ADDRESS"
    );
    for session in sessions {
        let _ = writeln!(
            text,
            "{:<26}  {:<20}  {:<20}  {:<15}  {}",
            session.id.to_string(),
            stamp(session.created_at),
            stamp(session.last_used_at),
            session.ip_address.as_deref().unwrap_or("-"),
            // Given by the client: nothing in it may steer the terminal.
            session.user_agent.as_deref().unwrap_or("-").escape_debug()
        );
    }
    text
}

fn sessions(count: usize) -> String {
    match count {
        1 => "1 session".to_owned(),
        count => format!("{count} sessions"),
    }
}

fn accounts(count: i64) -> String {
    match count {
        1 => "1 account".to_owned(),
        count => format!("{count} accounts"),
    }
}

fn stamp(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
