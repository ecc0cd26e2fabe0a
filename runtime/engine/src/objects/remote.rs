//! Objects in other places than this machine.
use super::Found;
use super::glob::Glob;
use super::receipt::RemoteReceipt;
use crate::contract::ObjectError;
use crate::grants::Location;
use bytes::Bytes;
use std::sync::Arc;

pub(crate) struct Stores {
    #[expect(dead_code)]
    runtime: tokio::runtime::Handle,
}
impl Stores {
    pub(crate) fn new(runtime: tokio::runtime::Handle) -> Self {
        Self { runtime }
    }
    pub(super) fn find(&self, _: &Location, _: &str, _: &Glob) -> Result<Vec<Found>, ObjectError> {
        Err(ObjectError::Other(String::new()))
    }
    pub(super) fn publish(&self, _: &Location, _: &RemoteReceipt) -> Result<(), ObjectError> {
        Err(ObjectError::Other(String::new()))
    }
    pub(super) fn discard(&self, _: &Location, _: &RemoteReceipt) -> Result<(), ObjectError> {
        Err(ObjectError::Other(String::new()))
    }
    pub(super) fn remove(&self, _: &Location, _: &str) -> Result<(), ObjectError> {
        Err(ObjectError::Other(String::new()))
    }
}
#[derive(Default)]
pub(super) struct RemoteFiles;
impl RemoteFiles {
    pub(super) fn read(
        &mut self,
        _: &Arc<Stores>,
        _: &Location,
        _: &str,
        _: u64,
        _: u64,
    ) -> Result<Bytes, ObjectError> {
        Err(ObjectError::Other(String::new()))
    }
}
pub(crate) struct RemoteStaged;
impl RemoteStaged {
    pub(super) fn create(_: &Arc<Stores>, _: &Location, _: &str) -> Result<Self, ObjectError> {
        Err(ObjectError::Other(String::new()))
    }
    pub(super) fn write(&mut self, _: &[u8]) -> Result<(), ObjectError> {
        Err(ObjectError::Other(String::new()))
    }
    pub(super) fn finish(self) -> Result<RemoteReceipt, ObjectError> {
        Err(ObjectError::Other(String::new()))
    }
}
