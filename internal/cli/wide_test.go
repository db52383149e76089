package cli_test

import (
	"strings"
	"testing"

	"askflow/internal/cli"
	"askflow/internal/report"
	"askflow/internal/source"
)

// On a terminal no line of a finding is wider than the screen, whatever stands before it, and no word is torn; elsewhere a
// finding is two lines.
func TestFindingsFitTheTerminal(t *testing.T) {
	t.Parallel()
	p := source.Problem{Code: "wrong_option", Severity: source.SeverityWarning, File: "workflows/lead-qualification.yaml", Line: 123, Col: 45,
		Message: "the property lead_grade takes one of the values A, B and C, and this step sets it to whatever the assistant answers",
		Hint:    "branch on the answer before the property is set, or add what the assistant may answer to the options of the property"}
	for width := 50; width <= 140; width++ {
		var b strings.Builder
		cli.PrintProblem(&b, report.Style{Width: width, Terminal: true}, p)
		for _, line := range strings.Split(b.String(), "\n") {
			if report.Width(line) > width {
				t.Errorf("%d columns on a screen of %d: %q", report.Width(line), width, line)
			}
		}
		if got, want := strings.Join(strings.Fields(b.String()), " "), p.Where()+": warning: "+p.Message+" [wrong_option] "+p.Hint; got != want {
			t.Errorf("at %d columns:\n%s\nnot\n%s", width, got, want)
		}
	}
	var b strings.Builder
	cli.PrintProblem(&b, report.Style{Width: 80}, p)
	if want := p.Where() + ": warning: " + p.Message + " [wrong_option]\n    " + p.Hint + "\n"; b.String() != want {
		t.Errorf("off a terminal: %q", b.String())
	}
	b.Reset()
	cli.PrintProblem(&b, report.Style{Width: 80, Terminal: true, Color: true}, p)
	if !strings.Contains(b.String(), "\x1b[90m[wrong_option]\x1b[0m") {
		t.Errorf("the code is not faint: %q", b.String())
	}
}

func TestWidthOfFiles(t *testing.T) {
	t.Parallel()
	for columns, want := range map[string]int{"": 120, "80": 80, "200": 200, "7": 40, "0": 120, "-3": 120, "wide": 120, "99999": 1000, "99999999999999999999": 120} {
		if got := cli.PlainWidth(columns); got != want {
			t.Errorf("COLUMNS=%q: %d, want %d", columns, got, want)
		}
	}
}
