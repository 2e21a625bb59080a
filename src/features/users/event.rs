use async_graphql::{Context, Result};

use crate::features::schema::{Viewer, event_object};
use crate::hub::EventRow;

event_object! {
    /// The plan, profile, suspension or notification settings of the viewer changed.
    ViewerEvent {}
    and {
        /// The viewer with their present data.
        viewer: Option<Viewer> = load_viewer
    }
}

async fn load_viewer(ctx: &Context<'_>, row: &EventRow) -> Result<Option<Viewer>> {
    Viewer::find(ctx, row.event.subject.into()).await
}
