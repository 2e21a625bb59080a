use super::error::UserError;

/// Errors of an input, gathered so that all are told at once.
#[derive(Debug, Default)]
pub struct Gathered(Vec<UserError>);

impl Gathered {
    /// The value of one check; none when it failed, and its error is kept.
    pub fn take<T>(&mut self, checked: Result<T, UserError>) -> Option<T> {
        checked.map_err(|error| self.0.push(error)).ok()
    }

    /// Returns nothing when no check failed.
    ///
    /// # Errors
    /// All errors, when there are some.
    pub fn finish(self) -> Result<(), Vec<UserError>> {
        if self.0.is_empty() { Ok(()) } else { Err(self.0) }
    }
}

impl From<Gathered> for Vec<UserError> {
    fn from(errors: Gathered) -> Self {
        errors.0
    }
}
