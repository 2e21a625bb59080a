//! AMDA behind a real nginx, with the file that `deploy/` has for it, and the settings that the files of `deploy/` name.

mod front;
mod nginx;
mod passing;
mod settings;
