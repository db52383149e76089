// Package inspect looks closely: at one enrollment, step by step, and at what two runs did differently. The lines and signs with
// which it shows runs, states, money and times are everybody's.
package inspect

import (
	"math"
	"strconv"
	"strings"
	"time"

	"charm.land/lipgloss/v2"

	"askflow/internal/report"
	"askflow/internal/run"
	"askflow/internal/tui/text"
	"askflow/internal/tui/theme"
	"askflow/internal/tui/ui"
)

// StateSign is the glyph of an enrollment's state and the style that goes with it; the state's name belongs beside it.
func StateSign(th *theme.Theme, s run.State) (string, lipgloss.Style) {
	switch s {
	case run.Completed, run.GoalMet:
		return "✓", th.Good
	case run.Active:
		return "●", th.Info
	case run.Unenrolled, run.Interrupted:
		return "!", th.Warn
	}
	return "○", th.Faint
}

// Standing is how an enrollment stands, with its sign: "✓ completed", "✗ completed" when a step failed, and "! to be resumed" when it
// has not ended and its run does not go on.
func Standing(th *theme.Theme, s run.State, failed, halted bool) (string, lipgloss.Style) {
	sign, style := StateSign(th, s)
	switch {
	case s == run.Active && halted:
		return "! to be resumed", th.Warn
	case failed:
		sign, style = "✗", th.Bad
	}
	return sign + " " + StateWord(s), style
}

// StateWord is an enrollment's state in words: "not enrolled".
func StateWord(s run.State) string { return strings.ReplaceAll(strings.ToLower(string(s)), "_", " ") }

// Halted tells that a run has enrollments which have not ended, and does not go on here.
func Halted(env *ui.Env, r *run.Run) bool {
	return env.Active[r.ID] == nil && (r.Status == run.RunInterrupted || r.Status == run.RunStopped)
}

// Reason is why an enrollment stands as it does. What it was about to do when its run was cut off is past then.
func Reason(s run.State, reason string, halted bool) string {
	if s == run.Active && halted && strings.HasPrefix(reason, "asking in step ") {
		return "was " + reason
	}
	return reason
}

// RunStanding is how a run stands, with its sign: "✓ completed", and "! completed" when a step failed.
func RunStanding(th *theme.Theme, s run.Status, failed int64) (string, lipgloss.Style) {
	sign, style := StatusSign(th, s)
	if s == run.RunCompleted && failed > 0 {
		sign, style = "!", th.Warn
	}
	return sign + " " + Status(s), style
}

// StepSign is the glyph of a step's state and its style. A branch, which decides and does nothing, has its own.
func StepSign(th *theme.Theme, s *run.Step) (string, lipgloss.Style) {
	switch {
	case s.State == run.FailContinue:
		return "✗", th.Bad
	case s.State == run.Blocked:
		return "!", th.Warn
	case s.State == run.Skipped:
		return "○", th.Faint
	case s.Branch != nil:
		return "▷", th.Accent
	}
	return "✓", th.Good
}

// StatusSign is the glyph of a run's status and its style.
func StatusSign(th *theme.Theme, s run.Status) (string, lipgloss.Style) {
	switch s {
	case run.RunCompleted:
		return "✓", th.Good
	case run.RunRunning:
		return "●", th.Info
	case run.RunStopped:
		return "✗", th.Bad
	}
	return "!", th.Warn
}

// Money is an exact decimal of US dollars for people: "$0.0000345", cut to four digits that say something; "–" when it is not known.
func Money(usd string) string {
	if usd == "" {
		return "–"
	}
	whole, part, found := strings.Cut(usd, ".")
	if !found || strings.Trim(part, "0123456789") != "" {
		return "$" + usd
	}
	zeros := len(part) - len(strings.TrimLeft(part, "0"))
	keep := zeros + 4
	if strings.Trim(whole, "0") != "" {
		keep = 4
	}
	if keep >= len(part) {
		return "$" + usd
	}
	if part = strings.TrimRight(part[:keep], "0"); part == "" {
		return "$" + whole
	}
	return "$" + whole + "." + part
}

// Millis is a span of milliseconds for people: "20 ms", "1.2 s", "2m3s"; "–" for none.
func Millis(ms int64) string {
	if ms <= 0 {
		return "–"
	}
	if ms > math.MaxInt64/int64(time.Millisecond) {
		return "very long"
	}
	return report.Duration(time.Duration(ms) * time.Millisecond)
}

// Quantile is an upper bound of what a part p (0 to 1) of a histogram's values do not exceed, "–" where there are none.
func Quantile(h *run.Histogram, p float64, unit func(int64) string) string {
	if h.Len() == 0 {
		return "–"
	}
	q := h.Quantile(p)
	if q == math.MaxInt64 {
		return "> " + unit(5_000_000)
	}
	return "≤ " + unit(q)
}

// Status is a run's status in a word: "completed".
func Status(s run.Status) string { return strings.ToLower(string(s)) }

// Records says how many records a run was for: "45 records", "2 of 255 records chosen" where they were named.
func Records(t *run.Totals) string {
	if t.NotNamed > 0 {
		return report.Number(t.Considered-t.NotNamed) + " of " + report.Count(t.Considered, "records") + " chosen"
	}
	return report.Count(t.Considered, "records")
}

// RunLine is a run on one line of at most width cells: id, workflow, status, when (in that zone; nil for UTC), records, cost.
func RunLine(env *ui.Env, r *run.Run, zone *time.Location, width int) string {
	if r == nil || width <= 0 {
		return ""
	}
	th := env.Theme
	status, style := RunStanding(th, r.Status, r.Totals.FailedSteps)
	parts := []string{th.Strong.Render(text.Clip(r.ID, 12)) + " " + th.Text.Render(text.Clip(r.Workflow.Name, max(8, width/3))), style.Render(status)}
	rest := []string{Records(&r.Totals), Money(r.Totals.CostUSD), text.Clip(r.Answers, 12)}
	if zone == nil {
		zone = time.UTC
	}
	if !r.Created.IsZero() {
		rest = append([]string{r.Created.In(zone).Format("2006-01-02 15:04")}, rest...)
	}
	for _, p := range rest {
		parts = append(parts, th.Faint.Render(p))
	}
	return text.Cut(strings.Join(parts, th.Faint.Render(" · ")), width)
}

// span is a length of time in few letters: "20 ms", "1.2 s", "3m20s", "2 d 4 h".
func span(d time.Duration) string {
	const day = 24 * time.Hour
	if d < day {
		s := report.Duration(d)
		for _, zero := range []string{"m0s", "h0m"} { // nobody says one minute and no seconds
			if strings.HasSuffix(s, zero) {
				s = s[:len(s)-2]
			}
		}
		return s
	}
	out := strconv.Itoa(int(d/day)) + " d"
	if h := int(d % day / time.Hour); h > 0 {
		out += " " + strconv.Itoa(h) + " h"
	}
	return out
}
