//! Data exports in the schema.

mod event;
mod fields;
mod mutation;
mod objects;

pub use event::DataExportEvent;
pub use fields::ViewerFields;
pub use mutation::{
    CancelDataExportInput, CancelDataExportPayload, Mutation, RequestDataExportInput,
    RequestDataExportPayload,
};
pub use objects::{DataExport, DataExportFailure, DataExportProgress};

use async_graphql::{Context, Result};

use super::error::{DataExportError, EXPORT_HOURS, MOST_EXPORTS};
use super::service::DataExportsService;
use crate::graphql::{UserError, internal};

fn service<'a>(ctx: &Context<'a>) -> &'a DataExportsService {
    ctx.data_unchecked()
}

/// Splits a failure into the errors of the payload, and what the client can do nothing about.
fn judge<T>(ctx: &Context<'_>, done: Result<T, DataExportError>) -> Result<Result<T, Vec<UserError>>> {
    let error = match done {
        Ok(done) => return Ok(Ok(done)),
        Err(error) => error,
    };
    let words = error.to_string();
    let refused = match error {
        DataExportError::Work(cause) => return Err(internal(ctx, cause)),
        DataExportError::Unfinished => UserError::conflict(&[], words),
        DataExportError::TooMany { resets_at } => {
            let of = format!("exports in {EXPORT_HOURS} hours");
            UserError::limit(&[], &of, MOST_EXPORTS, MOST_EXPORTS, Some(resets_at))
        }
        DataExportError::Unknown => UserError::unknown(&["dataExportId"], "data export"),
        DataExportError::Finished => UserError::conflict(&["dataExportId"], words),
    };
    Ok(Err(vec![refused]))
}
