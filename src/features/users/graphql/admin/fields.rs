use async_graphql::{Context, ID, InputObject, Object, Result};

use super::user::AdminUser;
use crate::audit::{self, AuditAction};
use crate::features::users::AdminUserId;
use crate::features::users::administration::{UserFilter, UserPart, count_users, list_users};
use crate::features::users::graphql::service;
use crate::graphql::{
    Admin, Connection, Cursor, Entity as _, List, PageArguments, bad_argument, internal, total_if_wanted,
};
use crate::plan::Plan;
use crate::user::Role;
use crate::work::WorkError;

/// The list of all users, as its cursors name it.
const LIST: List = List::named("admin.users");

/// Users as admins see them.
#[derive(Debug, Clone, Copy)]
pub struct AdminFields(pub Admin);

#[Object(name = "UsersAdminFields")]
impl AdminFields {
    /// All users, newest first. Each of a page reads in their audit log that they were listed (`USER_LISTED`). With
    /// a `search`, `totalCount` is null, because the number of matches would tell of users who were not listed. Null
    /// only when an argument is wrong.
    async fn users(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Number of items from the beginning of the list, or after `after`: 1 to 100; 20 when neither `first` \
                    nor `last` is given."
        )]
        first: Option<i32>,
        #[graphql(desc = "Cursor of the item before the page.")] after: Option<Cursor>,
        #[graphql(
            desc = "Number of items from the end of the list, or before `before`: 1 to 100. Not together with `first` or \
                    `after`."
        )]
        last: Option<i32>,
        #[graphql(desc = "Cursor of the item after the page.")] before: Option<Cursor>,
        #[graphql(desc = "Filter of the users; all when absent.")] filter: Option<AdminUserFilter>,
    ) -> Result<Option<Connection<AdminUser>>> {
        let arguments = PageArguments {
            first,
            after,
            last,
            before,
        };
        let (page, filter) = (
            arguments.page(LIST)?,
            filter.map(UserFilter::from).unwrap_or_default(),
        );
        let core = &service(ctx).core;
        let listing = async {
            let mut work = core.begin(self.0.user()).await?;
            let rows = list_users(&mut work, page, &filter).await?;
            let total = match &filter.search {
                Some(_) => None,
                None => total_if_wanted(ctx, count_users(&mut work, &filter)).await?,
            };
            audit::note_looks(&mut work, AuditAction::UserListed, rows.iter().map(|row| row.id)).await?;
            work.commit().await?;
            Ok::<_, WorkError>((rows, total))
        };
        let (rows, total) = listing.await.map_err(|e| internal(ctx, e))?;
        let users = rows.into_iter().map(AdminUser).collect();
        Ok(Some(
            Connection::of(&page, users, AdminUser::page_cursor).counted(total),
        ))
    }

    /// The user with this id, who reads in their audit log that their details were opened (`USER_VIEWED`). Null when there
    /// is no such user.
    async fn user(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Id of an `AdminUser`.")] id: ID,
    ) -> Result<Option<AdminUser>> {
        let id = AdminUserId::from_global(&id).map_err(|wrong| bad_argument(&["id"], wrong.to_string()))?;
        AdminUser::find(ctx, id).await
    }
}

/// Filter of users. A field that is absent or null filters nothing out; an empty list matches nobody.
#[derive(Debug, InputObject)]
pub(super) struct AdminUserFilter {
    /// Part of the e-mail address or the display name, in any case of its letters, or the beginning of the id as the
    /// operator's commands print it. Blank text filters nothing out.
    search: Option<String>,
    /// Plans of users to include.
    plans: Option<Vec<Plan>>,
    /// Roles of users to include.
    roles: Option<Vec<Role>>,
    /// True for suspended users, false for the others.
    is_suspended: Option<bool>,
}

impl From<AdminUserFilter> for UserFilter {
    fn from(filter: AdminUserFilter) -> Self {
        Self {
            search: filter.search.as_deref().and_then(UserPart::parse),
            plans: filter.plans,
            roles: filter.roles,
            is_suspended: filter.is_suspended,
        }
    }
}
