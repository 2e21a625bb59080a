use crate::graphql::UserError;

/// Errors of an input, gathered so that all are told at once.
#[derive(Debug, Default)]
pub(super) struct Gathered(Vec<UserError>);

impl Gathered {
    /// The value of one check; none when it failed, and its error is kept.
    pub(super) fn take<T>(&mut self, checked: Result<T, UserError>) -> Option<T> {
        checked.map_err(|error| self.0.push(error)).ok()
    }
}

impl From<Gathered> for Vec<UserError> {
    fn from(errors: Gathered) -> Self {
        errors.0
    }
}
