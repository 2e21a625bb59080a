//! The settings: names, valid values and defaults.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use tracing_subscriber::EnvFilter;
use url::Url;

use super::billing::{self, Surroundings};
use super::loopback::names_this_machine;
use super::reader::{Reader, Setting};
use super::{
    Config, DefaultPlan, Flags, LogConfig, LogFormat, RegistrationPolicy, ServeFlags, SimulatorConfig,
    WhatsAppConfig, auth, check_whatsapp_url, clients, database, keys, mail, media, redis, traces,
};

/// The address that WhatsApp Web's clients connect to.
const WHATSAPP_URL: &str = "wss://web.whatsapp.com/ws/chat";

/// A version that WhatsApp accepted when this was released.
const WHATSAPP_VERSION: (u32, u32, u32) = (2, 3000, 1_035_194_821);

const DEFAULT_LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 3000);
const DEFAULT_SIMULATOR_LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 3100);

const MIB: u64 = 1024 * 1024;
const DEFAULT_MIN_FREE_BYTES: u64 = 512 * MIB;

const LISTEN: Setting = Setting::with_flag(
    "AMDA_LISTEN",
    "--listen",
    "an IP address and a port, such as 127.0.0.1:3000 or 0.0.0.0:80",
);
const METRICS_LISTEN: Setting = Setting::new(
    "AMDA_METRICS_LISTEN",
    "an IP address and a port, such as 127.0.0.1:9464",
);
const DATA_DIR: Setting = Setting::with_flag("AMDA_DATA_DIR", "--data-dir", "a folder");
const MIN_FREE_MIB: Setting = Setting::new(
    "AMDA_MIN_FREE_MIB",
    "a number of mebibytes, such as 512; 0 for no limit",
);
const SIMULATE: Setting = Setting::with_flag(
    "AMDA_SIMULATE",
    "--simulate",
    "used with a build that has the simulator: `cargo demo`, or `cargo run --features simulator -- serve --simulate`",
);
const SIMULATOR_LISTEN: Setting = Setting::with_flag(
    "AMDA_SIMULATOR_LISTEN",
    "--simulator-listen",
    "an address of this machine alone and a port, such as 127.0.0.1:3100",
);
const PUBLIC_URL: Setting = Setting::new(
    "AMDA_PUBLIC_URL",
    "a web address, such as https://amda.example.org",
);
const ALLOWED_ORIGINS: Setting = Setting::new(
    "AMDA_ALLOWED_ORIGINS",
    "web origins without a path, such as https://app.example.org, with commas between",
);
const PROXIES: Setting = Setting::new(
    "AMDA_PROXIES",
    "the number of proxies in front of AMDA, such as 1; 0 for none",
);
const INTROSPECTION: Setting = Setting::new("AMDA_INTROSPECTION", "`true` or `false`");
const GRAPHIQL: Setting = Setting::new("AMDA_GRAPHIQL", "`true` or `false`");
const REGISTRATION: Setting = Setting::new(
    "AMDA_REGISTRATION",
    "`open`, `invite` (for people with a code that `amda invite` prints) or `closed`",
);
const DEFAULT_PLAN: Setting = Setting::new("AMDA_DEFAULT_PLAN", "`free` or `premium`");
const ALLOW_LOCAL_ENDPOINTS: Setting = Setting::new("AMDA_ALLOW_LOCAL_ENDPOINTS", "`true` or `false`");
const WHATSAPP_ADDRESS: Setting = Setting::new(
    "AMDA_WHATSAPP_URL",
    "a WebSocket address, such as wss://web.whatsapp.com/ws/chat",
);
const WHATSAPP_MEDIA: Setting = Setting::new("AMDA_WHATSAPP_MEDIA_URL", "a web address");
const VERSION: Setting = Setting::new(
    "AMDA_WHATSAPP_VERSION",
    "three numbers, such as 2.3000.1035194821",
);
const DEVICE_NAME: Setting = Setting::new("AMDA_DEVICE_NAME", "a name of 1 to 50 characters");
const LOG: Setting = Setting::new("AMDA_LOG", "levels, such as `info` or `info,amda=debug`");
const LOG_FORMAT: Setting = Setting::new("AMDA_LOG_FORMAT", "`text` or `json`");
const SLOW_OPERATION: Setting = Setting::new("AMDA_SLOW_OPERATION", EXPECTED_TIME);
const SLOW_QUERY: Setting = Setting::new("AMDA_SLOW_QUERY", EXPECTED_TIME);

const EXPECTED_TIME: &str = "a time with its unit, such as 500ms or 2s; `off` warns of none";
const DEFAULT_SLOW_OPERATION: Duration = Duration::from_secs(2);
const DEFAULT_SLOW_QUERY: Duration = Duration::from_millis(500);

/// Reads every setting.
pub(super) fn read(flags: &Flags, reader: &mut Reader) -> Config {
    let serve = &flags.serve;
    let listen = reader
        .value(&LISTEN, serve.listen.as_deref(), parse)
        .unwrap_or(DEFAULT_LISTEN);
    let named: Option<PathBuf> = reader.value(&DATA_DIR, flags.data_dir.as_deref(), parse);
    let simulator = read_simulator(serve, reader);
    let is_simulated = simulator.is_some();
    if is_simulated && !listen.ip().is_loopback() {
        let message = format!(
            "it is \"{listen}\", and must be an address of this machine alone with --simulate: everybody knows the password \
             of the demonstration's users"
        );
        reader.reject(&LISTEN, message);
    }
    // The same users must not be found in an installation that people use.
    let usual = if is_simulated { "data-demo" } else { "data" };
    let data_dir = named.unwrap_or_else(|| PathBuf::from(usual));
    let data_dir = std::path::absolute(&data_dir).unwrap_or(data_dir);
    let public_url = reader
        .value(&PUBLIC_URL, None, http_url)
        .unwrap_or_else(|| own_url(listen));
    // On by default where only this machine can ask.
    let is_private = listen.ip().is_loopback() && names_this_machine(&public_url);
    let allowed_origins = reader.value(&ALLOWED_ORIGINS, None, origins).unwrap_or_default();
    let around = Surroundings {
        public_url: &public_url,
        allowed_origins: &allowed_origins,
        is_simulated,
        serves: serve.is_given,
    };
    Config {
        billing: billing::read(&around, reader),
        stripe_simulator: billing::read_simulator(is_simulated, reader),
        public_url,
        allowed_origins,
        proxies: reader.value(&PROXIES, None, parse).unwrap_or(0),
        allows_introspection: reader.value(&INTROSPECTION, None, switch).unwrap_or(is_private),
        serves_graphiql: reader.value(&GRAPHIQL, None, switch).unwrap_or(is_private),
        clients: clients::read(reader),
        database: database::read(&data_dir, reader),
        redis: redis::read(reader),
        keys: keys::read_config(&data_dir, reader),
        media: media::read(reader),
        registration: reader
            .value(&REGISTRATION, None, registration)
            .unwrap_or(RegistrationPolicy::Open),
        default_plan: reader
            .value(&DEFAULT_PLAN, None, plan)
            .unwrap_or(DefaultPlan::Free),
        allows_local_endpoints: reader
            .value(&ALLOW_LOCAL_ENDPOINTS, None, switch)
            .unwrap_or(false),
        whatsapp: read_whatsapp(simulator.as_ref(), serve.is_given, reader),
        mail: mail::read(reader),
        auth: auth::read(reader),
        log: read_log(reader),
        traces: traces::read(reader),
        metrics_listen: reader.value(&METRICS_LISTEN, None, parse),
        min_free_bytes: reader
            .value(&MIN_FREE_MIB, None, parse::<u32>)
            .map_or(DEFAULT_MIN_FREE_BYTES, |mib| u64::from(mib) * MIB),
        file: reader.file(),
        // Known when everything was read.
        settings: Vec::new(),
        listen,
        data_dir,
        simulator,
    }
}

fn read_simulator(serve: &ServeFlags, reader: &mut Reader) -> Option<SimulatorConfig> {
    let listen = reader.value(
        &SIMULATOR_LISTEN,
        serve.simulator_listen.as_deref(),
        loopback_address,
    );
    let flag = serve.simulate.then_some("true");
    let is_wanted = reader.value(&SIMULATE, flag, |text| match text {
        "true" | "1" if cfg!(feature = "simulator") => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    });
    is_wanted?.then(|| SimulatorConfig {
        listen: listen.unwrap_or(DEFAULT_SIMULATOR_LISTEN),
    })
}

fn read_whatsapp(simulator: Option<&SimulatorConfig>, connects: bool, reader: &mut Reader) -> WhatsAppConfig {
    let simulated = |scheme: &str, path: &str| {
        let listen = simulator?.listen;
        Some(Url::parse(&format!("{scheme}://{listen}{path}")).expect("an address and a port make a URL"))
    };
    let real = || Url::parse(WHATSAPP_URL).expect("the constant is a URL");
    let given = reader.value(&WHATSAPP_ADDRESS, None, websocket_url);
    let websocket_url = given.or_else(|| simulated("ws", "/ws/chat")).unwrap_or_else(real);
    let media_url = reader
        .value(&WHATSAPP_MEDIA, None, http_url)
        .or_else(|| simulated("http", ""));
    if connects {
        for (setting, url) in [
            (&WHATSAPP_ADDRESS, Some(&websocket_url)),
            (&WHATSAPP_MEDIA, media_url.as_ref()),
        ] {
            if let Some(Err(error)) = url.map(check_whatsapp_url) {
                reader.reject(setting, error.to_string());
            }
        }
    }
    WhatsAppConfig {
        websocket_url,
        media_url,
        version: reader.value(&VERSION, None, version).unwrap_or(WHATSAPP_VERSION),
        device_name: reader
            .value(&DEVICE_NAME, None, device_name)
            .unwrap_or_else(|| "AMDA".to_owned()),
    }
}

fn read_log(reader: &mut Reader) -> LogConfig {
    let filter = |text: &str| text.parse::<EnvFilter>().is_ok().then(|| text.to_owned());
    let format = |text: &str| match text {
        "text" => Some(LogFormat::Text),
        "json" => Some(LogFormat::Json),
        _ => None,
    };
    LogConfig {
        filter: reader
            .value(&LOG, None, filter)
            .unwrap_or_else(|| "info".to_owned()),
        format: reader.value(&LOG_FORMAT, None, format).unwrap_or(LogFormat::Text),
        slow_operation: reader
            .value(&SLOW_OPERATION, None, slowness)
            .unwrap_or(Some(DEFAULT_SLOW_OPERATION)),
        slow_query: reader
            .value(&SLOW_QUERY, None, slowness)
            .unwrap_or(Some(DEFAULT_SLOW_QUERY)),
    }
}

/// A time such as `500ms` or `2s`, within an hour; none for `off`.
fn slowness(text: &str) -> Option<Option<Duration>> {
    if text == "off" {
        return Some(None);
    }
    let (number, unit) = match text.strip_suffix("ms") {
        Some(number) => (number, 0.001),
        None => (text.strip_suffix('s')?, 1.0),
    };
    let seconds = number.trim().parse::<f64>().ok()? * unit;
    let time = Duration::try_from_secs_f64(seconds).ok()?;
    (!time.is_zero() && time <= Duration::from_hours(1)).then_some(Some(time))
}

fn own_url(listen: SocketAddr) -> Url {
    let host = if listen.ip().is_unspecified() {
        format!("localhost:{}", listen.port())
    } else {
        listen.to_string()
    };
    Url::parse(&format!("http://{host}")).expect("an address and a port make a URL")
}

fn parse<T: std::str::FromStr>(text: &str) -> Option<T> {
    text.parse().ok()
}

pub(super) fn loopback_address(text: &str) -> Option<SocketAddr> {
    text.parse()
        .ok()
        .filter(|address: &SocketAddr| address.ip().is_loopback())
}

fn url_of(text: &str, schemes: &[&str]) -> Option<Url> {
    Url::parse(text)
        .ok()
        .filter(|url| schemes.contains(&url.scheme()) && url.has_host())
}

fn http_url(text: &str) -> Option<Url> {
    url_of(text, &["http", "https"])
}

fn websocket_url(text: &str) -> Option<Url> {
    url_of(text, &["ws", "wss"])
}

pub(super) fn origins(text: &str) -> Option<Vec<String>> {
    let origin = |text: &str| {
        let url = http_url(text)?;
        let origin = url.origin().ascii_serialization();
        (origin == text.trim_end_matches('/')).then_some(origin)
    };
    text.split(',').map(str::trim).map(origin).collect()
}

fn registration(text: &str) -> Option<RegistrationPolicy> {
    match text.to_ascii_lowercase().as_str() {
        "open" => Some(RegistrationPolicy::Open),
        "invite" => Some(RegistrationPolicy::Invite),
        "closed" => Some(RegistrationPolicy::Closed),
        _ => None,
    }
}

fn plan(text: &str) -> Option<DefaultPlan> {
    match text.to_ascii_lowercase().as_str() {
        "free" => Some(DefaultPlan::Free),
        "premium" => Some(DefaultPlan::Premium),
        _ => None,
    }
}

pub(super) fn switch(text: &str) -> Option<bool> {
    match text {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

fn version(text: &str) -> Option<(u32, u32, u32)> {
    match *text
        .split(['.', ','])
        .map(|part| part.trim().parse().ok())
        .collect::<Option<Vec<u32>>>()?
    {
        [major, minor, patch] => Some((major, minor, patch)),
        _ => None,
    }
}

fn device_name(text: &str) -> Option<String> {
    (text.chars().count() <= 50 && !text.chars().any(char::is_control)).then(|| text.to_owned())
}
