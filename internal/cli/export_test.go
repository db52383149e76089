package cli

import (
	"io"

	"askflow/internal/report"
	"askflow/internal/source"
)

// PrintProblem prints a finding.
func PrintProblem(w io.Writer, style report.Style, p source.Problem) { printProblem(w, style, p) }

// PlainWidth is the width of output off a terminal.
func PlainWidth(columns string) int { return plainWidth(columns) }
