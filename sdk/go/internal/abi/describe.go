package abi

import "unsafe"

// Kind is what a task does.
type Kind uint8

// The kinds of task.
const (
	Extract Kind = iota
	Transform
	Load
)

// About is what people and checks are told of a task.
type About struct {
	Kind     Kind
	Summary  string
	Accepts  []Format
	Produces Format
	// JSON Schema of the configuration.
	Schema string
	// Equal input does not always give equal output.
	Varies     bool
	Combinable bool
}

var tasks []*About

// Describe adds a task to what the plugin offers.
func Describe(about *About) { tasks = append(tasks, about) }

// A description as it is passed back.
type description struct {
	kind                        uint8
	summary, summarySize        uint32
	accepts, acceptsCount       uint32
	hasProduces, produces       uint8
	schema, schemaSize          uint32
	isDeterministic, combinable bool
}

//go:wasmexport bubbles:etl/plugin@0.1.0#describe
func describe() unsafe.Pointer {
	words := Words()
	list := make([]description, len(tasks))
	for i, task := range tasks {
		it := &list[i]
		it.kind = uint8(task.Kind)
		it.summary, it.summarySize = Keep(Text(task.Summary)), uint32(len(task.Summary))
		if task.Kind != Extract {
			it.accepts = Keep(unsafe.Pointer(unsafe.SliceData(task.Accepts)))
			it.acceptsCount = uint32(len(task.Accepts))
		}
		if task.Kind != Load {
			it.hasProduces, it.produces = 1, uint8(task.Produces)
		}
		it.schema, it.schemaSize = Keep(Text(task.Schema)), uint32(len(task.Schema))
		it.isDeterministic, it.combinable = !task.Varies, task.Combinable
	}
	words[0], words[1] = Keep(unsafe.Pointer(unsafe.SliceData(list))), uint32(len(list))
	return unsafe.Pointer(words)
}
