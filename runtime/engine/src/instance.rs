//! One live sandbox, and the calls into it.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use crate::call::CallError;
use crate::description::{Context, Source, Split};
use crate::grants::Grants;
use crate::host::Host;
use crate::limits::Limits;

/// All that an instance can reach.
pub struct Surroundings {
    /// How much it may use.
    pub limits: Limits,
    /// Where it may go.
    pub grants: Grants,
    /// Where what it hands out goes.
    pub host: Box<dyn Host>,
    /// Set by another thread when nobody wants the outcome: looked at on every epoch tick while
    /// the guest runs, whose call then ends with [`CallError::Stopped`].
    pub cancelled: Arc<AtomicBool>,
}

/// A live sandbox. Calls run on the caller's thread; dropping it gives everything back.
///
/// After a trap or a limit only dropping it makes sense: every further call fails.
pub struct Instance {
    around: Surroundings,
}

impl Instance {
    /// Asks an extract for its splits.
    ///
    /// # Errors
    /// As every call: [`CallError`] says whose fault it is.
    pub fn plan(&mut self, _config: &str, _bookmark: Option<&[u8]>) -> Result<Source, CallError> {
        Err(CallError::Host("not built".to_owned()))
    }

    /// Lets an extract read one split to its end.
    ///
    /// # Errors
    /// [`CallError`].
    pub fn run(
        &mut self,
        _config: &str,
        _split: &Split,
        _context: &Context,
    ) -> Result<(), CallError> {
        Err(CallError::Host("not built".to_owned()))
    }

    /// Opens a transform.
    ///
    /// # Errors
    /// [`CallError`].
    pub fn open_transform(&mut self, _config: &str, _context: &Context) -> Result<(), CallError> {
        Err(CallError::Host("not built".to_owned()))
    }

    /// Hands a transform a chunk of its input `input`.
    ///
    /// # Errors
    /// [`CallError`].
    pub fn process(&mut self, _input: u32, _chunk: &[u8]) -> Result<(), CallError> {
        Err(CallError::Host("not built".to_owned()))
    }

    /// Tells a transform that its last chunk is in.
    ///
    /// # Errors
    /// [`CallError`].
    pub fn finish(&mut self) -> Result<(), CallError> {
        Err(CallError::Host("not built".to_owned()))
    }

    /// Opens a load.
    ///
    /// # Errors
    /// [`CallError`].
    pub fn open_load(&mut self, _config: &str, _context: &Context) -> Result<(), CallError> {
        Err(CallError::Host("not built".to_owned()))
    }

    /// Hands a load a chunk.
    ///
    /// # Errors
    /// [`CallError`].
    pub fn write(&mut self, _chunk: &[u8]) -> Result<(), CallError> {
        Err(CallError::Host("not built".to_owned()))
    }

    /// Makes what a load wrote durable; gives the receipt.
    ///
    /// # Errors
    /// [`CallError`].
    pub fn prepare(&mut self) -> Result<Vec<u8>, CallError> {
        Err(CallError::Host("not built".to_owned()))
    }

    /// Makes prepared output visible.
    ///
    /// # Errors
    /// [`CallError`].
    pub fn commit(&mut self, _config: &str, _receipts: &[Vec<u8>]) -> Result<(), CallError> {
        Err(CallError::Host("not built".to_owned()))
    }

    /// Removes prepared output.
    ///
    /// # Errors
    /// [`CallError`].
    pub fn abort(&mut self, _config: &str, _receipts: &[Vec<u8>]) -> Result<(), CallError> {
        Err(CallError::Host("not built".to_owned()))
    }

    /// The host it was given.
    pub fn host_mut(&mut self) -> &mut dyn Host {
        &mut *self.around.host
    }

    /// Time the guest ran so far, waiting for its host left out.
    #[must_use]
    pub fn cpu_time(&self) -> Duration {
        Duration::ZERO
    }

    /// Bytes it read through `objects` so far.
    #[must_use]
    pub fn bytes_read(&self) -> u64 {
        0
    }

    /// URLs of objects that it made visible.
    #[must_use]
    pub fn published(&self) -> &[String] {
        &[]
    }
}
