package filter

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"askflow/internal/hubspot"
	"askflow/internal/source"
)

// point is a moment that a filter names, resolved for each record.
type point struct {
	zone   *time.Location
	typ    string // DATE, INDEXED, PROPERTY_REFERENCED
	fixed  span   // DATE
	index  index  // INDEXED
	offset offset
	// PROPERTY_REFERENCED
	property    string
	propType    hubspot.PropertyType
	anniversary bool
	unknowable  bool // it refers to when the property was updated
}

// index is a moment relative to now.
type index struct {
	reference  string
	weekday    time.Weekday
	dayOfMonth int
	month      int
	timed      bool // a time of day is set
	clock      time.Duration
}

// offset moves a moment.
type offset struct {
	months, days int
	clock        time.Duration
}

var indexReferences = []string{"NOW", "TODAY", "WEEK", "MONTH", "QUARTER", "YEAR", "FISCAL_QUARTER", "FISCAL_YEAR"}

// point compiles a time point; node is the same in its file, for the members that the typed form leaves out.
func (c *compiler) point(tp *hubspot.TimePoint, node *source.Node, t target, what string) *point {
	fail := func(code, hint, format string, args ...any) *point {
		pos := t.op.Pos
		if node != nil {
			pos = node.Pos
		}
		c.r.Errorf(pos, code, hint, format, args...)
		return nil
	}
	if tp == nil {
		return fail("missing_value", "", "%s %s on %s needs %q", t.op.Type, t.op.Operator, show(t.prop.Name), what)
	}
	zone, ok := c.zone(tp.ZoneID, t)
	if !ok {
		return nil
	}
	p := &point{zone: zone, typ: tp.TimeType}
	if p.offset, ok = readOffset(tp.Offset); !ok {
		return fail("bad_value", "", "the offset of %q on %s is larger than a filter can use", what, show(t.prop.Name))
	}
	switch tp.TimeType {
	case "DATE":
		if p.fixed, ok = dateSpan(tp, zone); !ok {
			return fail("bad_value", "", "%04d-%02d-%02d with the time given is no date", tp.Year, tp.Month, tp.Day)
		}
	case "INDEXED":
		if p.index, ok = readIndex(tp.Reference, node.Get("indexReference")); !ok {
			return fail("bad_value", operatorHint(tp.Reference, indexReferences), "%s is no reference of an INDEXED time point, or its parts are out of range", quote(tp.Reference))
		}
		if strings.HasPrefix(tp.Reference, "FISCAL_") {
			c.r.Warnf(t.op.Pos, "fiscal_year", "", "askflow does not know when the portal's fiscal year starts; %s starts in January here", tp.Reference)
		}
	case "PROPERTY_REFERENCED":
		if tp.Property == "" {
			return fail("missing_value", "", "a PROPERTY_REFERENCED time point needs \"property\"")
		}
		prop, defined := c.property(tp.Property, t.op.Pos, t.scope)
		if !defined {
			return nil
		}
		p.property, p.propType = tp.Property, prop.Type
		c.reference(p, tp.PropertyValue, t)
	default:
		return fail("bad_value", "use DATE, INDEXED or PROPERTY_REFERENCED", "%s is no type of time point", quote(tp.TimeType))
	}
	return p
}

// reference reads what of the property counts: its value, its yearly return, or something only its history knows.
func (c *compiler) reference(p *point, referenceType string, t target) {
	switch referenceType {
	case "", "VALUE":
	case "ANNIVERSARY":
		p.anniversary = true
	default:
		p.unknowable = true
		c.r.Warnf(t.op.Pos, "no_history", "", "fixtures have no history: %s of %s is not known in a rehearsal, so no record meets the filter on %s", show(referenceType), show(p.property), show(t.prop.Name))
	}
}

// zone loads a filter's time zone; none means the portal's. "Local" would make results differ between machines.
func (c *compiler) zone(id string, t target) (*time.Location, bool) {
	if id == "" {
		return c.env.Zone, true
	}
	zone, err := time.LoadLocation(id)
	if err != nil || id == "Local" {
		c.r.Errorf(t.op.Pos, "bad_time_zone", "use a name such as Europe/Berlin or US/Eastern", "%s is no time zone", quote(id))
		return nil, false
	}
	return zone, true
}

func dateSpan(tp *hubspot.TimePoint, zone *time.Location) (span, bool) {
	if tp.Year < 1 || tp.Year > 9999 || tp.Month < 1 || tp.Month > 12 || tp.Hour > 23 ||
		!within(tp.Minute, 60) || !within(tp.Second, 60) || !within(tp.Millisecond, 1000) {
		return span{}, false
	}
	day := time.Date(tp.Year, time.Month(tp.Month), tp.Day, 0, 0, 0, 0, zone)
	if tp.Day < 1 || tp.Day > 31 || time.Date(tp.Year, time.Month(tp.Month), tp.Day, 12, 0, 0, 0, time.UTC).Day() != tp.Day {
		return span{}, false
	}
	if tp.Hour < 0 {
		return daySpan(day), true
	}
	at := time.Date(tp.Year, time.Month(tp.Month), tp.Day, tp.Hour, tp.Minute, tp.Second, tp.Millisecond*int(time.Millisecond), zone)
	return span{at, at}, true
}

func within(n, limit int) bool { return n >= 0 && n < limit }

func readOffset(units map[string]int) (offset, bool) {
	const most = 1_000_000 // of months and days: beyond every calendar
	var o offset
	for unit, n := range units {
		limit := most
		switch unit {
		case "years":
			o.months, limit = o.months+12*n, most/12
		case "quarters":
			o.months, limit = o.months+3*n, most/3
		case "months":
			o.months += n
		case "weeks":
			o.days, limit = o.days+7*n, most/7
		case "days":
			o.days += n
		case "hours":
			o.clock += time.Duration(n) * time.Hour
		case "minutes":
			o.clock, limit = o.clock+time.Duration(n)*time.Minute, 60*most
		case "seconds":
			o.clock, limit = o.clock+time.Duration(n)*time.Second, 1000*most
		case "milliseconds":
			o.clock, limit = o.clock+time.Duration(n)*time.Millisecond, 1000*most
		}
		if n > limit || n < -limit {
			return offset{}, false
		}
	}
	return o, true
}

func readIndex(reference string, n *source.Node) (index, bool) {
	x := index{reference: strings.TrimPrefix(reference, "FISCAL_"), weekday: time.Monday, dayOfMonth: 1, month: 1}
	known := false
	for _, r := range indexReferences {
		known = known || r == reference
	}
	if !known {
		return x, false
	}
	ok := true
	number := func(key string, otherwise, from, to int) int {
		v := n.Get(key)
		if !v.IsScalar() {
			return otherwise
		}
		i, err := strconv.Atoi(v.Text)
		if err != nil || i < from || i > to {
			ok = false
		}
		x.timed = x.timed || key == "hour"
		return i
	}
	if v := n.Get("dayOfWeek"); v.IsScalar() {
		day, found := weekday(v.Text)
		x.weekday, ok = day, found
	}
	if v := n.Get("month"); v.IsScalar() {
		month, found := monthNumber(v.Text)
		x.month, ok = int(month), ok && found
	}
	x.dayOfMonth = number("dayOfMonth", 1, 1, 31)
	x.clock = time.Duration(number("hour", 0, 0, 23))*time.Hour + time.Duration(number("minute", 0, 0, 59))*time.Minute +
		time.Duration(number("second", 0, 0, 59))*time.Second + time.Duration(number("millisecond", 0, 0, 999))*time.Millisecond
	return x, ok
}

func weekday(s string) (time.Weekday, bool) {
	for d := time.Sunday; d <= time.Saturday; d++ {
		if strings.EqualFold(s, d.String()) {
			return d, true
		}
	}
	return time.Monday, false
}

func monthNumber(s string) (time.Month, bool) {
	for m := time.January; m <= time.December; m++ {
		if strings.EqualFold(s, m.String()) || s == strconv.Itoa(int(m)) {
			return m, true
		}
	}
	return time.January, false
}

// at resolves the point for a record; ok is false where the property it refers to has no date.
func (p *point) at(rec Record) (span, bool) {
	switch p.typ {
	case "DATE":
		return p.offset.move(p.fixed), true
	case "INDEXED":
		return p.offset.move(p.index.at(rec.Now().In(p.zone))), true
	}
	m, ok := parseMoment(rec.Get(p.property), p.propType, p.zone)
	if !ok || p.unknowable {
		return span{}, false
	}
	t := m.in(p.zone)
	if p.anniversary {
		// Born on 29 February means 28 February in the years between.
		return p.offset.move(daySpan(addMonths(t, 12*(rec.Now().In(p.zone).Year()-t.Year())))), true
	}
	if m.day {
		return p.offset.move(daySpan(t)), true
	}
	return p.offset.move(span{t, t}), true
}

func (x index) at(now time.Time) span {
	var day time.Time
	switch x.reference {
	case "NOW":
		return span{now, now}
	case "WEEK":
		day = startOfWeek(now, x.weekday)
	case "MONTH":
		day = startOfMonth(now)
	case "QUARTER":
		day = startOfQuarter(now, time.January)
	case "YEAR":
		day = addMonths(startOfYear(now, time.January), x.month-1)
	default: // TODAY
		day = startOfDay(now)
	}
	if x.dayOfMonth > 1 && (x.reference == "MONTH" || x.reference == "YEAR") {
		y, m, _ := day.Date()
		last := time.Date(y, m+1, 0, 0, 0, 0, 0, time.UTC).Day()
		day = time.Date(y, m, min(x.dayOfMonth, last), 0, 0, 0, 0, day.Location())
	}
	if x.timed {
		y, m, d := day.Date()
		at := time.Date(y, m, d, 0, 0, 0, int(x.clock), day.Location())
		return span{at, at}
	}
	return daySpan(day)
}

// move applies the offset: days and months move whole days, hours make an instant of them.
func (o offset) move(s span) span {
	if o == (offset{}) {
		return s
	}
	t := addMonths(s.from, o.months).AddDate(0, 0, o.days).Add(o.clock)
	if s.instant() || o.clock != 0 {
		return span{t, t}
	}
	return daySpan(t)
}

// words show the point: a date, or what it refers to and the date that gives.
func (p *point) words(rec Record) string {
	s, ok := p.at(rec)
	if !ok {
		return show(p.property)
	}
	shown := showSpan(s)
	switch p.typ {
	case "INDEXED":
		return fmt.Sprintf("%s (%s%s)", shown, p.index.reference, p.offset)
	case "PROPERTY_REFERENCED":
		return fmt.Sprintf("%s (%s%s)", shown, show(p.property), p.offset)
	}
	return shown
}

func showSpan(s span) string {
	if s.instant() {
		return s.from.Format("2006-01-02 15:04:05 -07:00")
	}
	return s.from.Format(dayLayout)
}

// String shows the offset behind a reference: " -7 days".
func (o offset) String() string {
	out := ""
	if o.months != 0 {
		out += fmt.Sprintf(" %+d months", o.months)
	}
	if o.days != 0 {
		out += fmt.Sprintf(" %+d days", o.days)
	}
	if o.clock != 0 {
		sign := "+"
		if o.clock < 0 {
			sign = ""
		}
		out += " " + sign + o.clock.String()
	}
	return out
}
