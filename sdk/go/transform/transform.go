// Package transform makes a plugin a transform: a task that turns chunks into chunks.
package transform

import (
	"unsafe"

	"bubbles/internal/abi"
	"bubbles/internal/rows"
)

// Task is a transform that is more than a function over rows.
type Task interface {
	// Process takes a chunk. Input counts the task's inputs from 0, in the order of its `from`.
	Process(input int, chunk []byte) error
	// Finish comes after the last chunk: it emits what was held back.
	Finish() error
}

// About says what is not as usual. The zero value takes JSON and gives JSON.
type About struct {
	// Formats it reads, best first.
	Accepts []abi.Format
	// The format it emits, where it is not JSON.
	Produces *abi.Format
	// Equal input does not always give equal output.
	Varies bool
	// It can work in two phases, before and after an exchange by key.
	Combinable bool
}

// Rows names the plugin's transform: a function from a row to rows. An error from it rejects the row
// with that reason, unless it is one of Invalid, Transient and Fatal.
func Rows[Config, In, Out any](summary string, function func(*Config, *In, func(*Out)) error) {
	Open(summary, About{}, func(config *Config, _ abi.Context) (Task, error) {
		return &perRow[In]{func(row *In) error { return function(config, row, rows.Emit[Out]) }}, nil
	})
}

type perRow[In any] struct{ take func(*In) error }

func (t *perRow[In]) Process(_ int, chunk []byte) error { return rows.Each(chunk, t.take) }
func (t *perRow[In]) Finish() error                     { return nil }

// Open names the plugin's transform by the function that starts one over a split or partition.
func Open[Config any](summary string, about About, open func(*Config, abi.Context) (Task, error)) {
	described := &abi.About{
		Kind: abi.Transform, Summary: summary, Accepts: about.Accepts, Produces: abi.JSON,
		Schema: rows.Schema[Config](), Varies: about.Varies, Combinable: about.Combinable,
	}
	if len(described.Accepts) == 0 {
		described.Accepts = []abi.Format{abi.JSON}
	}
	if about.Produces != nil {
		described.Produces = *about.Produces
	}
	abi.Describe(described)
	start = func(text []byte, context abi.Context) error {
		config, err := rows.Config[Config](text)
		if err == nil {
			task, err = open(config, context)
		}
		return err
	}
}

var (
	start func([]byte, abi.Context) error
	task  Task
)

//go:wasmexport bubbles:etl/transform@0.1.0#open
func open(config unsafe.Pointer, size uint32, job unsafe.Pointer, jobSize uint32,
	name unsafe.Pointer, nameSize uint32, phase, split, splits, attempt uint32) unsafe.Pointer {
	defer abi.Guard()
	context := abi.NewContext(job, jobSize, name, nameSize, phase, split, splits, attempt)
	return done(start(abi.Take(config, size), context))
}

//go:wasmexport bubbles:etl/transform@0.1.0#process
func process(input uint32, chunk unsafe.Pointer, size uint32) unsafe.Pointer {
	defer abi.Guard()
	return done(task.Process(int(input), abi.Take(chunk, size)))
}

//go:wasmexport bubbles:etl/transform@0.1.0#finish
func finish() unsafe.Pointer {
	defer abi.Guard()
	return done(task.Finish())
}

func done(err error) unsafe.Pointer {
	rows.Flush()
	return abi.Done(err)
}
