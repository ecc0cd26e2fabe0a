// Package bubbles writes plugins for Bubbles: tasks that extract, transform or load data in a sandbox.
//
// A plugin is package main with an empty main, and an init that names its task through one of the
// packages transform, extract and load: importing one is what makes the plugin of that kind.
//
//	func init() { transform.Rows("keeps the late flights", late) }
//
//	func late(config *Config, flight *Flight, emit func(*Late)) error
//
// This package has what all of them share. There are no files, sockets or threads of its own; what a
// task may reach, it reaches through package objects. Prints go to the job's log.
package bubbles

import (
	"bubbles/internal/abi"
	"bubbles/internal/rows"
)

// Context is where a task runs. In a retry all of it is the same again, but Attempt.
type Context = abi.Context

// Phase is which part of its work a combinable transform does now.
type Phase = abi.Phase

// The phases.
const (
	Whole   = abi.Whole
	Partial = abi.Partial
	Final   = abi.Final
)

// Format is how the bytes of a chunk are laid out.
type Format = abi.Format

// The formats.
const (
	Bytes = abi.Bytes
	JSON  = abi.JSON
	Arrow = abi.Arrow
)

// Emit hands a chunk to the next task, after the rows that wait; it waits while that task is busy.
func Emit(chunk []byte) {
	rows.Flush()
	abi.Emit(chunk)
}

// EmitRow hands on a row, a pointer to a struct. Rows travel together, in chunks.
func EmitRow[T any](row *T) { rows.Emit(row) }

// EachRow calls take for each line of a chunk of JSON. A line that does not read as T, or for which
// take gives an error that is none of Invalid, Transient and Fatal, is rejected, and the rest goes on.
func EachRow[T any](chunk []byte, take func(*T) error) error { return rows.Each(chunk, take) }

// Reject puts one record aside with its reason.
func Reject(record []byte, reason string) { abi.Reject(record, reason) }
