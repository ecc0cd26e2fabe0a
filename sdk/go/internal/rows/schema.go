package rows

import (
	"encoding/json"
	"reflect"
)

// Schema is the JSON Schema of a configuration, made of its struct. A field's tag `grant:"read"` says
// that it holds a URL, pattern, host or name that the task must be granted; `doc` says what it is.
func Schema[T any]() string {
	text, err := json.Marshal(object(reflect.TypeFor[T]()))
	if err != nil {
		panic("bubbles: " + err.Error())
	}
	return string(text)
}

func object(t reflect.Type) map[string]any {
	shape := shapeOf(t)
	properties := map[string]any{}
	required := []string{}
	for i := range shape.fields {
		f := &shape.fields[i]
		property := typed(f.typ)
		if f.optional && property["type"] != nil {
			property["type"] = []any{property["type"], "null"}
		}
		if tag := tagOf(t, f); tag != nil {
			if grant := tag.Get("grant"); grant != "" {
				property["x-grant"] = grant
			}
			if doc := tag.Get("doc"); doc != "" {
				property["description"] = doc
			}
		}
		properties[f.name] = property
		if !f.optional && !f.omit {
			required = append(required, f.name)
		}
	}
	return map[string]any{
		"type": "object", "properties": properties, "required": required, "additionalProperties": false,
	}
}

func tagOf(t reflect.Type, f *field) *reflect.StructTag {
	for i := range t.NumField() {
		if member := t.Field(i); member.Offset == f.offset && member.IsExported() {
			return &member.Tag
		}
	}
	return nil
}

func typed(t reflect.Type) map[string]any {
	switch t.Kind() {
	case reflect.String:
		return map[string]any{"type": "string"}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Float32, reflect.Float64:
		return map[string]any{"type": "number"}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return map[string]any{"type": "integer"}
	case reflect.Slice:
		return map[string]any{"type": "array", "items": typed(t.Elem())}
	case reflect.Map:
		return map[string]any{"type": "object"}
	case reflect.Struct:
		return object(t)
	}
	return map[string]any{}
}
