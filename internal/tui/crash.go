package tui

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"

	"askflow/internal/assistant"
	"askflow/internal/report"
	"askflow/internal/secret"
	"askflow/internal/service"
	"askflow/internal/tui/app"
	"askflow/internal/version"
)

// report writes what is needed to find the mistake behind a panic into a file of its own, and names it. Neither variables nor
// data of the portal are in it: only where in the program it happened.
func (p *Program) report(c *app.Crash) error {
	term, _ := p.Lookup("TERM")
	text := crashText(c, term, time.Now())
	file, err := os.CreateTemp("", "askflow-crash-*.txt")
	if err == nil {
		_, err = file.WriteString(text)
		if closing := file.Close(); err == nil {
			err = closing
		}
	}
	if err != nil {
		return &service.Error{Code: "crash", Message: "The program ended because of a mistake of its own, and the report about it could not be written: " + err.Error() + "\n" + text}
	}
	return &service.Error{Code: "crash", Message: "The program ended because of a mistake of its own. Runs kept what was done. A report is in " + file.Name() + ".",
		Hint: "it holds no key and no record; send it along when you report the mistake"}
}

// crashText is the report. What the panic said can quote data, so it is cut, made harmless, and left out when it may hold a key.
func crashText(c *app.Crash, term string, now time.Time) string {
	const most = 300
	said := report.Truncate(report.Safe(assistant.Scrub(fmt.Sprint(c.Value))), most)
	if secret.HoldsKey(said) {
		said = "(left out: it may hold a key)"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "askflow tui %s\n%s, %s/%s, TERM=%s\n%s\n\n%s\n\n", version.String(), runtime.Version(), runtime.GOOS, runtime.GOARCH, report.Safe(term), now.UTC().Format(time.RFC3339), said)
	for line := range strings.Lines(assistant.Scrub(string(c.Stack))) {
		b.WriteString(report.Safe(strings.TrimRight(line, "\n")) + "\n")
	}
	return b.String()
}
