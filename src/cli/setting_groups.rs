//! The settings in groups, each with its meaning and its default.

/// Settings that belong together.
pub(super) struct Group {
    pub(super) title: &'static str,
    pub(super) rows: &'static [Row],
}

/// A setting: variable, meaning, and default.
pub(super) struct Row(
    pub(super) &'static str,
    pub(super) &'static str,
    pub(super) &'static str,
);

/// Every setting, in groups.
pub(super) const GROUPS: [Group; 10] = [
    Group {
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
    },
    Group {
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
    },
    Group {
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
    },
    Group {
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
    },
    Group {
        title: "Several nodes",
        rows: &[
            Row(
                "REDIS_URL",
                "the Redis or Valkey that several nodes share, 6.2 or newer, such as redis://:password@host:6379",
                "one node, which needs none",
            ),
            Row("AMDA_REDIS_URL", "the same; goes before REDIS_URL", "REDIS_URL"),
        ],
    },
    Group {
        title: "Keys",
        rows: &[
            Row(
                "AMDA_MASTER_KEY",
                "encrypts stored data: 32 bytes in base64",
                "made in <data>/master.key",
            ),
            Row(
                "JWT_SECRET",
                "signs access tokens: at least 32 bytes",
                "made in <data>/jwt.secret",
            ),
            Row(
                "AMDA_VAPID_PRIVATE_KEY",
                "signs web pushes: a P-256 private key in base64url",
                "made in <data>/vapid.key",
            ),
        ],
    },
    Group {
        title: "Users and mail",
        rows: &[
            Row(
                "AMDA_REGISTRATION",
                "the people who may register: open (anybody), invite (with a code of `amda invite`) or closed (nobody)",
                "open",
            ),
            Row(
                "AMDA_DEFAULT_PLAN",
                "the plan of users who bought none: free or premium",
                "free",
            ),
            Row(
                "AMDA_SMTP_URL",
                "the mail server: smtps://user:password@host, smtp://user:password@host:587?tls=required, or smtp://host:25",
                "no mail is sent",
            ),
            Row(
                "AMDA_MAIL_FROM",
                "the sender of mails, such as AMDA <amda@example.org>; needed with AMDA_SMTP_URL",
                "none",
            ),
            Row(
                "AMDA_AUTH_ISSUER",
                "the issuer whose tokens are accepted beside AMDA's own, such as https://project.supabase.co/auth/v1",
                "none",
            ),
            Row(
                "AMDA_AUTH_AUDIENCE",
                "what its tokens name as `aud`, with commas between several; needed with AMDA_AUTH_ISSUER",
                "none",
            ),
            Row(
                "AMDA_AUTH_JWKS_URL",
                "the address of its keys",
                "as its discovery document says",
            ),
            Row(
                "AMDA_AUTH_JWT_SECRET",
                "the secret of its tokens that are signed by HS256, as older Supabase projects sign",
                "no such token is accepted",
            ),
        ],
    },
    Group {
        title: "Selling Premium",
        rows: &[
            Row(
                "AMDA_STRIPE_SECRET_KEY",
                "Stripe's secret key, or a restricted one",
                "nothing is sold",
            ),
            Row(
                "AMDA_STRIPE_WEBHOOK_SECRETS",
                "the signing secrets of the webhook endpoint, with commas between; needed with the key",
                "none",
            ),
            Row(
                "AMDA_STRIPE_PRICE_MONTHLY",
                "the price of a month, then former ones that people still pay, with commas between",
                "none is offered",
            ),
            Row(
                "AMDA_STRIPE_PRICE_YEARLY",
                "the price of a year, likewise; one of both is needed with the key",
                "none is offered",
            ),
            Row(
                "AMDA_STRIPE_TRIAL_DAYS",
                "days that a user's first subscription costs nothing",
                "0",
            ),
            Row(
                "AMDA_STRIPE_PROMOTION_CODES",
                "true lets buyers type promotion codes",
                "false",
            ),
            Row(
                "AMDA_STRIPE_AUTOMATIC_TAX",
                "true has Stripe compute taxes",
                "false",
            ),
            Row(
                "AMDA_STRIPE_RETURN_ORIGINS",
                "sites to whose pages buyers are sent back, with commas between",
                "AMDA_PUBLIC_URL and AMDA_ALLOWED_ORIGINS",
            ),
            Row(
                "AMDA_STRIPE_API_URL",
                "a simulated Stripe on this machine",
                "https://api.stripe.com/",
            ),
            Row(
                "AMDA_STRIPE_SIMULATOR_LISTEN",
                "the address at which the simulated Stripe listens, with AMDA_SIMULATE",
                "127.0.0.1:3200",
            ),
        ],
    },
    Group {
        title: "WhatsApp",
        rows: &[
            Row(
                "AMDA_DEVICE_NAME",
                "the name in the phone's list of linked devices",
                "AMDA",
            ),
            Row(
                "AMDA_WHATSAPP_VERSION",
                "the version of WhatsApp Web to present, such as 2.3000.1035194821",
                "built in",
            ),
            Row(
                "AMDA_WHATSAPP_URL",
                "the address of WhatsApp",
                "wss://web.whatsapp.com/ws/chat",
            ),
            Row(
                "AMDA_WHATSAPP_MEDIA_URL",
                "the address of media",
                "WhatsApp's hosts",
            ),
            Row(
                "AMDA_SIMULATE",
                "true simulates WhatsApp on this machine (--simulate)",
                "false",
            ),
            Row(
                "AMDA_SIMULATOR_LISTEN",
                "the address at which the simulated WhatsApp listens (--simulator-listen)",
                "127.0.0.1:3100",
            ),
        ],
    },
    Group {
        title: "Log, metrics and traces",
        rows: &[
            Row("AMDA_LOG", "levels, such as info or info,amda=debug", "info"),
            Row("AMDA_LOG_FORMAT", "text or json", "text"),
            Row(
                "AMDA_METRICS_LISTEN",
                "the address at which Prometheus reads /metrics, such as 127.0.0.1:9464; keep it private",
                "metrics are not served",
            ),
            Row(
                "AMDA_SLOW_OPERATION",
                "the time from which on the log warns of a query or mutation of GraphQL, such as 500ms; off for never",
                "2s",
            ),
            Row(
                "AMDA_SLOW_QUERY",
                "the time from which on the log warns of a statement to the database; off for never",
                "500ms",
            ),
            Row(
                "OTEL_EXPORTER_OTLP_ENDPOINT",
                "the receiver of traces, by OTLP over HTTP, such as http://localhost:4318",
                "nothing is traced",
            ),
            Row(
                "OTEL_EXPORTER_OTLP_HEADERS",
                "headers for the receiver as name=value, with commas between, such as authorization=Bearer%20key",
                "none",
            ),
            Row(
                "OTEL_EXPORTER_OTLP_PROTOCOL",
                "the protocol of the receiver; no other is spoken",
                "http/protobuf",
            ),
            Row(
                "OTEL_SERVICE_NAME",
                "the name of this server at the receiver",
                "amda",
            ),
            Row(
                "OTEL_RESOURCE_ATTRIBUTES",
                "further attributes of this server as name=value, with commas between",
                "none",
            ),
            Row(
                "OTEL_TRACES_SAMPLER_ARG",
                "the part of the traces that is exported, from 0 to 1",
                "1",
            ),
            Row(
                "AMDA_TRUST_TRACEPARENT",
                "true continues the traces of requests, where a proxy in front sets `traceparent` itself",
                "false: they are linked",
            ),
        ],
    },
];
