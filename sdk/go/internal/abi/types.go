package abi

import "unsafe"

// Phase is which part of its work a combinable transform does now.
type Phase uint32

// The phases.
const (
	Whole Phase = iota
	Partial
	Final
)

// Format is how the bytes of a chunk are laid out.
type Format uint8

// The formats.
const (
	Bytes Format = iota
	JSON
	Arrow
)

// Context is where a task runs.
type Context struct {
	Job, Task string
	Phase     Phase
	// Which split of the source, or which partition after an exchange, from 0, and of how many.
	Split, Splits uint32
	// 1 for the first try.
	Attempt uint32
}

// NewContext takes over what the host passed.
func NewContext(job unsafe.Pointer, jobSize uint32, task unsafe.Pointer, taskSize uint32,
	phase, split, splits, attempt uint32) Context {
	return Context{TakeString(job, jobSize), TakeString(task, taskSize), Phase(phase), split, splits, attempt}
}

// ErrorKind is what the runtime does about an error.
type ErrorKind uint8

// The kinds of error.
const (
	Invalid ErrorKind = iota
	Transient
	Fatal
)

// Error is one whose kind was said.
type Error struct {
	Kind    ErrorKind
	Message string
}

func (e *Error) Error() string { return e.Message }
