//! The settings of the product: keys, people, the sale, WhatsApp, and what is told of all of it.

use super::{Group, Row};

pub(super) const KEYS: Group = Group {
    title: "Keys",
    rows: &[
        Row(
            "AMDA_MASTER_KEY",
            "encrypts stored data: 32 bytes in base64",
            "made in <data>/master.key",
        ),
        Row(
            "AMDA_MASTER_KEY_FILE",
            "a file that holds that key instead, such as a credential of systemd; earlier ones beside it in <file>.previous",
            "none",
        ),
        Row("AMDA_MASTER_KEY_COMMAND", "or a command that prints it", "none"),
        Row(
            "AMDA_PREVIOUS_MASTER_KEYS",
            "earlier master keys with commas between, until `amda rotate-keys` has ended",
            "the lines of <data>/master.key.previous",
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
};

pub(super) const USERS: Group = Group {
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
};

pub(super) const SALE: Group = Group {
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
};

pub(super) const WHATSAPP: Group = Group {
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
};

pub(super) const OBSERVATION: Group = Group {
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
};
