// Package objects reads and writes files and cloud objects by URL, as far as the task's grants go: for
// extracts and loads. A relative path starts at the folder of the pipeline file.
package objects

import (
	"encoding/binary"
	"unsafe"

	"bubbles/internal/abi"
)

// ReadBytes is the most that one Read gives.
const ReadBytes = 8 << 20

// Object is one that can be read.
type Object struct {
	URL  string
	Size uint64
	// Changes whenever the content does, where the store has such a thing.
	ETag string
}

// Error is why an object could not be reached. Where it may work later, the runtime tries again; any
// other ends the job, unless it is handled.
type Error struct {
	Kind    Kind
	Message string
}

// Kind is what stands in the way.
type Kind uint8

// The kinds of Error.
const (
	Denied Kind = iota
	NotFound
	Transient
	Other
)

func (e *Error) Error() string { return e.Message }

// As lets errors.As find the runtime's own kind of error.
func (e *Error) As(target any) bool {
	told, ok := target.(**abi.Error)
	if !ok {
		return false
	}
	kind := abi.Fatal
	if e.Kind == Transient {
		kind = abi.Transient
	}
	*told = &abi.Error{Kind: kind, Message: e.Message}
	return true
}

//go:wasmimport bubbles:etl/objects@0.1.0 find
func find(pattern unsafe.Pointer, size uint32, result unsafe.Pointer)

//go:wasmimport bubbles:etl/objects@0.1.0 read
func read(url unsafe.Pointer, size uint32, offset, length uint64, result unsafe.Pointer)

//go:wasmimport bubbles:etl/objects@0.1.0 [static]staged.create
func create(url unsafe.Pointer, size uint32, result unsafe.Pointer)

//go:wasmimport bubbles:etl/objects@0.1.0 [method]staged.write
func write(staged uint32, data unsafe.Pointer, size uint32, result unsafe.Pointer)

//go:wasmimport bubbles:etl/objects@0.1.0 [static]staged.finish
func finish(staged uint32, result unsafe.Pointer)

//go:wasmimport bubbles:etl/objects@0.1.0 [resource-drop]staged
func drop(staged uint32)

//go:wasmimport bubbles:etl/objects@0.1.0 publish
func publish(receipt unsafe.Pointer, size uint32, result unsafe.Pointer)

//go:wasmimport bubbles:etl/objects@0.1.0 discard
func discard(receipt unsafe.Pointer, size uint32, result unsafe.Pointer)

//go:wasmimport bubbles:etl/objects@0.1.0 remove
func remove(url unsafe.Pointer, size uint32, result unsafe.Pointer)

// A result as the host writes it: failed, then a value, or the kind of error and its message.
type result [4]uint32

func (r *result) place() unsafe.Pointer { return unsafe.Pointer(r) }

func (r *result) err() error {
	if r[0]&0xff == 0 {
		return nil
	}
	return &Error{Kind(r[1] & 0xff), abi.TakeString(address(r[2]), r[3])}
}

func (r *result) bytes() ([]byte, error) {
	if err := r.err(); err != nil {
		return nil, err
	}
	return abi.Take(address(r[1]), r[2]), nil
}

func address(at uint32) unsafe.Pointer { return unsafe.Add(unsafe.Pointer(nil), at) }

// Find gives all objects whose URL matches, sorted; `*`, `**` and `?` as in a shell.
func Find(pattern string) ([]Object, error) {
	var r result
	find(abi.Text(pattern), uint32(len(pattern)), r.place())
	if err := r.err(); err != nil {
		return nil, err
	}
	const size = 32
	listed := abi.Take(address(r[1]), r[2]*size)
	objects := make([]Object, r[2])
	word := binary.LittleEndian.Uint32
	for i := range objects {
		it := listed[i*size:]
		objects[i].URL = abi.TakeString(address(word(it)), word(it[4:]))
		objects[i].Size = binary.LittleEndian.Uint64(it[8:])
		if it[16] != 0 {
			objects[i].ETag = abi.TakeString(address(word(it[20:])), word(it[24:]))
		}
	}
	return objects, nil
}

// Read gives at most length bytes from offset, and at most ReadBytes; fewer only where the object ends.
func Read(url string, offset, length uint64) ([]byte, error) {
	var r result
	read(abi.Text(url), uint32(len(url)), offset, length, r.place())
	return r.bytes()
}

// Publish makes a staged object visible, whole. Doing it again changes nothing.
func Publish(receipt []byte) error {
	var r result
	publish(abi.Data(receipt), uint32(len(receipt)), r.place())
	return r.err()
}

// Discard removes what was staged. Doing it again changes nothing.
func Discard(receipt []byte) error {
	var r result
	discard(abi.Data(receipt), uint32(len(receipt)), r.place())
	return r.err()
}

// Remove removes a visible object. Doing it again changes nothing.
func Remove(url string) error {
	var r result
	remove(abi.Text(url), uint32(len(url)), r.place())
	return r.err()
}

// Staged is an object in the making, seen by nobody until its receipt is published.
type Staged struct{ handle uint32 }

// Stage starts an object that will appear at url.
func Stage(url string) (*Staged, error) {
	var r result
	create(abi.Text(url), uint32(len(url)), r.place())
	if err := r.err(); err != nil {
		return nil, err
	}
	return &Staged{r[1]}, nil
}

// Write adds bytes at the end.
func (s *Staged) Write(data []byte) (int, error) {
	var r result
	write(s.handle, abi.Data(data), uint32(len(data)), r.place())
	if err := r.err(); err != nil {
		return 0, err
	}
	return len(data), nil
}

// Finish makes the bytes durable, ends the object, and gives the receipt.
func (s *Staged) Finish() ([]byte, error) {
	var r result
	finish(s.handle, r.place())
	return r.bytes()
}

// Drop ends the object and removes what was written.
func (s *Staged) Drop() { drop(s.handle) }
