use std::collections::BTreeMap;

use super::reading::problem_of;
use crate::config::{Config, Flags, ServeFlags};

fn serve_flags(simulate: bool) -> Flags {
    Flags {
        serve: ServeFlags {
            simulate,
            is_given: true,
            ..ServeFlags::default()
        },
        ..Flags::default()
    }
}

#[cfg(feature = "simulator")]
#[test]
fn simulating_points_whatsapp_at_loopback() {
    let config = Config::read(&serve_flags(true), &BTreeMap::new()).unwrap();

    assert_eq!(
        config.whatsapp.websocket_url.as_str(),
        "ws://127.0.0.1:3100/ws/chat"
    );
    assert_eq!(config.simulator.unwrap().listen.port(), 3100);
}

#[cfg(feature = "simulator")]
#[test]
fn what_is_simulated_has_a_folder_of_its_own_unless_one_is_named() {
    let config = Config::read(&serve_flags(true), &BTreeMap::new()).unwrap();
    assert!(config.data_dir.ends_with("data-demo"), "{:?}", config.data_dir);
    let crate::config::KeySource::File(key) = config.keys.master else {
        panic!("the key is in a file");
    };
    assert!(key.starts_with(&config.data_dir), "{key:?}");

    let named = BTreeMap::from([("AMDA_DATA_DIR".to_owned(), "/srv/amda".to_owned())]);
    let config = Config::read(&serve_flags(true), &named).unwrap();
    assert_eq!(config.data_dir, std::path::Path::new("/srv/amda"));
}

#[cfg(feature = "simulator")]
#[test]
fn what_is_simulated_is_served_on_this_machine_alone() {
    for listen in ["0.0.0.0:3000", "192.0.2.7:3000", "[::]:3000"] {
        let mut flags = serve_flags(true);
        flags.serve.listen = Some(listen.to_owned());

        let error = Config::read(&flags, &BTreeMap::new()).unwrap_err().to_string();

        assert!(error.contains("--listen or AMDA_LISTEN"), "{error}");
        assert!(error.contains("this machine alone with --simulate"), "{error}");
    }
}

#[cfg(feature = "simulator")]
#[test]
fn serving_the_real_whatsapp_is_refused_by_a_build_with_the_simulator() {
    let error = Config::read(&serve_flags(false), &BTreeMap::new())
        .unwrap_err()
        .to_string();

    assert!(
        error.contains("AMDA_WHATSAPP_URL: wss://web.whatsapp.com/ws/chat is not on this machine"),
        "{error}"
    );
    assert!(error.contains("--simulate"), "{error}");
}

#[cfg(not(feature = "simulator"))]
#[test]
fn simulating_without_the_simulator_says_how_to_build_it() {
    let error = Config::read(&serve_flags(true), &BTreeMap::new())
        .unwrap_err()
        .to_string();

    assert!(error.contains("cargo run --features simulator"), "{error}");
}

#[test]
fn the_simulator_listens_on_loopback_alone() {
    assert!(problem_of("AMDA_SIMULATOR_LISTEN", "0.0.0.0:3100").contains("an address of this machine alone"));
}
