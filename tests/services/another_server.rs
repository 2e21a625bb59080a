//! Another server of an installation.

use amda::app::{App, Tuning};
use amda::config::Config;

use crate::support::app::TestApp;

/// Starts another server beside `app`, with something of the configuration changed. It uses the WhatsApp that `app` simulates.
pub(crate) async fn another_server(
    app: &TestApp,
    change: impl FnOnce(&mut Config),
    tuning: Tuning,
) -> Box<App> {
    let mut config = app.config.clone();
    config.simulator = None;
    config.whatsapp.websocket_url = app.simulator().websocket_url().parse().unwrap();
    config.whatsapp.media_url = Some(app.simulator().media_base_url().parse().unwrap());
    change(&mut config);
    let started = Box::pin(App::start(&config, tuning)).await;
    Box::new(started.expect("the other server starts"))
}
