package rows

import (
	"encoding/json"
	"math"
	"reflect"
	"strconv"
	"unicode/utf8"
	"unsafe"
)

// encode adds a struct as an object.
func (s *shape) encode(out []byte, row unsafe.Pointer) []byte {
	out = append(out, '{')
	first := true
	for i := range s.fields {
		f := &s.fields[i]
		place := unsafe.Add(row, f.offset)
		if f.omit && reflect.NewAt(f.typ, place).Elem().IsZero() {
			continue
		}
		head := f.head
		if first {
			head = head[1:]
			first = false
		}
		out = append(out, head...)
		if f.optional {
			if place = *(*unsafe.Pointer)(place); place == nil {
				out = append(out, "null"...)
				continue
			}
		}
		out = f.encode(out, place)
	}
	return append(out, '}')
}

func (f *field) encode(out []byte, place unsafe.Pointer) []byte {
	switch f.kind {
	case reflect.String:
		return appendText(out, *(*string)(place))
	case reflect.Bool:
		return strconv.AppendBool(out, *(*bool)(place))
	case reflect.Int64, reflect.Int:
		return strconv.AppendInt(out, *(*int64)(place), 10)
	case reflect.Int32:
		return strconv.AppendInt(out, int64(*(*int32)(place)), 10)
	case reflect.Float64:
		return appendFloat(out, *(*float64)(place))
	}
	value, err := json.Marshal(reflect.NewAt(f.typ, place).Interface())
	if err != nil {
		panic("bubbles: `" + f.name + "` cannot be written: " + err.Error())
	}
	return append(out, value...)
}

// As the runtime writes floats: with a point always, and no exponent where none is needed.
func appendFloat(out []byte, value float64) []byte {
	size := math.Abs(value)
	if math.IsNaN(value) || math.IsInf(value, 0) {
		return append(out, "null"...)
	}
	if size != 0 && (size < 1e-5 || size >= 1e10) {
		return appendExponent(out, value)
	}
	start := len(out)
	out = strconv.AppendFloat(out, value, 'f', -1, 64)
	for _, c := range out[start:] {
		if c == '.' {
			return out
		}
	}
	return append(out, ".0"...)
}

func appendExponent(out []byte, value float64) []byte {
	text := strconv.FormatFloat(value, 'e', -1, 64)
	digits, exponent := text, ""
	for i := range text {
		if text[i] == 'e' {
			digits, exponent = text[:i], text[i+1:]
		}
	}
	out = append(out, digits...)
	if len(digits) < 3 || digits[len(digits)-2] == '-' {
		out = append(out, ".0"...)
	}
	power, _ := strconv.Atoi(exponent)
	return strconv.AppendInt(append(out, 'e'), int64(power), 10)
}

const hex = "0123456789abcdef"

func appendText(out []byte, text string) []byte {
	out = append(out, '"')
	start := 0
	for i := 0; i < len(text); {
		c := text[i]
		if c >= utf8.RuneSelf {
			if _, size := utf8.DecodeRuneInString(text[i:]); size > 1 {
				i += size
				continue
			}
			out = append(append(out, text[start:i]...), "\ufffd"...)
		} else if c >= ' ' && c != '"' && c != '\\' {
			i++
			continue
		} else {
			out = append(append(out, text[start:i]...), '\\')
			switch c {
			case '"', '\\':
				out = append(out, c)
			case '\n':
				out = append(out, 'n')
			case '\r':
				out = append(out, 'r')
			case '\t':
				out = append(out, 't')
			case '\b':
				out = append(out, 'b')
			case '\f':
				out = append(out, 'f')
			default:
				out = append(out, 'u', '0', '0', hex[c>>4], hex[c&15])
			}
		}
		i++
		start = i
	}
	return append(append(out, text[start:]...), '"')
}
