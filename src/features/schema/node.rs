use async_graphql::{Context, ID, Object, Result};
use futures::future::try_join_all;
use ulid::Ulid;

use crate::features::Node;
use crate::graphql::{ErrorCode, bad_input, viewer};
use crate::id::parse_global;

/// Maximum number of ids in one lookup.
const MOST_NODES: usize = 100;

/// Lookup of anything by its id.
#[derive(Default)]
pub struct NodeQuery;

#[Object]
impl NodeQuery {
    /// The viewer's thing with this id; null when the id names nothing, or somebody else's thing, or is malformed.
    async fn node(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Id that this API returned.")] id: ID,
    ) -> Result<Option<Node>> {
        viewer(ctx)?;
        Node::find_global(ctx, &id).await
    }

    /// The viewer's things with these ids, in the order of the ids; null for each id that `node(id:)` answers with null.
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Ids that this API returned, 100 at most.")] ids: Vec<ID>,
    ) -> Result<Vec<Option<Node>>> {
        viewer(ctx)?;
        if ids.len() > MOST_NODES {
            let named = ids.len();
            return Err(bad_input(format!(
                "ids names {named} nodes; pass at most {MOST_NODES}"
            )));
        }
        // Together, so that things of one type are loaded by one query.
        try_join_all(ids.iter().map(|id| Node::find_global(ctx, id))).await
    }
}

impl Node {
    async fn find_global(ctx: &Context<'_>, id: &str) -> Result<Option<Self>> {
        match parse_global(id) {
            Ok((kind, ulid)) => Self::find(ctx, &kind, ulid).await,
            Err(_) => Ok(None),
        }
    }

    /// The viewer's thing of the type that is called `kind` in global ids; none when there is no such type, when it is
    /// gone, and when it is somebody else's.
    ///
    /// # Errors
    /// `INTERNAL` when the database fails.
    pub async fn find(ctx: &Context<'_>, kind: &str, ulid: Ulid) -> Result<Option<Self>> {
        match Self::load(ctx, kind, ulid).await {
            Some(Ok(node)) => Ok(Some(node)),
            Some(Err(error)) if !is_hidden(&error) => Err(error),
            Some(Err(_)) | None => Ok(None),
        }
    }
}

/// True for the error of a thing that is gone, somebody else's, or for admins alone.
fn is_hidden(error: &async_graphql::Error) -> bool {
    let code = error
        .extensions
        .as_ref()
        .and_then(|extensions| extensions.get("code"));
    [ErrorCode::NotFound, ErrorCode::Forbidden]
        .iter()
        .any(|hidden| code == Some(&hidden.to_value()))
}
