package cli

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"askflow/internal/emulator"
	"askflow/internal/report"
	"askflow/internal/source"
)

// output is standard output. It remembers the first thing that went wrong, so that a result that was not written is never
// taken for one that was.
type output struct {
	w   io.Writer
	err error
	// mayEnd lets a reader that has had enough go: what comes after it is dropped, and ended tells of it.
	mayEnd, ended bool
}

// Write passes on what it gets until a write fails.
func (o *output) Write(p []byte) (int, error) {
	if o.err != nil {
		return 0, o.failed()
	}
	if o.ended {
		return len(p), nil
	}
	n, err := o.w.Write(p)
	if err == nil && n < len(p) {
		err = io.ErrShortWrite
	}
	if o.mayEnd && readerGone(err) {
		o.ended = true
		return len(p), nil
	}
	o.err = err
	return n, o.failed()
}

// outlive keeps writing to a pipe that nobody reads any more from ending the program, for a command whose work is worth
// more than what it prints.
func (o *output) outlive() {
	o.mayEnd = true
	// Whoever asks for the signal gets an error from the write instead of being killed. Nobody looks at the channel.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
}

// readerGone tells whether a write failed because the other end of the pipe is closed.
func readerGone(err error) bool {
	const windowsBrokenPipe, windowsNoData = syscall.Errno(109), syscall.Errno(232)
	if errors.Is(err, syscall.EPIPE) || errors.Is(err, io.ErrClosedPipe) {
		return true
	}
	return runtime.GOOS == "windows" && (errors.Is(err, windowsBrokenPipe) || errors.Is(err, windowsNoData))
}

// failed is why the output is not whole, nil when it is.
func (o *output) failed() error {
	if o.err == nil {
		return nil
	}
	return &emulator.Error{Code: "cannot_write", Message: fmt.Sprintf("the output cannot be written: %v", reasonOf(o.err)), Hint: "make room there, or send it elsewhere; what is in the portal is not touched",
		Exit: emulator.ExitUsage, Cause: o.err}
}

// outputFlag adds --output to a command.
func outputFlag(cmd *cobra.Command, into *string) {
	choiceFlag(cmd, into, "output", "o", "text", "the `FORM` of the results", "text", "json", "jsonl")
}

// listing is a list that can be shown in three ways.
type listing[T any] struct {
	name  string // the key of the JSON object
	items []T
	table *report.Table
	// empty is what a person reads instead of an empty table.
	empty string
}

// show prints a listing.
func show[T any](a *App, output string, l listing[T]) error {
	switch output {
	case "json":
		if l.items == nil {
			l.items = []T{}
		}
		return writeJSON(a.out, map[string]any{l.name: l.items})
	case "jsonl":
		for _, it := range l.items {
			if err := writeJSONLine(a.out, it); err != nil {
				return err
			}
		}
		return nil
	}
	if len(l.items) == 0 {
		a.note("%s", l.empty)
		return nil
	}
	return l.table.Write(a.out, a.style())
}

func writeJSON(w io.Writer, v any) error {
	out := bufio.NewWriter(w)
	enc := json.NewEncoder(harmlessJSON{out})
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return err
	}
	return out.Flush()
}

func writeJSONLine(w io.Writer, v any) error {
	enc := json.NewEncoder(harmlessJSON{w})
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// harmlessJSON escapes the characters that encoding/json lets through and that could speak to a terminal or turn the
// direction of text.
type harmlessJSON struct{ w io.Writer }

func (h harmlessJSON) Write(p []byte) (int, error) { return source.HarmlessJSON{W: h.w}.Write(p) }

// oneLine makes a text harmless and puts it on one line.
func oneLine(s string) string { return report.Safe(strings.Join(strings.Fields(s), " ")) }
