//! What the doctor has found: a line each, as it is found, and what to do about it.

use serde::Serialize;

use crate::failure::Failure;
use crate::screen::{self, Form, OutputError};

#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "lowercase")]
enum Level {
    Ok,
    Warning,
    Error,
}

impl Level {
    /// All of one width.
    fn padded(self) -> &'static str {
        match self {
            Self::Ok => "ok     ",
            Self::Warning => "warning",
            Self::Error => "error  ",
        }
    }
}

#[derive(Debug, Serialize)]
struct Finding<'a> {
    level: Level,
    check: &'static str,
    finding: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<&'a str>,
}

/// Each check has a name, which stands in docs/RUNBOOK.md and does not change.
#[derive(Debug)]
pub(super) struct Report {
    form: Form,
    warnings: u64,
    errors: u64,
}

impl Report {
    pub(super) fn new(form: Form) -> Self {
        Self { form, warnings: 0, errors: 0 }
    }

    pub(super) fn ok(&mut self, check: &'static str, finding: &str) -> Result<(), OutputError> {
        self.tell(&Finding { level: Level::Ok, check, finding, remedy: None })
    }

    /// What may become an error, or be meant so.
    pub(super) fn warning(&mut self, check: &'static str, finding: &str, remedy: &str) -> Result<(), OutputError> {
        self.warnings = self.warnings.saturating_add(1);
        self.tell(&Finding { level: Level::Warning, check, finding, remedy: Some(remedy) })
    }

    /// What is wrong now.
    pub(super) fn error(&mut self, check: &'static str, finding: &str, remedy: &str) -> Result<(), OutputError> {
        self.errors = self.errors.saturating_add(1);
        self.tell(&Finding { level: Level::Error, check, finding, remedy: Some(remedy) })
    }

    fn tell(&self, told: &Finding<'_>) -> Result<(), OutputError> {
        if self.form == Form::Json {
            return screen::object(told);
        }
        let Finding { level, check, finding, remedy } = told;
        screen::result(&screen::one_line(&format!("{} {check:<17} {finding}", level.padded())))?;
        match remedy {
            Some(remedy) => screen::result(&screen::one_line(&format!("        do: {remedy}"))),
            None => Ok(()),
        }
    }

    /// Exit codes tell warnings and errors apart.
    pub(super) fn finish(self) -> Result<(), Failure> {
        match self {
            Self { errors: 0, warnings: 0, .. } => Ok(()),
            Self { errors: 0, warnings, .. } => Err(Failure::Warnings { warnings }),
            Self { errors, warnings, .. } => Err(Failure::Errors { errors, warnings }),
        }
    }
}
