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

// RunLine is a run on one line of at most width cells: id, workflow, status, when (in that zone; nil for UTC), records, cost.
func RunLine(env *ui.Env, r *run.Run, zone *time.Location, width int) string {
	if r == nil || width <= 0 {
		return ""
	}
	th := env.Theme
	sign, style := StatusSign(th, r.Status)
	parts := []string{th.Strong.Render(text.Clip(r.ID, 12)) + " " + th.Text.Render(text.Clip(r.Workflow.Name, max(8, width/3))), style.Render(sign + " " + Status(r.Status))}
	rest := []string{report.Count(r.Totals.Considered, "records"), Money(r.Totals.CostUSD), text.Clip(r.Answers, 12)}
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
