package tui

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/assistant"
	"askflow/internal/report"
	"askflow/internal/secret"
	"askflow/internal/service"
	"askflow/internal/tui/app"
	"askflow/internal/version"
)

// report says that the program ended because of a mistake of its own, and where the report about it is.
func (p *Program) report(c *app.Crash) error {
	file, err := p.write(c)
	if err != nil {
		return &service.Error{Code: "crash", Message: "The program ended because of a mistake of its own, and the report about it could not be written: " + err.Error()}
	}
	return &service.Error{Code: "crash", Message: "The program ended because of a mistake of its own. Runs kept what was done. A report is in " + file + ".",
		Hint: "it holds no key and no record; send it along when you report the mistake"}
}

// write writes what is needed to find the mistake behind a panic into a file of its own, and names it. Neither variables nor
// data of the portal are in it: only where in the program it happened.
func (p *Program) write(c *app.Crash) (file string, err error) {
	term, _ := p.Lookup("TERM")
	f, err := os.CreateTemp("", "askflow-crash-*.txt")
	if err != nil {
		return "", err
	}
	_, err = f.WriteString(crashText(c, term, time.Now()))
	return f.Name(), errors.Join(err, f.Close())
}

// crashText is the report. A panic of the language says what was wrong without quoting data; any other value may hold some of
// a record, and is left out but for its type.
func crashText(c *app.Crash, term string, now time.Time) string {
	said := fmt.Sprintf("a panic with a value of type %T, left out because it may hold data", c.Value)
	var plain runtime.Error
	if err, is := c.Value.(error); is && (errors.As(err, &plain) || errors.Is(err, tea.ErrProgramPanic)) {
		const most = 300
		said = report.Truncate(report.Safe(assistant.Scrub(err.Error())), most)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "askflow tui %s\n%s, %s/%s, TERM=%s\n", version.String(), runtime.Version(), runtime.GOOS, runtime.GOARCH, report.Truncate(report.Safe(assistant.Scrub(term)), 40))
	fmt.Fprintf(&b, "place %s, %d×%d, %s\n\n%s\n\n", c.Place, c.Width, c.Height, now.UTC().Format(time.RFC3339), said)
	for line := range strings.Lines(string(c.Stack)) {
		line = report.Safe(assistant.Scrub(strings.TrimRight(line, "\n")))
		if secret.HoldsKey(line) {
			line = "(left out: it may hold a key)"
		}
		b.WriteString(line + "\n")
	}
	return b.String()
}
