package rows

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"unsafe"
)

var errBroken = errors.New("not JSON")

type reader struct {
	text []byte
	at   int
}

// decode reads an object into a struct. Text of it lies in the line itself.
func (s *shape) decode(line []byte, row unsafe.Pointer) error {
	in := &reader{text: line}
	if !in.take('{') {
		return errors.New("not a JSON object")
	}
	var seen uint64
	next := 0
	if !in.take('}') {
		for {
			name, ok := in.str()
			if !ok || !in.take(':') {
				return errBroken
			}
			at := s.find(name, next)
			if at < 0 {
				if !in.skip(0) {
					return errBroken
				}
			} else {
				if err := in.value(&s.fields[at], row); err != nil {
					return fmt.Errorf("`%s`: %w", name, err)
				}
				seen |= 1 << (at & 63)
				next = at + 1
			}
			if !in.take(',') {
				break
			}
		}
		if !in.take('}') {
			return errBroken
		}
	}
	if in.space(); in.at != len(in.text) {
		return errors.New("not JSON: something follows the object")
	}
	if missing := s.required &^ seen; missing != 0 {
		for i := range s.fields {
			if missing>>i&1 == 1 {
				return fmt.Errorf("`%s`: missing", s.fields[i].name)
			}
		}
	}
	return nil
}

// Rows have their fields in one order, so the next one is looked at first.
func (s *shape) find(name string, next int) int {
	if next < len(s.fields) && s.fields[next].name == name {
		return next
	}
	if at, known := s.byName[name]; known {
		return at
	}
	return -1
}

func (in *reader) value(f *field, row unsafe.Pointer) error {
	in.space()
	if in.word("null") {
		if f.optional {
			*(*unsafe.Pointer)(unsafe.Add(row, f.offset)) = nil
			return nil
		}
		if f.kind != reflect.Interface && f.kind != reflect.Slice && f.kind != reflect.Map {
			return errors.New("null, where a value is needed")
		}
		reflect.NewAt(f.typ, unsafe.Add(row, f.offset)).Elem().SetZero()
		return nil
	}
	place := f.place(row)
	switch f.kind {
	case reflect.String:
		text, ok := in.str()
		if !ok {
			return errors.New("not text")
		}
		*(*string)(place) = text
	case reflect.Bool:
		yes := in.word("true")
		if !yes && !in.word("false") {
			return errors.New("neither true nor false")
		}
		*(*bool)(place) = yes
	case reflect.Float64:
		number, err := in.float()
		if err != nil {
			return err
		}
		*(*float64)(place) = number
	case reflect.Int64, reflect.Int, reflect.Int32:
		number, ok := in.integer()
		if !ok {
			return errors.New("not a whole number of 64 bits")
		}
		if f.kind != reflect.Int32 {
			*(*int64)(place) = number
		} else if *(*int32)(place) = int32(number); int64(int32(number)) != number {
			return errors.New("not a whole number of 32 bits")
		}
	default:
		start := in.at
		if !in.skip(0) {
			return errBroken
		}
		into := reflect.NewAt(f.typ, place)
		into.Elem().SetZero()
		return json.Unmarshal(in.text[start:in.at], into.Interface())
	}
	return nil
}

func (in *reader) space() {
	for in.at < len(in.text) && in.text[in.at] <= ' ' {
		in.at++
	}
}

func (in *reader) take(wanted byte) bool {
	in.space()
	if in.at < len(in.text) && in.text[in.at] == wanted {
		in.at++
		return true
	}
	return false
}

func (in *reader) word(word string) bool {
	end := in.at + len(word)
	if end > len(in.text) || string(in.text[in.at:end]) != word {
		return false
	}
	in.at = end
	return true
}

func (in *reader) str() (string, bool) {
	if !in.take('"') {
		return "", false
	}
	start := in.at
	for in.at < len(in.text) {
		switch in.text[in.at] {
		case '"':
			text := in.text[start:in.at]
			in.at++
			return unsafe.String(unsafe.SliceData(text), len(text)), true
		case '\\':
			return in.escaped(start)
		}
		in.at++
	}
	return "", false
}

func (in *reader) escaped(start int) (string, bool) {
	for ; in.at < len(in.text) && in.text[in.at] != '"'; in.at++ {
		if in.text[in.at] == '\\' {
			in.at++
		}
	}
	if in.at >= len(in.text) {
		return "", false
	}
	in.at++
	var text string
	err := json.Unmarshal(in.text[start-1:in.at], &text)
	return text, err == nil
}

// The bytes of a number.
func (in *reader) number() []byte {
	in.space()
	start := in.at
	for in.at < len(in.text) {
		c := in.text[in.at]
		if (c < '0' || c > '9') && c != '-' && c != '+' && c != '.' && c != 'e' && c != 'E' {
			break
		}
		in.at++
	}
	return in.text[start:in.at]
}

func (in *reader) integer() (int64, bool) {
	digits := in.number()
	if len(digits) == 0 || len(digits) > 18 {
		number, err := strconv.ParseInt(string(digits), 10, 64)
		return number, err == nil
	}
	negative := digits[0] == '-'
	if negative {
		digits = digits[1:]
	}
	var number int64
	for i, c := range digits {
		if c < '0' || c > '9' {
			return whole(digits[i:], number, negative)
		}
		number = number*10 + int64(c-'0')
	}
	if negative {
		number = -number
	}
	return number, len(digits) > 0
}

// A number such as 71.0 is whole, whatever the point says.
func whole(rest []byte, number int64, negative bool) (int64, bool) {
	if len(rest) < 2 || rest[0] != '.' || len(bytes.Trim(rest[1:], "0")) > 0 {
		return 0, false
	}
	if negative {
		number = -number
	}
	return number, true
}

func (in *reader) float() (float64, error) {
	digits := in.number()
	if len(digits) == 0 {
		return 0, errors.New("not a number")
	}
	number, err := strconv.ParseFloat(unsafe.String(unsafe.SliceData(digits), len(digits)), 64)
	if err != nil {
		return 0, errors.New("not a number")
	}
	return number, nil
}

// skip passes over a value of any kind.
func (in *reader) skip(depth int) bool {
	in.space()
	if in.at >= len(in.text) || depth > 128 {
		return false
	}
	switch first := in.text[in.at]; first {
	case '"':
		for in.at++; in.at < len(in.text) && in.text[in.at] != '"'; in.at++ {
			if in.text[in.at] == '\\' {
				in.at++
			}
		}
		in.at++
		return in.at <= len(in.text)
	case '{', '[':
		in.at++
		last := byte(']')
		if first == '{' {
			last = '}'
		}
		if in.take(last) {
			return true
		}
		for {
			if first == '{' {
				if in.space(); in.at >= len(in.text) || in.text[in.at] != '"' || !in.skip(depth+1) || !in.take(':') {
					return false
				}
			}
			if !in.skip(depth + 1) {
				return false
			}
			if !in.take(',') {
				return in.take(last)
			}
		}
	case 't':
		return in.word("true")
	case 'f':
		return in.word("false")
	case 'n':
		return in.word("null")
	}
	return len(in.number()) > 0
}
