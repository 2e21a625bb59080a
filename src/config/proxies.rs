//! The rule that a proxy in front must be configured: until then everybody who comes through it has its address.

use super::Config;
use super::loopback::names_this_machine;

impl Config {
    /// The reason why a proxy must be in front although none is configured, and its remedy; none when clients can reach
    /// the server by themselves, or proxies are configured.
    pub fn find_missing_proxy(&self) -> Option<String> {
        if self.proxies > 0 {
            return None;
        }
        let url = &self.public_url;
        let is_https = url.scheme() == "https";
        let is_this_machine = names_this_machine(url);
        // Only then does the address lead to the listening socket itself.
        let is_direct =
            url.port_or_known_default() == Some(self.listen.port()) && !self.listen.ip().is_loopback();
        let why = if is_https {
            "AMDA itself serves no https"
        } else if !is_this_machine && !is_direct {
            "AMDA listens elsewhere"
        } else {
            return None;
        };
        let origin = url.origin().ascii_serialization();
        Some(format!(
            "AMDA_PUBLIC_URL is {origin}, and {why} ({}), so a proxy is in front; with AMDA_PROXIES=0 its clients are not \
             told apart and share one limit: set AMDA_PROXIES to the number of your proxies, and have them send \
             X-Forwarded-For",
            self.listen
        ))
    }
}
