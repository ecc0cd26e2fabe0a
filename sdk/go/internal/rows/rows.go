package rows

import (
	"bytes"
	"errors"
	"reflect"
	"unsafe"

	"bubbles/internal/abi"
)

// A chunk is handed on at this size.
const chunkBytes = 512 << 10

var waiting []byte

// Flush hands on the rows that wait.
func Flush() {
	if len(waiting) > 0 {
		abi.Emit(waiting)
		waiting = waiting[:0]
	}
}

// Emit hands on a row.
func Emit[T any](row *T) {
	waiting = append(shapeOf(reflect.TypeFor[T]()).encode(waiting, unsafe.Pointer(row)), '\n')
	if len(waiting) >= chunkBytes {
		Flush()
	}
}

// Append adds a row as a line of JSON.
func Append[T any](out []byte, row *T) []byte {
	return append(shapeOf(reflect.TypeFor[T]()).encode(out, unsafe.Pointer(row)), '\n')
}

// Each calls take for each row of a chunk. Every row is a value of its own, which take may keep.
func Each[T any](chunk []byte, take func(*T) error) error {
	shape := shapeOf(reflect.TypeFor[T]())
	for len(chunk) > 0 {
		line := chunk
		if end := bytes.IndexByte(chunk, '\n'); end >= 0 {
			line, chunk = chunk[:end], chunk[end+1:]
		} else {
			chunk = nil
		}
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		row := new(T)
		err := shape.decode(line, unsafe.Pointer(row))
		if err == nil {
			err = take(row)
		}
		if err == nil {
			continue
		}
		var told *abi.Error
		if errors.As(err, &told) {
			return err
		}
		abi.Reject(line, err.Error())
	}
	return nil
}

// Config reads a configuration. Fields that the struct does not name are an error.
func Config[T any](text []byte) (*T, error) {
	config := new(T)
	if reflect.TypeFor[T]().NumField() == 0 {
		return config, nil
	}
	if err := shapeOf(reflect.TypeFor[T]()).decode(text, unsafe.Pointer(config)); err != nil {
		return nil, &abi.Error{Kind: abi.Fatal, Message: "the configuration: " + err.Error()}
	}
	return config, nil
}
