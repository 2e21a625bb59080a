use crate::id::ids;

ids! {
    /// A job as admins see it; the same ULID as the job's.
    AdminJobId = "AdminJob";
}
