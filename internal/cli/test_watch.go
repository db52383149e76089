package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/term"

	"askflow/internal/emulator"
	"askflow/internal/prompttest"
	"askflow/internal/report"
	"askflow/internal/suite"
	"askflow/internal/testreport"
)

// watchTests runs tests again whenever a file is saved, until somebody interrupts it.
func (a *App) watchTests(ctx context.Context, o *testOptions, files []reportFile) error {
	next := a.custody.Transport
	if next == nil {
		next = emulator.LiveTransport()
	}
	memory := suite.NewMemory(next) // asks only what changed
	var e *emulator.Emulator
	w := &suite.Watcher{Options: o.Options, Cases: len(files) > 0, Open: func(ctx context.Context) (*emulator.Emulator, error) {
		var err error
		e, err = a.openWith(ctx, memory)
		return e, err
	}}
	for _, f := range files {
		if name, err := filepath.Abs(f.name); err == nil {
			w.Own = append(w.Own, name)
		}
	}
	w.Begin = func(saved []string) { a.beginRound(saved) }
	w.Show = func(r *suite.Round) { a.showRound(r, e, files, memory) }
	return w.Watch(ctx)
}

// inPlace tells whether rounds are shown one over the other.
func (a *App) inPlace() bool {
	f, ok := a.out.w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// beginRound says that tests run.
func (a *App) beginRound(saved []string) {
	what := "Running the tests …"
	if len(saved) > 0 {
		what = "Changed: " + report.Truncate(report.Safe(strings.Join(saved, ", ")), 60) + " …"
	}
	a.note("%s", a.errStyle().Faint(what))
}

// showRound shows what changed since the round before, and how all tests stand.
func (a *App) showRound(r *suite.Round, e *emulator.Emulator, files []reportFile, memory *suite.Memory) {
	style := a.style()
	if a.inPlace() {
		_, _ = io.WriteString(a.out, "\x1b[H\x1b[2J\x1b[3J")
	} else {
		_, _ = fmt.Fprintln(a.out, style.Faint(strings.Repeat("─", min(style.Width, 60))))
	}
	_, _ = fmt.Fprintln(a.out, style.Faint(roundHead(r, memory)))
	a.exit = emulator.ExitOK
	if r.Err != nil {
		a.exit = a.fail(r.Err)
	}
	if r.Report != nil {
		_, _ = fmt.Fprintln(a.out)
		_ = testreport.Text(a.out, style, r.Report, testreport.TextOptions{Verbose: a.verbose, Compact: true, Again: a.again()}) // a.out remembers what goes wrong
		a.printDelta(style, r.Delta)                                                                                             // last, where a terminal shows it
		if !r.Report.Passed && a.exit == emulator.ExitOK {
			a.exit = emulator.ExitFailed
		}
		if _, err := a.writeReports(e, files, r.Report); err != nil {
			a.exit = a.fail(err)
		}
	}
	a.note("%s", a.errStyle().Faint("Watching the portal folder; Ctrl-C ends it."))
}

// roundHead is the line above a round.
func roundHead(r *suite.Round, memory *suite.Memory) string {
	parts := []string{time.Now().Format(time.TimeOnly)}
	for _, list := range []struct {
		what  string
		files []string
	}{{"saved: ", r.Saved}, {"gone: ", r.Gone}} {
		if len(list.files) > 0 {
			parts = append(parts, list.what+report.Truncate(report.Safe(strings.Join(list.files, ", ")), 60))
		}
	}
	if len(r.Saved)+len(r.Gone) == 0 {
		parts = append(parts, "first round")
	}
	switch n := len(r.Ran); {
	case r.AsBefore:
		parts = append(parts, "as before the error")
	case n == 0 && len(r.Gone) > 0 && r.Delta != nil && r.Delta.Gone > 0:
	case n == 0 && r.Err == nil:
		parts = append(parts, "no test depends on that")
	case n > 0:
		parts = append(parts, "ran "+report.Truncate(report.Safe(strings.Join(r.Ran, ", ")), 60)+" in "+report.Duration(r.Took))
	}
	if asked, recalled := memory.Counts(); asked+recalled > 0 {
		parts = append(parts, fmt.Sprintf("%s asked, %s known from before", report.Number(asked), report.Number(recalled)))
	}
	return strings.Join(parts, " · ")
}

// printDelta says what changed since the round before.
func (a *App) printDelta(style report.Style, d *prompttest.Baseline) {
	if d == nil {
		return
	}
	if d.Regressed+d.Fixed+d.Changed+d.New+d.Gone == 0 {
		_, _ = fmt.Fprintln(a.out, style.Faint("Nothing changed since the last round."))
		return
	}
	var parts []string
	verb := func(n int64, one, many string) string {
		if n == 1 {
			return one
		}
		return many
	}
	for _, p := range []struct {
		n     int64
		what  string
		paint func(string) string
	}{{d.Regressed, verb(d.Regressed, "now fails", "now fail"), style.Bad}, {d.Fixed, verb(d.Fixed, "now passes", "now pass"), style.Good}, {d.Changed, "answered differently", style.Warn}, {d.New, "new", style.Faint}, {d.Gone, "gone", style.Faint}} {
		if p.n > 0 {
			parts = append(parts, p.paint(report.Number(p.n)+" "+p.what))
		}
	}
	_, _ = fmt.Fprintln(a.out, "Since the last round: "+strings.Join(parts, ", "))
	const most = 8
	for i, c := range d.Changes {
		if i == most {
			_, _ = fmt.Fprintln(a.out, style.Faint(fmt.Sprintf("  … and %d more", len(d.Changes)-most)))
			break
		}
		mark := map[string]string{prompttest.Regressed: style.Bad("✗"), prompttest.Fixed: style.Good("✓"), prompttest.Changed: style.Warn("~")}[c.Kind]
		name := strings.TrimSpace(c.Record.ID + " " + c.Record.Name + " " + c.Case)
		what := saidText(c.Before) + " → " + saidText(c.After)
		if c.Step != "" {
			what = report.Safe(c.Step) + ": " + what
		}
		if c.Before == c.After && len(c.Failures) > 0 { // the answer is the same, and something else is expected
			what = report.Safe(c.Failures[0].Subject) + ": expected " + report.Truncate(oneLine(c.Failures[0].Expected), 30) + ", got " + report.Truncate(oneLine(c.Failures[0].Got), 30)
		}
		_, _ = fmt.Fprintf(a.out, "  %s %s  %s\n", mark, report.Truncate(report.Safe(name), 40), what)
	}
}

// saidText is an answer on a line with others.
func saidText(text string) string {
	if text == "" {
		return "no answer"
	}
	return report.Truncate(oneLine(text), 30)
}
