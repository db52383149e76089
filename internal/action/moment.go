package action

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"askflow/internal/hubspot"
)

// firstYear and lastYear bound every moment that is waited for or written down: what lies outside cannot be stored as a
// date, and is a mistake in the data.
const (
	firstYear = 1
	lastYear  = 9999
)

// addSpan adds delta units to t. Units are hubspot.TimeUnits; calendar units follow the calendar. What never ends, and what
// leads out of the calendar, is an error.
func addSpan(t time.Time, delta int, unit string) (time.Time, error) {
	sum, err := span(t, delta, unit)
	if err != nil {
		return t, err
	}
	if !storable(sum) {
		return t, fmt.Errorf("%d %s from %s leads out of the years %d to %d", delta, strings.ToLower(unit), t.Format(time.DateOnly), firstYear, lastYear)
	}
	return sum, nil
}

// storable tells whether a moment can be written as a date, in its own zone and in UTC.
func storable(t time.Time) bool {
	within := func(y int) bool { return y >= firstYear && y <= lastYear }
	return within(t.Year()) && within(t.UTC().Year())
}

func span(t time.Time, delta int, unit string) (time.Time, error) {
	switch strings.ToUpper(unit) {
	case "NANOS":
		return t.Add(time.Duration(delta)), nil
	case "MICROS":
		return t.Add(time.Duration(delta) * time.Microsecond), nil
	case "MILLIS":
		return t.Add(time.Duration(delta) * time.Millisecond), nil
	case "SECONDS":
		return addSeconds(t, delta, 1)
	case "MINUTES", "":
		return addSeconds(t, delta, 60)
	case "HOURS":
		return addSeconds(t, delta, 3600)
	case "HALF_DAYS":
		return addSeconds(t, delta, 12*3600)
	}
	years, months, days := 0, 0, 0
	switch strings.ToUpper(unit) {
	case "DAYS":
		days = delta
	case "WEEKS":
		days = 7 * delta
	case "MONTHS":
		months = delta
	case "YEARS":
		years = delta
	case "DECADES":
		years = 10 * delta
	case "CENTURIES":
		years = 100 * delta
	case "MILLENNIA":
		years = 1000 * delta
	case "ERAS", "FOREVER":
		return t, fmt.Errorf("%d %s never ends", delta, strings.ToUpper(unit))
	default:
		return t, fmt.Errorf("%q is no unit of time", unit)
	}
	if abs(years) > 1000 || abs(months) > 12_000 || abs(days) > 366_000 {
		return t, fmt.Errorf("%d %s is more than a thousand years", delta, strings.ToLower(unit))
	}
	return t.AddDate(years, months, days), nil
}

func addSeconds(t time.Time, delta, each int) (time.Time, error) {
	const thousandYears = 366_000 * 24 * 3600
	if abs(delta) > thousandYears/each {
		return t, fmt.Errorf("%d is more than a thousand years", delta)
	}
	// By steps, since a Duration holds 292 years only.
	return time.Unix(t.Unix()+int64(delta)*int64(each), int64(t.Nanosecond())).In(t.Location()), nil
}

func abs(n int) int {
	if n < 0 {
		return -n
	}
	return n
}

// after computes a TimeDelay from now: the span, then the next allowed day of the week, then the time of day.
func after(now time.Time, d *hubspot.TimeDelay, zone *time.Location) (time.Time, error) {
	if d.ZoneID != "" {
		z, err := time.LoadLocation(d.ZoneID)
		if err != nil {
			return now, fmt.Errorf("%q is no time zone", d.ZoneID)
		}
		zone = z
	}
	t, err := addSpan(now.In(zone), d.Delta, d.Unit)
	if err != nil {
		return now, err
	}
	if d.TimeOfDay != nil {
		at := atTime(t, d.TimeOfDay)
		if at.Before(now) { // "at 9:00" with no days in between means the next 9:00
			at = atTime(t.AddDate(0, 0, 1), d.TimeOfDay)
		}
		t = at
	}
	if len(d.DaysOfWeek) > 0 {
		for range 7 {
			for _, name := range d.DaysOfWeek {
				if strings.EqualFold(name, t.Weekday().String()) {
					return t, nil
				}
			}
			t = t.AddDate(0, 0, 1)
		}
		return t, fmt.Errorf("%s names no day of the week", strings.Join(d.DaysOfWeek, ", "))
	}
	return t, nil
}

func atTime(t time.Time, at *hubspot.TimeOfDay) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), at.Hour, at.Minute, 0, 0, t.Location())
}

// parseMoment reads a date or time as records and flows carry them: YYYY-MM-DD, RFC 3339, local time without a zone, or
// epoch milliseconds.
func parseMoment(s string, zone *time.Location) (time.Time, bool) {
	s = strings.TrimSpace(s)
	if ms, err := strconv.ParseInt(s, 10, 64); err == nil && len(s) >= 9 {
		t := time.UnixMilli(ms).In(zone)
		return t, storable(t)
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02"} {
		if t, err := time.ParseInLocation(layout, s, zone); err == nil {
			return t.In(zone), storable(t)
		}
	}
	return time.Time{}, false
}

// formatMoment writes a moment as a property of that type stores it: dates as YYYY-MM-DD, times as RFC 3339 in UTC.
func formatMoment(t time.Time, kind hubspot.PropertyType) string {
	if kind == hubspot.TypeDate {
		return t.Format("2006-01-02")
	}
	return t.UTC().Format("2006-01-02T15:04:05.999Z07:00")
}
