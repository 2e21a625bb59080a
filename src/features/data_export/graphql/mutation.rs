use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::objects::DataExport;
use super::{judge, service};
use crate::features::begin_proven;
use crate::features::data_export::{DataExportId, DataExportRecord};
use crate::features::schema::Viewer;
use crate::graphql::{UserError, viewer};

/// Input of `requestDataExport`.
#[derive(InputObject)]
pub struct RequestDataExportInput {
    /// Password of the viewer.
    current_password: String,
    /// Code of two-factor authentication: the 6 digits that the authenticator app shows now, or a recovery code. Spaces and
    /// dashes are ignored. Needed when `user.twoFactor.isEnabled`, and ignored otherwise.
    code: Option<String>,
}

/// Input of `cancelDataExport`.
#[derive(InputObject)]
pub struct CancelDataExportInput {
    /// Id of the data export.
    data_export_id: ID,
}

/// Payload of `requestDataExport`.
#[derive(SimpleObject)]
pub struct RequestDataExportPayload {
    /// Export that was requested, `QUEUED`; null when there are errors.
    data_export: Option<DataExport>,
    /// The viewer, with their new `dataExports`; null when there are errors.
    viewer: Option<Viewer>,
    /// Errors in the input; empty on success.
    errors: Vec<UserError>,
}

/// Payload of `cancelDataExport`.
#[derive(SimpleObject)]
pub struct CancelDataExportPayload {
    /// Export as it is now, `CANCELLED`; null when there are errors.
    data_export: Option<DataExport>,
    /// Errors in the input; empty on success.
    errors: Vec<UserError>,
}

/// Mutations of data exports.
#[derive(Debug, Clone, Copy, Default)]
pub struct Mutation;

#[Object(name = "DataExportsMutation")]
impl Mutation {
    /// Requests an export of all that AMDA keeps of the viewer. It is written in the background: `dataExportChanged` shows its
    /// progress, and a notification tells when it can be downloaded, for 24 hours. One at a time (`Conflict`), and at most 3
    /// in 24 hours, those that failed not counted (`LimitExceeded`). A wrong password counts with those of `logIn`.
    async fn request_data_export(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Proof that it is the viewer who asks.")] input: RequestDataExportInput,
    ) -> Result<RequestDataExportPayload> {
        let RequestDataExportInput {
            current_password,
            code,
        } = input;
        let work = match begin_proven(ctx, current_password, code, "data export").await? {
            Ok(work) => work,
            Err(errors) => return Ok(RequestDataExportPayload::refused(errors)),
        };
        let user = work.user;
        let requested = service(ctx).request(work).await;
        match judge(ctx, requested)? {
            Ok(export) => Ok(RequestDataExportPayload {
                data_export: Some(DataExport(export)),
                viewer: Viewer::find(ctx, user).await?,
                errors: Vec::new(),
            }),
            Err(errors) => Ok(RequestDataExportPayload::refused(errors)),
        }
    }

    /// Cancels a data export that is not finished. What was written of it is removed.
    async fn cancel_data_export(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Data export to cancel.")] input: CancelDataExportInput,
    ) -> Result<CancelDataExportPayload> {
        let user = viewer(ctx)?.user;
        let id = match DataExportId::from_global(&input.data_export_id) {
            Ok(id) => id,
            Err(wrong) => {
                let errors = vec![UserError::no_id(&["dataExportId"], &wrong)];
                return Ok(CancelDataExportPayload::of(Err(errors)));
            }
        };
        let cancelled = service(ctx).cancel(user, id).await;
        Ok(CancelDataExportPayload::of(judge(ctx, cancelled)?))
    }
}

impl RequestDataExportPayload {
    fn refused(errors: Vec<UserError>) -> Self {
        Self {
            data_export: None,
            viewer: None,
            errors,
        }
    }
}

impl CancelDataExportPayload {
    fn of(done: Result<DataExportRecord, Vec<UserError>>) -> Self {
        match done {
            Ok(export) => Self {
                data_export: Some(DataExport(export)),
                errors: Vec::new(),
            },
            Err(errors) => Self {
                data_export: None,
                errors,
            },
        }
    }
}
