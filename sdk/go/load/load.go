// Package load makes a plugin a load: a task that writes a destination, in two steps, so that a job's
// output appears all at once and exactly once.
package load

import (
	"unsafe"

	"bubbles/internal/abi"
	"bubbles/internal/rows"
)

// Task writes one split or partition.
type Task interface {
	// Write takes a chunk to where nobody sees it yet.
	Write(chunk []byte) error
	// Prepare makes this run's output durable, not yet visible. The receipt is all that the ends of
	// the job will know of it.
	Prepare() (receipt []byte, err error)
}

// End makes prepared output visible, or removes it. It may be called again, and then changes nothing.
type End[Config any] func(config *Config, receipts [][]byte) error

// Open names the plugin's load: how one is started over a split or partition, and how its output is
// committed once every split is prepared, or aborted.
func Open[Config any](summary string, accepts []abi.Format,
	open func(config *Config, context abi.Context) (Task, error), commit, abort End[Config]) {
	if len(accepts) == 0 {
		accepts = []abi.Format{abi.JSON}
	}
	abi.Describe(&abi.About{Kind: abi.Load, Summary: summary, Accepts: accepts, Schema: rows.Schema[Config]()})
	start = func(text []byte, context abi.Context) error {
		config, err := rows.Config[Config](text)
		if err == nil {
			task, err = open(config, context)
		}
		return err
	}
	end = func(text []byte, receipts [][]byte, commits bool) error {
		config, err := rows.Config[Config](text)
		if err != nil {
			return err
		}
		if commits {
			return commit(config, receipts)
		}
		return abort(config, receipts)
	}
}

var (
	start func(text []byte, context abi.Context) error
	task  Task
	end   func(text []byte, receipts [][]byte, commits bool) error
)

//go:wasmexport bubbles:etl/load@0.1.0#open
func openCalled(config unsafe.Pointer, size uint32, job unsafe.Pointer, jobSize uint32,
	name unsafe.Pointer, nameSize uint32, phase, split, splits, attempt uint32) unsafe.Pointer {
	defer abi.Guard()
	context := abi.NewContext(job, jobSize, name, nameSize, phase, split, splits, attempt)
	return abi.Done(start(abi.Take(config, size), context))
}

//go:wasmexport bubbles:etl/load@0.1.0#write
func writeCalled(chunk unsafe.Pointer, size uint32) unsafe.Pointer {
	defer abi.Guard()
	return abi.Done(task.Write(abi.Take(chunk, size)))
}

//go:wasmexport bubbles:etl/load@0.1.0#prepare
func prepareCalled() unsafe.Pointer {
	defer abi.Guard()
	receipt, err := task.Prepare()
	if err != nil {
		return abi.Done(err)
	}
	return abi.DoneBytes(receipt)
}

//go:wasmexport bubbles:etl/load@0.1.0#commit
func commitCalled(config unsafe.Pointer, size uint32, receipts unsafe.Pointer, count uint32) unsafe.Pointer {
	defer abi.Guard()
	return abi.Done(end(abi.Take(config, size), taken(receipts, count), true))
}

//go:wasmexport bubbles:etl/load@0.1.0#abort
func abortCalled(config unsafe.Pointer, size uint32, receipts unsafe.Pointer, count uint32) unsafe.Pointer {
	defer abi.Guard()
	return abi.Done(end(abi.Take(config, size), taken(receipts, count), false))
}

func taken(list unsafe.Pointer, count uint32) [][]byte {
	type passed struct{ data, size uint32 }
	kept := abi.Take(list, count*8)
	receipts := make([][]byte, count)
	for i, one := range unsafe.Slice((*passed)(abi.Data(kept)), count) {
		receipts[i] = abi.Take(unsafe.Add(unsafe.Pointer(nil), one.data), one.size)
	}
	return receipts
}
