package filter

import (
	"strconv"
	"strings"
	"time"

	"askflow/internal/hubspot"
)

const dayLayout = "2006-01-02"

// moment is a date or datetime as a record holds it.
type moment struct {
	t time.Time
	// day tells that only the calendar day counts; t is then that day's midnight in UTC.
	day bool
}

// in is the moment's instant for somebody in zone: a day begins when it begins there.
func (m moment) in(zone *time.Location) time.Time {
	if !m.day {
		return m.t.In(zone)
	}
	y, month, d := m.t.Date()
	return time.Date(y, month, d, 0, 0, 0, 0, zone)
}

// parseMoment reads YYYY-MM-DD, RFC 3339 and epoch milliseconds. A time without a zone is zone's. Values of a date
// property are days, which HubSpot stores as midnight UTC.
func parseMoment(value string, typ hubspot.PropertyType, zone *time.Location) (moment, bool) {
	s := strings.TrimSpace(value)
	if len(s) == len(dayLayout) && s[4] == '-' {
		t, err := time.Parse(dayLayout, s)
		return moment{t, true}, err == nil
	}
	t, ok := parseInstant(s, zone)
	if !ok {
		return moment{}, false
	}
	if typ == hubspot.TypeDate {
		y, m, d := t.UTC().Date()
		return moment{time.Date(y, m, d, 0, 0, 0, 0, time.UTC), true}, true
	}
	return moment{t, false}, true
}

func parseInstant(s string, zone *time.Location) (time.Time, bool) {
	digits := strings.TrimPrefix(s, "-")
	if isDigits(digits) {
		// Shorter numbers are years and typing errors, not milliseconds.
		if len(digits) < 9 && digits != "0" || len(digits) > 15 {
			return time.Time{}, false
		}
		ms, err := strconv.ParseInt(s, 10, 64)
		return time.UnixMilli(ms).UTC(), err == nil
	}
	if len(s) <= len(dayLayout) || len(s) > 40 {
		return time.Time{}, false
	}
	t, err := time.ParseInLocation(layoutOf(s), s, zone)
	return t, err == nil
}

// layoutOf chooses by shape, since every failed attempt to parse costs an error value. s is longer than a day.
func layoutOf(s string) string {
	minutes := len(s) == len("2006-01-02T15:04")
	if s[len(dayLayout)] == ' ' {
		if minutes {
			return "2006-01-02 15:04"
		}
		return "2006-01-02 15:04:05"
	}
	switch zoned := s[len(s)-1] == 'Z' || s[len(s)-6] == '+' || s[len(s)-6] == '-'; {
	case zoned:
		return time.RFC3339
	case minutes:
		return "2006-01-02T15:04"
	default:
		return "2006-01-02T15:04:05"
	}
}

func isDigits(s string) bool { return s != "" && countDigits(s) == len(s) }

// span is a stretch of time, its end not included; from and until are the same for an instant.
type span struct{ from, until time.Time }

// daySpan is the whole day on which t lies.
func daySpan(t time.Time) span {
	from := startOfDay(t)
	y, m, d := from.Date()
	return span{from, time.Date(y, m, d+1, 0, 0, 0, 0, t.Location())}
}

func (s span) instant() bool { return s.from.Equal(s.until) }

// before tells whether t lies before the span, or with inclusive not after it.
func (s span) before(t time.Time, inclusive bool) bool {
	switch {
	case !inclusive:
		return t.Before(s.from)
	case s.instant():
		return !t.After(s.from)
	default:
		return t.Before(s.until)
	}
}

// after tells whether t lies after the span, or with inclusive not before it.
func (s span) after(t time.Time, inclusive bool) bool {
	switch {
	case inclusive:
		return !t.Before(s.from)
	case s.instant():
		return t.After(s.from)
	default:
		return !t.Before(s.until)
	}
}

func startOfDay(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, t.Location())
}

// startOfWeek is the last first-day-of-the-week that is not after t.
func startOfWeek(t time.Time, first time.Weekday) time.Time {
	back := (int(t.Weekday()) - int(first) + 7) % 7
	y, m, d := t.Date()
	return time.Date(y, m, d-back, 0, 0, 0, 0, t.Location())
}

func startOfMonth(t time.Time) time.Time {
	y, m, _ := t.Date()
	return time.Date(y, m, 1, 0, 0, 0, 0, t.Location())
}

// startOfYear begins a year in the month first.
func startOfYear(t time.Time, first time.Month) time.Time {
	y, m, _ := t.Date()
	if m < first {
		y--
	}
	return time.Date(y, first, 1, 0, 0, 0, 0, t.Location())
}

// startOfQuarter counts quarters from the month first.
func startOfQuarter(t time.Time, first time.Month) time.Time {
	year := startOfYear(t, first)
	months := (t.Year()-year.Year())*12 + int(t.Month()) - int(year.Month())
	return time.Date(year.Year(), year.Month()+time.Month(months/3*3), 1, 0, 0, 0, 0, t.Location())
}

// addMonths keeps the day where the month has it, and takes the month's last day where not.
func addMonths(t time.Time, n int) time.Time {
	if n == 0 {
		return t
	}
	y, m, d := t.Date()
	last := time.Date(y, m+time.Month(n)+1, 0, 0, 0, 0, 0, time.UTC).Day()
	h, mi, s := t.Clock()
	return time.Date(y, m+time.Month(n), min(d, last), h, mi, s, t.Nanosecond(), t.Location())
}
