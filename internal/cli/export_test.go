package cli

import (
	"context"
	"io"

	"askflow/internal/report"
	"askflow/internal/run"
	"askflow/internal/source"
)

// PrintProblem prints a finding.
func PrintProblem(w io.Writer, style report.Style, p source.Problem) { printProblem(w, style, p) }

// PlainWidth is the width of output off a terminal.
func PlainWidth(columns string) int { return plainWidth(columns) }

// Compare compares two runs and says for each record that differs what does.
func Compare(ctx context.Context, reader run.Reader, a, b string, fn func(record string, differs []string) error) (same int64, err error) {
	return newComparison(ctx, reader, a, b).each(func(d runDiff) error { return fn(d.Record.ID, d.Differs) })
}
