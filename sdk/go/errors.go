package bubbles

import (
	"fmt"

	"bubbles/internal/abi"
)

// Invalid is an error that says: this input is bad and always will be. It is handled as the task's
// on-error says.
func Invalid(format string, args ...any) error {
	return &abi.Error{Kind: abi.Invalid, Message: fmt.Sprintf(format, args...)}
}

// Transient is an error that says: it may work later. It is retried with back-off.
func Transient(format string, args ...any) error {
	return &abi.Error{Kind: abi.Transient, Message: fmt.Sprintf(format, args...)}
}

// Fatal is an error that says: the job cannot go on.
func Fatal(format string, args ...any) error {
	return &abi.Error{Kind: abi.Fatal, Message: fmt.Sprintf(format, args...)}
}
