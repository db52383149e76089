package runs

import (
	"strings"
	"time"

	"charm.land/lipgloss/v2"

	"askflow/internal/report"
	"askflow/internal/run"
	"askflow/internal/service"
	"askflow/internal/tui/inspect"
	"askflow/internal/tui/theme"
)

// statusSign is how a run stands, with a sign that needs no colour.
func statusSign(th *theme.Theme, s run.Status) (string, lipgloss.Style) {
	sign, style := inspect.StatusSign(th, s)
	return sign + " " + inspect.Status(s), style
}

// stateSign is how an enrollment stands; one with a failed step is marked.
func stateSign(th *theme.Theme, s run.State, failed bool) (string, lipgloss.Style) {
	sign, style := inspect.StateSign(th, s)
	if failed {
		sign, style = "✗", th.Bad
	}
	return sign + " " + stateWord(s), style
}

func stateWord(s run.State) string {
	return strings.ReplaceAll(strings.ToLower(string(s)), "_", " ")
}

// latency writes milliseconds, "" for none.
func latency(ms int64) string {
	if ms <= 0 {
		return ""
	}
	return inspect.Millis(ms)
}

// ms writes the bound of a bucket shortly: 500ms, 2s, 1m40s.
func ms(n int64) string {
	d := time.Duration(n) * time.Millisecond
	if d < time.Second {
		return report.Number(n) + "ms"
	}
	return d.String()
}

// when says when something was, the shorter the closer it is.
func when(t, now time.Time, zone *time.Location) string {
	if t.IsZero() {
		return ""
	}
	t, now = t.In(zone), now.In(zone)
	switch {
	case t.Year() == now.Year() && t.YearDay() == now.YearDay():
		return "today " + t.Format("15:04")
	case t.Year() == now.Year():
		return t.Format("2 Jan 15:04")
	}
	return t.Format("2006-01-02")
}

// took is how long a run has taken.
func took(r *run.Run, now time.Time) time.Duration {
	end := r.Ended
	if end.IsZero() {
		if r.Status != run.RunRunning {
			return 0
		}
		end = now
	}
	return max(0, end.Sub(r.Created))
}

// left says how long the rest of a run takes, as far as that is known.
func left(p *service.Progress) string {
	if p.Left <= 0 {
		return ""
	}
	d := p.Left.Round(time.Second)
	if d < time.Second {
		return "less than 1 s left"
	}
	return "about " + d.String() + " left"
}

// count is a number that is left out when it is nothing.
func count(n int64) string {
	if n == 0 {
		return "–"
	}
	return report.Number(n)
}

// sentence puts an error and what to do about it together.
func sentence(err error) string {
	e := service.AsError(err)
	return hinted(e.Message, e.Hint)
}

func hinted(message, hint string) string {
	message = strings.TrimSpace(message)
	if hint == "" {
		return message
	}
	if !strings.HasSuffix(message, ".") && !strings.HasSuffix(message, "!") && !strings.HasSuffix(message, "?") {
		message += "."
	}
	return message + " " + capital(hint)
}

func capital(s string) string {
	if s == "" || s[0] < 'a' || s[0] > 'z' {
		return s
	}
	return string(s[0]-'a'+'A') + s[1:]
}
