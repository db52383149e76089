package engine

import (
	"fmt"
	"path"
	"runtime"
	"runtime/debug"
	"strings"
)

// CodeInternal says that a mistake of the program itself ended a run.
const CodeInternal = "internal_error"

// PanicError is a panic that was caught: a mistake of the program itself. Its text says where it happened and quotes nothing, since the
// value of a panic may hold a record's data.
type PanicError struct {
	// Value is what the panic was called with. It may hold data: it is for a report that leaves data out.
	Value any
	// Where names the function and the line, without the folder; "" when it is not known.
	Where string
	stack []byte
}

// Error says what happened and what it means.
func (e *PanicError) Error() string {
	if e.Where == "" {
		return "a mistake in askflow itself stopped this"
	}
	return "a mistake in askflow itself stopped this, in " + e.Where
}

// Stack is the stack of the goroutine that panicked, for a report.
func (e *PanicError) Stack() []byte { return e.stack }

// PanicValue is Value, for those who know the error only by what it can do.
func (e *PanicError) PanicValue() any { return e.Value }

// Recover is deferred: it makes a *PanicError of a panic and puts it into err.
func Recover(err *error) {
	if broken := Recovered(recover()); broken != nil {
		*err = broken
	}
}

// Recovered is the *PanicError for what recover returned, nil for nil. It is called where recover was.
func Recovered(value any) error {
	if value == nil {
		return nil
	}
	return &PanicError{Value: value, Where: where(), stack: debug.Stack()}
}

// guarded runs fn; a panic in it is its error.
func guarded(fn func() error) (err error) {
	defer Recover(&err)
	return fn()
}

// where is the place of the panic that is being recovered from.
func where() string {
	const deep = 64
	pcs := make([]uintptr, deep)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(0, pcs)])
	panicked := false
	for {
		f, more := frames.Next()
		switch {
		case f.Function == "runtime.gopanic":
			panicked = true
		case panicked && f.Function != "" && !strings.HasPrefix(f.Function, "runtime."):
			return fmt.Sprintf("%s (%s:%d)", path.Base(f.Function), path.Base(strings.ReplaceAll(f.File, `\`, "/")), f.Line)
		}
		if !more {
			return ""
		}
	}
}
