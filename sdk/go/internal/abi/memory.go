// Package abi is the canonical ABI of the contract, by hand.
package abi

import "unsafe"

// Memory that the host was given and nobody has taken yet: kept from the collector.
var given = map[unsafe.Pointer][]byte{}

//go:wasmexport cabi_realloc
func realloc(old unsafe.Pointer, oldSize, align, size uint32) unsafe.Pointer {
	if size == 0 {
		return unsafe.Pointer(uintptr(align))
	}
	// Words, so that it is aligned to all that the contract has.
	words := make([]uint64, (size+7)/8)
	fresh := unsafe.Slice((*byte)(unsafe.Pointer(&words[0])), size)
	if oldSize > 0 {
		copy(fresh, given[old])
		delete(given, old)
	}
	place := unsafe.Pointer(&fresh[0])
	given[place] = fresh
	return place
}

// Take makes Go's own what the host put into memory.
func Take(data unsafe.Pointer, size uint32) []byte {
	if size == 0 {
		return nil
	}
	bytes := given[data]
	delete(given, data)
	return bytes[:size:size]
}

// TakeString is Take, for text.
func TakeString(data unsafe.Pointer, size uint32) string {
	return unsafe.String(unsafe.SliceData(Take(data, size)), size)
}

// These two ask the runtime to guard cabi_realloc, in which Go's collector may look at a clock: no
// import may be called there, so the clock is a stand-in meanwhile.
//
//go:wasmimport wasi_snapshot_preview1 bubbles_realloc_begins
func reallocBegins()

//go:wasmimport wasi_snapshot_preview1 bubbles_realloc_ends
func reallocEnds()

func init() {
	reallocBegins()
	reallocEnds()
}
