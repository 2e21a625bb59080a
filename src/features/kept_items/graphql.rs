//! GraphQL mutation of kept items.

use async_graphql::{ComplexObject, Context, ID, InputObject, Object, Result, SimpleObject};

use super::error::{InvalidId, KeptItemsError};
use super::service::KeptItemsService;
use crate::features::schema::Viewer;
use crate::graphql::{UserError, internal, viewer};

/// Input of `deleteKeptItems`.
#[derive(Debug, InputObject)]
pub struct DeleteKeptItemsInput {
    /// Ids of view-once messages, deleted messages, edited messages and statuses: 1 to 100 of them.
    ids: Vec<ID>,
}

/// Result of `deleteKeptItems`.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct DeleteKeptItemsPayload {
    /// Former ids of the items that were deleted for good, with their texts and media.
    deleted_ids: Vec<ID>,
    /// One error for each id that names no item to delete; its `path` ends with the index of the id in `ids`, from 0.
    /// The other items are deleted.
    errors: Vec<UserError>,
}

#[ComplexObject]
impl DeleteKeptItemsPayload {
    /// The viewer, whose lists and `storage` hold the deleted items no more; null when none was deleted.
    async fn viewer(&self, ctx: &Context<'_>) -> Result<Option<Viewer>> {
        if self.deleted_ids.is_empty() {
            return Ok(None);
        }
        Viewer::find(ctx, viewer(ctx)?.user).await
    }
}

/// Mutations of kept items.
#[derive(Debug, Clone, Copy, Default)]
pub struct Mutation;

#[Object(name = "KeptItemsMutation")]
impl Mutation {
    /// Deletes kept items of the viewer for good, with their texts and media. Nothing changes on WhatsApp.
    /// `keptItemRemoved` announces each item to every client.
    async fn delete_kept_items(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The items to delete.")] input: DeleteKeptItemsInput,
    ) -> Result<DeleteKeptItemsPayload> {
        let user = viewer(ctx)?.user;
        let ids: Vec<String> = input.ids.into_iter().map(|id| id.0).collect();
        let service = ctx.data_unchecked::<KeptItemsService>();
        match service.delete(user, &ids).await {
            Ok(done) => Ok(DeleteKeptItemsPayload {
                deleted_ids: done.deleted.into_iter().map(ID).collect(),
                errors: done
                    .invalid
                    .into_iter()
                    .map(|(at, why)| refused(at, &why))
                    .collect(),
            }),
            Err(KeptItemsError::Refused(why)) => Ok(DeleteKeptItemsPayload {
                deleted_ids: Vec::new(),
                errors: vec![UserError::invalid(&["ids"], why.to_string())],
            }),
            Err(other) => Err(internal(ctx, other)),
        }
    }
}

/// Converts the error of the id at index `at`.
fn refused(at: usize, why: &InvalidId) -> UserError {
    let place = at.to_string();
    let path = ["ids", place.as_str()];
    match why {
        InvalidId::Unknown => UserError::unknown(&path, "item"),
        InvalidId::Malformed(_) | InvalidId::WrongType { .. } => UserError::not_found(&path, why.to_string()),
    }
}
