package bubbles

import (
	"fmt"

	"bubbles/internal/abi"
)

// Debugf writes a line to the job's log.
func Debugf(format string, args ...any) { abi.Log(0, fmt.Sprintf(format, args...)) }

// Infof writes a line to the job's log.
func Infof(format string, args ...any) { abi.Log(1, fmt.Sprintf(format, args...)) }

// Warnf writes a line to the job's log.
func Warnf(format string, args ...any) { abi.Log(2, fmt.Sprintf(format, args...)) }

// Errorf writes a line to the job's log.
func Errorf(format string, args ...any) { abi.Log(3, fmt.Sprintf(format, args...)) }
