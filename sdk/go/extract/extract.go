// Package extract makes a plugin an extract: a task that reads a source.
package extract

import (
	"unsafe"

	"bubbles/internal/abi"
	"bubbles/internal/rows"
)

// Split is a piece of a source that can be read apart.
type Split struct {
	// For the plugin's own eyes.
	Payload []byte
	// About how much there is to read; 0 if unknown.
	Bytes uint64
}

// Source is a source, cut into pieces. All bounds are fixed in it, so that reading a piece again gives
// the same data again.
type Source struct {
	Splits []Split
	// Where the next job is to start, if not nil. Kept when, and only when, this job commits.
	Bookmark []byte
}

// About says what is not as usual. The zero value gives JSON.
type About struct {
	// The format it emits, where it is not JSON.
	Produces *abi.Format
	// Reading a piece again does not always give the same.
	Varies bool
}

// Task names the plugin's extract. Plan gets the bookmark of the last job that committed, or nil; run
// reads a piece to its end, emitting rows or chunks.
func Task[Config any](summary string, about About,
	plan func(config *Config, bookmark []byte) (*Source, error),
	run func(config *Config, split Split, context abi.Context) error) {
	described := &abi.About{
		Kind: abi.Extract, Summary: summary, Produces: abi.JSON,
		Schema: rows.Schema[Config](), Varies: about.Varies,
	}
	if about.Produces != nil {
		described.Produces = *about.Produces
	}
	abi.Describe(described)
	planWith = func(text, bookmark []byte) (*Source, error) {
		config, err := rows.Config[Config](text)
		if err != nil {
			return nil, err
		}
		return plan(config, bookmark)
	}
	runWith = func(text []byte, split Split, context abi.Context) error {
		config, err := rows.Config[Config](text)
		if err != nil {
			return err
		}
		return run(config, split, context)
	}
}

var (
	planWith func(text, bookmark []byte) (*Source, error)
	runWith  func(text []byte, split Split, context abi.Context) error
)

// A split as it is passed back.
type passed struct {
	payload, size uint32
	bytes         uint64
}

//go:wasmexport bubbles:etl/extract@0.1.0#plan
func planCalled(config unsafe.Pointer, size, hasBookmark uint32, bookmark unsafe.Pointer, bookmarkSize uint32) unsafe.Pointer {
	defer abi.Guard()
	var mark []byte
	if hasBookmark != 0 {
		if mark = abi.Take(bookmark, bookmarkSize); mark == nil {
			mark = []byte{}
		}
	}
	source, err := planWith(abi.Take(config, size), mark)
	if err != nil {
		return abi.Done(err)
	}
	words := abi.Words()
	list := make([]passed, len(source.Splits))
	for i, split := range source.Splits {
		list[i] = passed{abi.Keep(abi.Data(split.Payload)), uint32(len(split.Payload)), split.Bytes}
	}
	words[1], words[2] = abi.Keep(unsafe.Pointer(unsafe.SliceData(list))), uint32(len(list))
	if source.Bookmark != nil {
		words[3], words[4], words[5] = 1, abi.Keep(abi.Data(source.Bookmark)), uint32(len(source.Bookmark))
	}
	return unsafe.Pointer(words)
}

//go:wasmexport bubbles:etl/extract@0.1.0#run
func runCalled(config unsafe.Pointer, size uint32, payload unsafe.Pointer, payloadSize uint32, bytes uint64,
	job unsafe.Pointer, jobSize uint32, name unsafe.Pointer, nameSize uint32,
	phase, split, splits, attempt uint32) unsafe.Pointer {
	defer abi.Guard()
	context := abi.NewContext(job, jobSize, name, nameSize, phase, split, splits, attempt)
	piece := Split{abi.Take(payload, payloadSize), bytes}
	err := runWith(abi.Take(config, size), piece, context)
	rows.Flush()
	return abi.Done(err)
}
