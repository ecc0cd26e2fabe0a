// Package rows reads and writes structs as lines of JSON. Flat structs go a short way; fields of any
// other type go through encoding/json.
package rows

import (
	"encoding/json"
	"reflect"
	"strings"
	"unsafe"
)

// A struct's fields, worked out once.
type shape struct {
	fields   []field
	byName   map[string]int
	required uint64
}

type field struct {
	name     string
	head     []byte // the name as it is written, with a comma before and a colon behind
	offset   uintptr
	kind     reflect.Kind
	typ      reflect.Type
	optional bool // a pointer
	omit     bool // may be left out
}

var shapes = map[reflect.Type]*shape{}

func shapeOf(t reflect.Type) *shape {
	if known := shapes[t]; known != nil {
		return known
	}
	if t.Kind() != reflect.Struct {
		panic("bubbles: a row is a struct, and " + t.String() + " is none")
	}
	made := &shape{byName: map[string]int{}}
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !f.IsExported() || name == "-" {
			continue
		}
		if name == "" {
			name = f.Name
		}
		typ, optional := f.Type, f.Type.Kind() == reflect.Pointer
		if optional {
			typ = typ.Elem()
		}
		quoted, _ := json.Marshal(name)
		made.byName[name] = len(made.fields)
		omit := strings.Contains(options, "omitempty") || strings.Contains(options, "omitzero")
		if !optional && !omit && len(made.fields) < 64 {
			made.required |= 1 << len(made.fields)
		}
		made.fields = append(made.fields, field{
			name: name, head: append(append([]byte{','}, quoted...), ':'), offset: f.Offset,
			kind: typ.Kind(), typ: typ, optional: optional, omit: omit,
		})
	}
	shapes[t] = made
	return made
}

// Where the value of a field is; made, if it is behind a pointer.
func (f *field) place(row unsafe.Pointer) unsafe.Pointer {
	at := unsafe.Add(row, f.offset)
	if !f.optional {
		return at
	}
	fresh := reflect.New(f.typ).UnsafePointer()
	*(*unsafe.Pointer)(at) = fresh
	return fresh
}
