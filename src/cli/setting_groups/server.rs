//! The settings of the server: its address, its clients, and the places of what it keeps.

use super::{Group, Row};

pub(super) const REACHING: Group = Group {
    title: "Reaching AMDA",
    rows: &[
        Row(
            "AMDA_LISTEN",
            "the address to serve HTTP at (--listen)",
            "127.0.0.1:3000",
        ),
        Row(
            "AMDA_PUBLIC_URL",
            "the address that clients use and links begin with",
            "http:// and the address of --listen",
        ),
        Row(
            "AMDA_PROXIES",
            "the number of your own proxies in front, whose entries in X-Forwarded-For are believed",
            "0",
        ),
        Row(
            "AMDA_ALLOWED_ORIGINS",
            "other sites whose pages may call this server, with commas between",
            "none",
        ),
        Row(
            "AMDA_INTROSPECTION",
            "true lets clients ask for the schema",
            "true where only this machine reaches AMDA",
        ),
        Row(
            "AMDA_GRAPHIQL",
            "true serves GraphiQL to browsers at /graphql",
            "true where only this machine reaches AMDA",
        ),
        Row(
            "AMDA_ALLOW_LOCAL_ENDPOINTS",
            "true lets users name addresses of this machine for webhooks; for development",
            "false",
        ),
    ],
};

pub(super) const CLIENTS: Group = Group {
    title: "Limits of each client, a user or an address",
    rows: &[
        Row(
            "AMDA_SOCKETS_PER_USER",
            "the number of open WebSockets, with twice as many subscriptions; from 1 to 10000",
            "50",
        ),
        Row(
            "AMDA_COST_BUDGET",
            "the cost of operations that may be spent at once, of which a fiftieth comes back every second; from 10000 to 10000000",
            "50000",
        ),
    ],
};

pub(super) const FILES: Group = Group {
    title: "Files",
    rows: &[
        Row(
            "AMDA_CONFIG",
            "a file of further settings, one NAME=value a line (--config)",
            "none",
        ),
        Row(
            "AMDA_DATA_DIR",
            "the folder of everything that AMDA keeps (--data-dir)",
            "./data, or ./data-demo with --simulate",
        ),
        Row(
            "AMDA_MIN_FREE_MIB",
            "the space that stays free: uploads and media that would take more are refused",
            "512",
        ),
    ],
};

pub(super) const BUCKET: Group = Group {
    title: "Media in a bucket",
    rows: &[
        Row(
            "AMDA_S3_BUCKET",
            "the bucket that keeps media, of any server that speaks S3",
            "media lie in the data folder",
        ),
        Row(
            "AMDA_S3_ENDPOINT",
            "the address of its server, such as https://<account>.r2.cloudflarestorage.com",
            "AWS's for the region",
        ),
        Row(
            "AMDA_S3_REGION",
            "its region; auto for Cloudflare R2",
            "us-east-1",
        ),
        Row(
            "AMDA_S3_ACCESS_KEY_ID",
            "the id of an access key that may list, read, write and delete there; needed with the bucket",
            "none",
        ),
        Row(
            "AMDA_S3_SECRET_ACCESS_KEY",
            "the secret of that access key; needed with the bucket",
            "none",
        ),
        Row(
            "AMDA_S3_PATH_STYLE",
            "true names the bucket in the path, false in the host",
            "true with AMDA_S3_ENDPOINT",
        ),
        Row(
            "AMDA_S3_PREFIX",
            "the path in the bucket under which AMDA keeps everything",
            "none",
        ),
        Row(
            "AMDA_S3_CDN_URL",
            "a cache in front of the bucket, which links to it begin with; for AMDA_MEDIA_ENCRYPTION=bucket",
            "none",
        ),
        Row(
            "AMDA_MEDIA_STORE",
            "the place of files from now on: folder or bucket; `amda media migrate` moves those that are there",
            "bucket with AMDA_S3_BUCKET, else folder",
        ),
        Row(
            "AMDA_MEDIA_ENCRYPTION",
            "sealed: AMDA encrypts files and links pass through it; bucket: the bucket encrypts them and links lead to it",
            "sealed",
        ),
    ],
};

pub(super) const DATABASE: Group = Group {
    title: "Database",
    rows: &[
        Row(
            "DATABASE_URL",
            "a PostgreSQL of your own, 15 or newer, at which a role logs in that owns nothing; `amda doctor --sql` prints the SQL that prepares it",
            "AMDA runs one in the data folder",
        ),
        Row(
            "AMDA_DATABASE_OWNER_URL",
            "the same database for the owner of its tables, who migrates it",
            "none: it is migrated elsewhere",
        ),
        Row(
            "AMDA_DATABASE_DIRECT_URL",
            "the same database and role as DATABASE_URL without the pooler to which that leads (with pgbouncer=true), to hear of other servers at once",
            "none: a server behind a pooler looks every 2 s",
        ),
        Row(
            "PGSSLROOTCERT",
            "the file of the authorities that vouch for the database, unless its URL has sslrootcert",
            "the system's",
        ),
        Row(
            "AMDA_PG_BIN",
            "the folder of PostgreSQL's programs, for the database that AMDA runs",
            "searched for",
        ),
    ],
};

pub(super) const NODES: Group = Group {
    title: "Several nodes",
    rows: &[
        Row(
            "REDIS_URL",
            "the Redis or Valkey that several nodes share, 6.2 or newer, such as redis://:password@host:6379",
            "one node, which needs none",
        ),
        Row("AMDA_REDIS_URL", "the same; goes before REDIS_URL", "REDIS_URL"),
    ],
};
