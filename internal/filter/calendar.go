package filter

import (
	"strconv"
	"strings"
	"time"
)

// calendarWindow is CALENDAR_DATE: this, the last or the next day, week, month, quarter or year.
type calendarWindow struct {
	unit     string
	count    int
	operator string
	first    time.Month // of the fiscal year
	zone     *time.Location
}

func compileCalendar(c *compiler, t target) test {
	w := &calendarWindow{unit: t.op.TimeUnit, count: t.op.TimeUnitCount, operator: t.operator, first: time.January, zone: c.env.Zone}
	switch w.unit {
	case "DAY", "WEEK", "MONTH", "QUARTER", "YEAR":
	case "":
		c.r.Errorf(t.op.Pos, "missing_value", "use DAY, WEEK, MONTH, QUARTER or YEAR", "CALENDAR_DATE on %s needs \"timeUnit\"", show(t.prop.Name))
		return nil
	default:
		c.r.Errorf(t.op.Pos, "bad_value", "use DAY, WEEK, MONTH, QUARTER or YEAR", "%s is no time unit of CALENDAR_DATE", quote(w.unit))
		return nil
	}
	if w.count < 1 || w.count > maxUnits {
		c.r.Errorf(t.op.Pos, "bad_value", "", "\"timeUnitCount\" on %s must lie between 1 and %d", show(t.prop.Name), maxUnits)
		return nil
	}
	if fiscal := t.op.Node.Get("useFiscalYear"); fiscal.IsScalar() && strings.EqualFold(fiscal.Text, "true") {
		month, ok := time.January, false
		if start := t.op.Node.Get("fiscalYearStart"); start.IsScalar() {
			month, ok = monthNumber(start.Text)
		}
		if !ok {
			c.r.Warnf(t.op.Pos, "fiscal_year", "add \"fiscalYearStart\", the name of a month", "the filter on %s does not say when the fiscal year starts; it starts in January here", show(t.prop.Name))
		}
		w.first = month
	}
	return c.dateTest(t, w)
}

// span is the stretch of time the window covers now.
func (w *calendarWindow) span(now time.Time) span {
	start := w.start(now)
	switch w.operator {
	case "IN_NEXT_TIME_UNIT":
		from := w.add(start, 1)
		return span{from, w.add(start, 1+w.count)}
	case "IN_LAST_TIME_UNIT":
		return span{w.add(start, -w.count), start}
	default:
		return span{start, w.add(start, 1)}
	}
}

func (w *calendarWindow) start(now time.Time) time.Time {
	switch w.unit {
	case "WEEK":
		return startOfWeek(now, time.Monday)
	case "MONTH":
		return startOfMonth(now)
	case "QUARTER":
		return startOfQuarter(now, w.first)
	case "YEAR":
		return startOfYear(now, w.first)
	default:
		return startOfDay(now)
	}
}

func (w *calendarWindow) add(t time.Time, n int) time.Time {
	switch w.unit {
	case "WEEK":
		return t.AddDate(0, 0, 7*n)
	case "MONTH":
		return addMonths(t, n)
	case "QUARTER":
		return addMonths(t, 3*n)
	case "YEAR":
		return addMonths(t, 12*n)
	default:
		return t.AddDate(0, 0, n)
	}
}

func (w *calendarWindow) holds(rec Record, m moment) (in, ok bool) {
	now := rec.Now().In(w.zone)
	s, t := w.span(now), m.in(w.zone)
	in = !t.Before(s.from) && t.Before(s.until)
	if w.operator == "IN_THIS_TIME_UNIT_SO_FAR" {
		in = in && !t.After(now)
	}
	return in, true
}

func (w *calendarWindow) describe(rec Record) string {
	s := w.span(rec.Now().In(w.zone))
	unit := strings.ToLower(w.unit)
	words := "in this " + unit
	switch w.operator {
	case "IN_NEXT_TIME_UNIT":
		words = "in the next " + units(w.count, unit)
	case "IN_LAST_TIME_UNIT":
		words = "in the last " + units(w.count, unit)
	case "IN_THIS_TIME_UNIT_SO_FAR":
		words += " so far"
	}
	return words + " (" + s.from.Format(dayLayout) + " to " + s.until.AddDate(0, 0, -1).Format(dayLayout) + ")"
}

// maxUnits bounds CALENDAR_DATE.
const maxUnits = 10_000

func units(n int, unit string) string {
	if n == 1 {
		return unit
	}
	return strconv.Itoa(n) + " " + unit + "s"
}
