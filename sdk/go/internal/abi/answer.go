package abi

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"unsafe"
)

// What is passed back: a place, and all that it points to, kept until the next answer.
var (
	answer [4]uint64
	kept   []any
)

// Words gives the answer's place, as words of 32 bits, all zero: that says ok.
func Words() *[8]uint32 {
	answer = [4]uint64{}
	kept = kept[:0]
	return (*[8]uint32)(unsafe.Pointer(&answer))
}

// Keep holds on to what the answer points to, and gives its address.
func Keep(data unsafe.Pointer) uint32 {
	kept = append(kept, data)
	return uint32(uintptr(data))
}

// Done passes back that a call went well, or the error.
func Done(err error) unsafe.Pointer {
	words := Words()
	if err != nil {
		kind := Fatal
		var told *Error
		if errors.As(err, &told) {
			kind = told.Kind
		}
		message := err.Error()
		words[0], words[1] = 1, uint32(kind)
		words[2], words[3] = Keep(Text(message)), uint32(len(message))
	}
	return unsafe.Pointer(&answer)
}

// DoneBytes passes back bytes.
func DoneBytes(bytes []byte) unsafe.Pointer {
	words := Words()
	words[1], words[2] = Keep(Data(bytes)), uint32(len(bytes))
	return unsafe.Pointer(&answer)
}

// Guard is deferred in every call: a panic ends the instance, with a message short enough to be read.
func Guard() {
	cause := recover()
	if cause == nil {
		return
	}
	var text strings.Builder
	fmt.Fprintf(&text, "panic: %v\n", cause)
	callers := make([]uintptr, 32)
	frames := runtime.CallersFrames(callers[:runtime.Callers(2, callers)])
	for shown := 0; shown < 5; {
		frame, more := frames.Next()
		isOurs := strings.HasPrefix(frame.Function, "runtime.") || strings.HasPrefix(frame.Function, "bubbles")
		if !isOurs {
			fmt.Fprintf(&text, "  at %s (%s:%d)\n", frame.Function, frame.File, frame.Line)
			shown++
		}
		if !more {
			break
		}
	}
	os.Stderr.WriteString(text.String())
	os.Exit(2)
}
