//! Waiting for what is asynchronous, on a thread that may block.

use std::future::Future;
use std::time::Duration;

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::time::timeout;

use super::{StoreError, StoreErrorKind};
use crate::sync::thread;

/// A runtime of one connection's own, driven by whoever waits for something on it.
pub(super) struct Own(Option<Runtime>);

impl Own {
    pub(super) fn new() -> Result<Self, StoreError> {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| StoreError::new(StoreErrorKind::Io).because(error))?;
        Ok(Self(Some(runtime)))
    }

    pub(super) fn get(&self) -> Result<&Runtime, StoreError> {
        self.0.as_ref().ok_or_else(|| StoreErrorKind::Poisoned.into())
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        // Without waiting, which nobody may do within another runtime.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// A runtime can't be entered from within another one: whoever comes from there waits beside it.
pub(super) fn outside<T: Send>(step: impl FnOnce() -> Result<T, StoreError> + Send) -> Result<T, StoreError> {
    if Handle::try_current().is_err() {
        return step();
    }
    let gone = || StoreError::new(StoreErrorKind::Poisoned).because("a thread has panicked");
    thread::scope(|scope| scope.spawn(step).join()).unwrap_or_else(|_| Err(gone()))
}

pub(super) async fn within<T, E: From<StoreError>>(
    limit: Duration,
    step: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    match timeout(limit, step).await {
        Ok(done) => done,
        Err(_) => {
            let why = format!("no answer within {} s", limit.as_secs_f32());
            Err(StoreError::new(StoreErrorKind::Io).because(why).into())
        }
    }
}
