//! clap's complaints in one line, without what was typed: a token or a key that ends up among the
//! arguments by mistake must not end up in a log as well.

use std::error::Error as _;

use clap::error::{ContextKind, ContextValue, ErrorKind};

/// What is wrong with the arguments.
pub(crate) fn mistake(error: &clap::Error) -> String {
    let option = || named(error);
    let what = match error.kind() {
        ErrorKind::MissingRequiredArgument => format!("missing {}", option()),
        ErrorKind::ValueValidation => match error.source() {
            Some(source) => format!("{}: {source}", option()),
            None => format!("{}: not a valid value", option()),
        },
        ErrorKind::InvalidValue => match allowed(error) {
            Some(values) => format!("{}: not one of {values}", option()),
            None => format!("{} needs a value", option()),
        },
        ErrorKind::TooManyValues => format!("{} takes no value", option()),
        ErrorKind::ArgumentConflict => match prior(error) {
            Some(prior) if prior != option() => format!("{} does not go with {prior}", option()),
            _ => format!("{} is given twice", option()),
        },
        ErrorKind::UnknownArgument => match option() {
            // An argument that is no option was typed by the user and may be anything.
            name if is_option(&name) => format!("there is no option {name}"),
            _ => "an argument that is not expected (tokens are read from standard input)".to_owned(),
        },
        ErrorKind::InvalidSubcommand => "there is no such command".to_owned(),
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            "a command is required".to_owned()
        }
        ErrorKind::InvalidUtf8 => "an argument is not UTF-8".to_owned(),
        _ => "the arguments can't be understood".to_owned(),
    };
    format!("{what}; see --help")
}

/// The option, or the options, that the error is about.
fn named(error: &clap::Error) -> String {
    names(error, ContextKind::InvalidArg).unwrap_or_else(|| "an argument".to_owned())
}

/// The option, or the options, with which that one does not agree.
fn prior(error: &clap::Error) -> Option<String> {
    names(error, ContextKind::PriorArg)
}

/// The values of which one was expected, if another was given.
fn allowed(error: &clap::Error) -> Option<String> {
    names(error, ContextKind::InvalidValue).filter(|given| !given.is_empty())?;
    names(error, ContextKind::ValidValue)
}

fn names(error: &clap::Error, kind: ContextKind) -> Option<String> {
    match error.get(kind)? {
        ContextValue::String(name) => Some(name.clone()),
        ContextValue::Strings(names) => Some(names.join(", ")),
        _ => None,
    }
}

/// Whether this is spelled like an option, and too short for a secret.
fn is_option(name: &str) -> bool {
    name.len() <= 20 && name.starts_with('-') && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
}
