use async_graphql::{Context, ID, Object, Result};
use ulid::Ulid;

use crate::features::Node;
use crate::graphql::{bad_input, viewer};
use crate::id::parse_global;

/// Lookup of anything by its id.
#[derive(Default)]
pub struct NodeQuery;

#[Object]
impl NodeQuery {
    /// The viewer's thing with this id; null when there is none, or when it is somebody else's.
    async fn node(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "As this API gave it.")] id: ID,
    ) -> Result<Option<Node>> {
        viewer(ctx)?;
        let (kind, ulid) = parse_global(&id).map_err(|e| bad_input(e.to_string()))?;
        Node::find(ctx, &kind, ulid).await
    }
}

impl Node {
    /// The viewer's thing of the type that is called `kind` in global ids; none when there is no such type, when it is
    /// gone, and when it is somebody else's.
    ///
    /// # Errors
    /// `INTERNAL` when the database fails.
    pub async fn find(ctx: &Context<'_>, kind: &str, ulid: Ulid) -> Result<Option<Self>> {
        match Self::load(ctx, kind, ulid).await {
            Some(Ok(node)) => Ok(Some(node)),
            Some(Err(error)) if !is_not_found(&error) => Err(error),
            Some(Err(_)) | None => Ok(None),
        }
    }
}

fn is_not_found(error: &async_graphql::Error) -> bool {
    let code = error
        .extensions
        .as_ref()
        .and_then(|extensions| extensions.get("code"));
    code == Some(&async_graphql::Value::from("NOT_FOUND"))
}
