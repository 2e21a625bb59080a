//! The privileges of the two roles: the owner, which makes the tables, and the server's, which uses them and which
//! row-level security binds.
//!
//! The server logs in as its role. It must never be able to become another, or the policies are a suggestion.

use diesel::sql_types::{Array, Bool, Nullable, Text};
use diesel::{OptionalExtension, QueryResult, QueryableByName, sql_query};
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use postgres_protocol::password::scram_sha_256;
use secrecy::{ExposeSecret, SecretString};

use super::DbError;
use super::address::Address;
use super::tables::{self, MIGRATIONS_TABLE, Name};

/// The server's role, as its URL names it.
pub(super) struct AppRole {
    name: String,
    /// The form in which PostgreSQL stores the password, so that the password itself reaches no log of the server.
    stored_password: Option<String>,
}

impl AppRole {
    /// The role that `url` logs in as.
    pub(super) fn of(url: &SecretString) -> Result<Self, DbError> {
        let Address { config, .. } = Address::parse(url.expose_secret()).map_err(DbError::connect)?;
        let name = config.get_user().ok_or(DbError::NoRole)?;
        Ok(Self {
            name: name.to_owned(),
            stored_password: config.get_password().map(scram_sha_256),
        })
    }
}

#[derive(QueryableByName)]
struct Owner {
    #[diesel(sql_type = Text)]
    role: String,
    #[diesel(sql_type = Bool)]
    can_create_roles: bool,
    #[diesel(sql_type = Bool)]
    can_create_tables: bool,
    /// The server's role can log in; none when it does not exist.
    #[diesel(sql_type = Nullable<Bool>)]
    app_can_log_in: Option<bool>,
    /// The owner of AMDA's tables, where that is another role.
    #[diesel(sql_type = Nullable<Text>)]
    foreign_role: Option<String>,
}

impl Owner {
    async fn load(conn: &mut AsyncPgConnection, app: &AppRole) -> QueryResult<Self> {
        let query = "SELECT rolname::text AS role, rolsuper OR rolcreaterole AS can_create_roles,
                has_schema_privilege('public', 'CREATE') AS can_create_tables,
                (SELECT rolcanlogin FROM pg_roles WHERE rolname = $1) AS app_can_log_in,
                (SELECT min(pg_get_userbyid(c.relowner)::text) FROM pg_class c
                    JOIN pg_namespace n ON n.oid = c.relnamespace
                    WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND c.relname = ANY ($2)
                        AND NOT pg_has_role(c.relowner, 'USAGE')) AS foreign_role
            FROM pg_roles WHERE rolname = current_user";
        sql_query(query)
            .bind::<Text, _>(&app.name)
            .bind::<Array<Text>, _>(tables::names())
            .get_result(conn)
            .await
    }

    fn problem(&self, app: &str) -> Option<String> {
        if let Some(other) = &self.foreign_role {
            return Some(format!(
                "the tables belong to {other}; give them to it with `REASSIGN OWNED BY \"{other}\" TO \"{}\"`, or log in \
                 as {other}",
                self.role
            ));
        }
        if !self.can_create_tables {
            return Some(
                "it may not create tables in the schema public; make it the owner of the database".to_owned(),
            );
        }
        match self.app_can_log_in {
            None if !self.can_create_roles => Some(format!(
                "the role {app} of DATABASE_URL does not exist, and it may not create roles"
            )),
            Some(false) if !self.can_create_roles => Some(format!(
                "the role {app} of DATABASE_URL may not log in, and it may not change that"
            )),
            _ => None,
        }
    }
}

/// Refuses an owner that could not bring the database up to date.
pub(super) async fn require_able(conn: &mut AsyncPgConnection, app: &AppRole) -> Result<(), DbError> {
    let owner = Owner::load(conn, app).await?;
    match owner.problem(&app.name) {
        None => Ok(()),
        Some(problem) => Err(DbError::Owner {
            role: owner.role,
            problem,
        }),
    }
}

/// True when the server's role exists and can log in.
pub(super) async fn can_log_in(conn: &mut AsyncPgConnection, app: &AppRole) -> QueryResult<bool> {
    Ok(Owner::load(conn, app).await?.app_can_log_in == Some(true))
}

/// Creates the server's role if it is missing, and grants it what the server needs.
pub(super) async fn establish(conn: &mut AsyncPgConnection, app: &AppRole) -> Result<(), DbError> {
    let statements: Vec<Name> = match Owner::load(conn, app).await?.app_can_log_in {
        Some(true) => Vec::new(),
        Some(false) => role_statement(conn, "ALTER", app).await?,
        None => role_statement(conn, "CREATE", app).await?,
    };
    for Name { name: statement } in statements {
        match conn.batch_execute(&statement).await {
            // Another database of the same cluster may be migrated at the same moment.
            Err(error) if is_duplicate(&error) => {}
            done => done?,
        }
    }
    for Name { name: statement } in grants(conn, app).await? {
        conn.batch_execute(&statement).await?;
    }
    Ok(())
}

fn is_duplicate(error: &diesel::result::Error) -> bool {
    use diesel::result::DatabaseErrorKind::UniqueViolation;
    use diesel::result::Error::DatabaseError;

    matches!(error, DatabaseError(UniqueViolation, _))
        || matches!(error, DatabaseError(_, details) if details.message().contains("already exists"))
}

async fn role_statement(conn: &mut AsyncPgConnection, verb: &str, app: &AppRole) -> QueryResult<Vec<Name>> {
    let query = "SELECT format('%s ROLE %I LOGIN', $1, $2)
        || CASE WHEN $3 IS NULL THEN '' ELSE format(' PASSWORD %L', $3) END AS name";
    sql_query(query)
        .bind::<Text, _>(verb)
        .bind::<Text, _>(&app.name)
        .bind::<Nullable<Text>, _>(&app.stored_password)
        .load(conn)
        .await
}

/// The statements that grant the server's role what it needs and lacks.
async fn grants(conn: &mut AsyncPgConnection, app: &AppRole) -> QueryResult<Vec<Name>> {
    let query = "SELECT format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), $1) AS name
            WHERE NOT has_database_privilege($1, current_database(), 'CONNECT')
        UNION ALL SELECT format('GRANT USAGE ON SCHEMA public TO %I', $1)
            WHERE NOT has_schema_privilege($1, 'public', 'USAGE')
        UNION ALL SELECT format('GRANT %s ON %I TO %I', wanted, relname, $1)
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace,
                unnest(CASE WHEN relname = $3 THEN ARRAY['SELECT']
                    ELSE ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE'] END) AS wanted
            WHERE n.nspname = 'public' AND relkind IN ('r', 'p') AND (relname = ANY ($2) OR relname = $3)
                AND NOT has_table_privilege($1, c.oid, wanted)
        UNION ALL SELECT format('GRANT SELECT ON %I TO %I', relname, $1)
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = 'public' AND relkind = 'v' AND relname = ANY ($4)
                AND NOT has_table_privilege($1, c.oid, 'SELECT')
        UNION ALL SELECT 'REVOKE EXECUTE ON FUNCTION amda_protect(regclass, text) FROM PUBLIC'
            WHERE has_function_privilege('public', 'amda_protect(regclass, text)', 'EXECUTE')";
    sql_query(query)
        .bind::<Text, _>(&app.name)
        .bind::<Array<Text>, _>(tables::names())
        .bind::<Text, _>(MIGRATIONS_TABLE)
        .bind::<Array<Text>, _>(tables::views())
        .load(conn)
        .await
}

#[derive(QueryableByName)]
struct Bounds {
    #[diesel(sql_type = Text)]
    role: String,
    #[diesel(sql_type = Bool)]
    is_superuser: bool,
    #[diesel(sql_type = Bool)]
    creates_roles: bool,
    /// A role that it may become and that row-level security does not bind.
    #[diesel(sql_type = Nullable<Text>)]
    unbound: Option<String>,
    /// The owner of the database or of a table, if the role may become it.
    #[diesel(sql_type = Nullable<Text>)]
    owner: Option<String>,
}

/// Refuses a role that row-level security does not bind, or that could become one.
pub(super) async fn require_bound(app: &mut AsyncPgConnection) -> Result<(), DbError> {
    let query = "SELECT rolname::text AS role, rolsuper AS is_superuser, rolcreaterole AS creates_roles,
            (SELECT min(o.rolname::text) FROM pg_roles o
                WHERE (o.rolsuper OR o.rolbypassrls) AND pg_has_role(session_user, o.oid, 'MEMBER')) AS unbound,
            (SELECT min(pg_get_userbyid(o)::text) FROM (
                SELECT datdba FROM pg_database WHERE datname = current_database()
                UNION ALL SELECT c.relowner FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                    WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p')) AS owners (o)
                WHERE pg_has_role(session_user, o, 'MEMBER')) AS owner
        FROM pg_roles WHERE rolname = session_user";
    let bounds: Bounds = sql_query(query).get_result(app).await?;
    let problem = match bounds {
        Bounds {
            is_superuser: true, ..
        } => "is a superuser".to_owned(),
        Bounds {
            unbound: Some(unbound),
            ref role,
            ..
        } if unbound == *role => "may bypass it".to_owned(),
        Bounds {
            unbound: Some(unbound),
            ..
        } => format!("may become {unbound}, which it does not bind"),
        Bounds {
            owner: Some(owner),
            ref role,
            ..
        } if owner == *role => "owns the database or its tables".to_owned(),
        Bounds {
            owner: Some(owner), ..
        } => {
            format!("may become {owner}, which owns the database or its tables")
        }
        Bounds {
            creates_roles: true, ..
        } => "may create roles, and so become others".to_owned(),
        _ => return Ok(()),
    };
    Err(DbError::Unbound {
        role: bounds.role,
        problem,
    })
}

/// Refuses a role that lacks a privilege on one of AMDA's tables and views.
pub(super) async fn require_granted(app: &mut AsyncPgConnection) -> Result<(), DbError> {
    let query = "SELECT 'schema public' AS name WHERE NOT has_schema_privilege('public', 'USAGE')
        UNION ALL (SELECT relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = 'public' AND relkind IN ('r', 'p', 'v') AND (
                (relname = $2 OR relname = ANY ($3)) AND NOT has_table_privilege(c.oid, 'SELECT')
                OR relname = ANY ($1) AND NOT (
                    has_table_privilege(c.oid, 'SELECT') AND has_table_privilege(c.oid, 'INSERT')
                    AND has_table_privilege(c.oid, 'UPDATE') AND has_table_privilege(c.oid, 'DELETE')))
            ORDER BY relname)";
    let lacking: Vec<Name> = sql_query(query)
        .bind::<Array<Text>, _>(tables::names())
        .bind::<Text, _>(MIGRATIONS_TABLE)
        .bind::<Array<Text>, _>(tables::views())
        .load(app)
        .await?;
    let [first, others @ ..] = lacking.as_slice() else {
        return Ok(());
    };
    let role: Option<Name> = sql_query("SELECT session_user::text AS name")
        .get_result(app)
        .await
        .optional()?;
    Err(DbError::NotGranted {
        role: role.map(|role| role.name).unwrap_or_default(),
        first: first.name.clone(),
        others: others.len(),
    })
}
