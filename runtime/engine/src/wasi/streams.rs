//! Streams of WASI, whose waiting is bounded as all waiting is. What does not wait is handed on.

use wasmtime::component::Resource;
use wasmtime_wasi::p2::bindings::sync::io::streams;
use wasmtime_wasi::p2::{DynInputStream, DynOutputStream, DynPollable, StreamError, StreamResult};
use wasmtime_wasi_io::bindings::wasi::io::streams as unbounded;

use super::waiting::Waiting;

type Input = Resource<DynInputStream>;
type Output = Resource<DynOutputStream>;

impl streams::Host for Waiting<'_> {
    fn convert_stream_error(
        &mut self,
        error: StreamError,
    ) -> wasmtime::Result<streams::StreamError> {
        streams::Host::convert_stream_error(self.table, error)
    }
}

impl Waiting<'_> {
    fn flattened<T>(result: wasmtime::Result<StreamResult<T>>) -> StreamResult<T> {
        result.unwrap_or_else(|limit| Err(StreamError::Trap(limit)))
    }
}

impl streams::HostInputStream for Waiting<'_> {
    fn drop(&mut self, stream: Input) -> wasmtime::Result<()> {
        self.wait
            .wait(unbounded::HostInputStream::drop(self.table, stream))?
    }

    fn read(&mut self, stream: Input, length: u64) -> StreamResult<Vec<u8>> {
        streams::HostInputStream::read(self.table, stream, length)
    }

    fn blocking_read(&mut self, stream: Input, length: u64) -> StreamResult<Vec<u8>> {
        let read = unbounded::HostInputStream::blocking_read(self.table, stream, length);
        Self::flattened(self.wait.wait(read))
    }

    fn skip(&mut self, stream: Input, length: u64) -> StreamResult<u64> {
        streams::HostInputStream::skip(self.table, stream, length)
    }

    fn blocking_skip(&mut self, stream: Input, length: u64) -> StreamResult<u64> {
        let skip = unbounded::HostInputStream::blocking_skip(self.table, stream, length);
        Self::flattened(self.wait.wait(skip))
    }

    fn subscribe(&mut self, stream: Input) -> wasmtime::Result<Resource<DynPollable>> {
        streams::HostInputStream::subscribe(self.table, stream)
    }
}

impl streams::HostOutputStream for Waiting<'_> {
    fn drop(&mut self, stream: Output) -> wasmtime::Result<()> {
        self.wait
            .wait(unbounded::HostOutputStream::drop(self.table, stream))?
    }

    fn check_write(&mut self, stream: Output) -> StreamResult<u64> {
        streams::HostOutputStream::check_write(self.table, stream)
    }

    fn write(&mut self, stream: Output, bytes: Vec<u8>) -> StreamResult<()> {
        streams::HostOutputStream::write(self.table, stream, bytes)
    }

    fn blocking_write_and_flush(&mut self, stream: Output, bytes: Vec<u8>) -> StreamResult<()> {
        let write =
            unbounded::HostOutputStream::blocking_write_and_flush(self.table, stream, bytes);
        Self::flattened(self.wait.wait(write))
    }

    fn blocking_write_zeroes_and_flush(&mut self, stream: Output, length: u64) -> StreamResult<()> {
        let write = unbounded::HostOutputStream::blocking_write_zeroes_and_flush(
            self.table, stream, length,
        );
        Self::flattened(self.wait.wait(write))
    }

    fn subscribe(&mut self, stream: Output) -> wasmtime::Result<Resource<DynPollable>> {
        streams::HostOutputStream::subscribe(self.table, stream)
    }

    fn write_zeroes(&mut self, stream: Output, length: u64) -> StreamResult<()> {
        streams::HostOutputStream::write_zeroes(self.table, stream, length)
    }

    fn flush(&mut self, stream: Output) -> StreamResult<()> {
        streams::HostOutputStream::flush(self.table, stream)
    }

    fn blocking_flush(&mut self, stream: Output) -> StreamResult<()> {
        Self::flattened(self.wait.wait(unbounded::HostOutputStream::blocking_flush(
            self.table, stream,
        )))
    }

    fn splice(&mut self, to: Output, from: Input, length: u64) -> StreamResult<u64> {
        streams::HostOutputStream::splice(self.table, to, from, length)
    }

    fn blocking_splice(&mut self, to: Output, from: Input, length: u64) -> StreamResult<u64> {
        let splice = unbounded::HostOutputStream::blocking_splice(self.table, to, from, length);
        Self::flattened(self.wait.wait(splice))
    }
}
