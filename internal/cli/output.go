package cli

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"askflow/internal/report"
)

// outputFlag adds --output to a command.
func outputFlag(cmd *cobra.Command, into *string) {
	cmd.Flags().StringVarP(into, "output", "o", "text", "text, json or jsonl")
	_ = cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions([]string{"text", "json", "jsonl"}, cobra.ShellCompDirectiveNoFileComp))
}

func checkOutput(s string) error {
	switch s {
	case "text", "json", "jsonl":
		return nil
	}
	return usageError{fmt.Errorf("--output: %q is no form of output; use text, json or jsonl", s)}
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

// harmlessJSON escapes the control characters that encoding/json lets through (DEL and C1), which can only stand inside
// of strings, so that data cannot speak to a terminal.
type harmlessJSON struct{ w io.Writer }

func (h harmlessJSON) Write(p []byte) (int, error) {
	var out []byte
	start := 0
	for i := 0; i < len(p); i++ {
		escape := ""
		size := 1
		switch {
		case p[i] == 0x7f:
			escape = `\u007f`
		case p[i] == 0xc2 && i+1 < len(p) && p[i+1] >= 0x80 && p[i+1] < 0xa0:
			escape = fmt.Sprintf(`\u%04x`, p[i+1])
			size = 2
		default:
			continue
		}
		out = append(append(out, p[start:i]...), escape...)
		i += size - 1
		start = i + 1
	}
	if out == nil {
		return h.w.Write(p)
	}
	if _, err := h.w.Write(append(out, p[start:]...)); err != nil {
		return 0, err
	}
	return len(p), nil
}
