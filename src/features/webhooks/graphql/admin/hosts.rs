//! The hosts of endpoints. A URL is sealed with its user's key, and may carry a token: it is opened in a transaction of the
//! user, and nothing but the host leaves this file.

use std::collections::{BTreeMap, HashMap};

use crate::features::webhooks::WebhookEndpointId;
use crate::features::webhooks::store::{self, FailingRow};
use crate::id::UserId;
use crate::work::{Core, WorkError};

/// A failing delivery, and the host of its endpoint.
#[derive(Debug, Clone)]
pub struct Failing {
    /// The row.
    pub row: FailingRow,
    /// The host; none when the endpoint is gone, or its user is being deleted.
    pub host: Option<String>,
}

/// Adds to each of `rows` the host of its endpoint.
pub(super) async fn with_hosts(core: &Core, rows: Vec<FailingRow>) -> Result<Vec<Failing>, WorkError> {
    let mut endpoints: BTreeMap<UserId, Vec<WebhookEndpointId>> = BTreeMap::new();
    for row in &rows {
        endpoints.entry(row.user_id).or_default().push(row.endpoint_id);
    }
    let mut hosts = HashMap::new();
    for (user, ids) in endpoints {
        match read_hosts(core, user, &ids).await {
            Err(error) if error.is_of_nobody() => {}
            read => hosts.extend(read?),
        }
    }
    let with_host = |row: FailingRow| Failing {
        host: hosts.get(&row.endpoint_id).cloned(),
        row,
    };
    Ok(rows.into_iter().map(with_host).collect())
}

async fn read_hosts(
    core: &Core,
    user: UserId,
    ids: &[WebhookEndpointId],
) -> Result<Vec<(WebhookEndpointId, String)>, WorkError> {
    core.read(user, async |work| {
        let mut hosts = Vec::new();
        for row in store::load_endpoints(work, ids).await? {
            let endpoint = row.open(&work.key).map_err(WorkError::unreadable)?;
            hosts.extend(endpoint.url.host_str().map(|host| (endpoint.id, host.to_owned())));
        }
        Ok(hosts)
    })
    .await
}
