//! Keys: what is imported and what is refused, ids, sets and their states, text and files, rings in use.

mod files;
mod ids;
mod import;
mod kinds;
mod rings;
mod sets;
mod text;
