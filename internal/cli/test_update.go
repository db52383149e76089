package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"askflow/internal/emulator"
	"askflow/internal/report"
	"askflow/internal/rewrite"
	"askflow/internal/suite"
)

// updateTests runs the tests and writes what came as what is expected, showing the difference.
func (a *App) updateTests(ctx context.Context, e *emulator.Emulator, o *testOptions, bar *testProgress, files []reportFile) error {
	if a.demo {
		return &emulator.Error{Code: "usage", Message: "--update would change the demo portal, which is built in", Hint: "make a portal of your own: emulator init DIR", Exit: emulator.ExitUsage}
	}
	r, updates, err := suite.Updates(ctx, e, o.Options)
	bar.bar.stop()
	if err != nil {
		return a.tested(e, o, files, r, err)
	}
	a.warn(r.Warnings)
	style, accepted, refused := a.style(), 0, 0
	for _, u := range updates {
		if u.Aside != "" {
			a.note("%s", a.errStyle().Sentence(report.Safe(u.Aside), 0))
			continue
		}
		accepted, refused = accepted+len(u.Accepted), refused+len(u.Refused)
		if len(u.Accepted) > 0 {
			if err := rewrite.Write(filepath.Join(e.Portal.Dir, filepath.FromSlash(u.File)), u.Before, u.After); err != nil {
				var changed *rewrite.ChangedError
				hint := "check who may write to it"
				if errors.As(err, &changed) {
					hint = "run it again"
				}
				return &emulator.Error{Code: "cannot_write", Message: err.Error(), Hint: hint, Exit: emulator.ExitUsage, Cause: err}
			}
		}
		a.printDiff(style, u)
		for _, no := range u.Refused {
			_, _ = fmt.Fprintf(a.out, "%s %s\n", style.Warn("not accepted:"), style.Sentence(report.Safe(no.Subject+": "+no.Check+": "+no.String()), 14))
		}
	}
	if _, err := a.writeReports(e, files, r); err != nil {
		return err
	}
	if accepted+refused > 0 {
		a.note("%s accepted, %d left as they were.", counted(accepted, "expectation"), refused)
	} else {
		a.note("No expectation is to be changed; no file was written.")
	}
	if refused > 0 || len(r.Reasons) > 0 { // an expectation is not the only reason for a test to fail
		a.exit = emulator.ExitFailed
	}
	if accepted+refused == 0 && !r.Passed {
		a.exit = emulator.ExitFailed
		return a.printTests(r, o)
	}
	for _, reason := range r.Reasons {
		a.note("%s", style.Sentence(report.Safe(reason), 0))
	}
	return nil
}

// printDiff shows what was changed in a test file.
func (a *App) printDiff(style report.Style, u suite.Update) {
	if len(u.Accepted) == 0 {
		return
	}
	for _, line := range strings.Split(strings.TrimSuffix(rewrite.Diff(string(u.Before), string(u.After), u.File), "\n"), "\n") {
		text := report.Safe(line)
		switch {
		case len(line) > 0 && line[0] == '+':
			text = style.Good(text)
		case len(line) > 0 && line[0] == '-':
			text = style.Bad(text)
		case len(line) > 1 && line[:2] == "@@":
			text = style.Faint(text)
		}
		_, _ = fmt.Fprintln(a.out, text)
	}
}
