package runs

import (
	"fmt"
	"strings"
	"time"

	"askflow/internal/report"
	"askflow/internal/run"
	"askflow/internal/service"
	"askflow/internal/tui/inspect"
)

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

// took is how long a run has taken, without the time in which it was cut off.
func took(r *run.Run, now time.Time) time.Duration {
	end := r.Ended
	if end.IsZero() {
		if r.Status != run.RunRunning {
			return 0
		}
		end = now
	}
	return max(0, end.Sub(r.Created)-r.Idle)
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

// rate writes a number a second: one that is small with a digit behind the point, for live answers take long.
func rate(r float64) string {
	const small = 9.95
	if r < small {
		return fmt.Sprintf("%.1f", r)
	}
	return report.Number(int64(r + 0.5))
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
