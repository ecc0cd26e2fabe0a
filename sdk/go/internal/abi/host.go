package abi

import "unsafe"

//go:wasmimport bubbles:etl/output@0.1.0 emit
func emit(data unsafe.Pointer, size uint32)

//go:wasmimport bubbles:etl/rejects@0.1.0 reject
func reject(data unsafe.Pointer, size uint32, reason unsafe.Pointer, reasonSize uint32)

//go:wasmimport bubbles:etl/log@0.1.0 log
func log(level uint32, data unsafe.Pointer, size uint32)

// Data is where bytes are.
func Data(bytes []byte) unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(bytes)) }

// Text is where text is.
func Text(text string) unsafe.Pointer { return unsafe.Pointer(unsafe.StringData(text)) }

// Emit hands a chunk on.
func Emit(chunk []byte) { emit(Data(chunk), uint32(len(chunk))) }

// Reject puts a record aside.
func Reject(record []byte, reason string) {
	reject(Data(record), uint32(len(record)), Text(reason), uint32(len(reason)))
}

// Log writes a line to the job's log.
func Log(level uint32, message string) { log(level, Text(message), uint32(len(message))) }
