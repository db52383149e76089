package filter

import (
	"fmt"
	"time"

	"askflow/internal/hubspot"
)

// dateTest reads the value as a date and leaves the comparison to a window.
type dateTest struct {
	typ  hubspot.PropertyType
	zone *time.Location // of times without one, and of days where the window has none
	window
	negated bool
	noDate  string // why a value that is a date may still not be compared
}

// window says whether a moment lies in it. ok is false where the window cannot be placed for this record.
type window interface {
	holds(rec Record, m moment) (in, ok bool)
	describe(rec Record) string
}

func (d *dateTest) match(rec Record, value string) verdict {
	m, ok := parseMoment(value, d.typ, d.zone)
	if !ok {
		return unknown
	}
	in, ok := d.holds(rec, m)
	if !ok {
		return unknown
	}
	return verdictOf(in != d.negated)
}

func (d *dateTest) words(rec Record) (holds, fails string) {
	return phrase(d.describe(rec), d.negated)
}

func (d *dateTest) invalid(value string) string {
	if _, ok := parseMoment(value, d.typ, d.zone); ok && d.noDate != "" {
		return "which cannot be compared: " + d.noDate
	}
	return "which is no date"
}

func (c *compiler) dateTest(t target, w window) *dateTest {
	return &dateTest{typ: t.prop.Type, zone: c.env.Zone, window: w, negated: t.operator == "IS_NOT_BETWEEN"}
}

// pointWindow is everything before or after a point.
type pointWindow struct {
	p         *point
	before    bool
	inclusive bool
}

func (w *pointWindow) holds(rec Record, m moment) (in, ok bool) {
	s, ok := w.p.at(rec)
	if !ok {
		return false, false
	}
	if w.before {
		return s.before(m.in(w.p.zone), w.inclusive), true
	}
	return s.after(m.in(w.p.zone), w.inclusive), true
}

func (w *pointWindow) describe(rec Record) string {
	words := "after "
	if w.before {
		words = "before "
	}
	if w.inclusive {
		words = "on or " + words
	}
	return words + w.p.words(rec)
}

func compileTimePoint(c *compiler, t target) test {
	p := c.point(t.op.TimePoint, t.op.Node.Get("timePoint"), t, "timePoint")
	inclusive, ok := c.endpoint(t.op.Endpoint, "EXCLUSIVE", t)
	if p == nil || !ok {
		return nil
	}
	out := c.dateTest(t, &pointWindow{p: p, before: t.operator == "IS_BEFORE", inclusive: inclusive})
	out.noDate = p.noDate()
	return out
}

func (p *point) noDate() string {
	switch {
	case p.property == "":
		return ""
	case p.unknowable:
		return "when " + show(p.property) + " was updated is not known in a rehearsal"
	default:
		return show(p.property) + " has no date"
	}
}

// endpoint reads an endpoint behavior.
func (c *compiler) endpoint(behavior, otherwise string, t target) (inclusive, ok bool) {
	if behavior == "" {
		behavior = otherwise
	}
	if behavior != "INCLUSIVE" && behavior != "EXCLUSIVE" {
		c.r.Errorf(t.op.Pos, "bad_value", "use INCLUSIVE or EXCLUSIVE", "%s is no endpoint behavior", quote(behavior))
		return false, false
	}
	return behavior == "INCLUSIVE", true
}

// rangeWindow lies between two points.
type rangeWindow struct {
	lower, upper                   *point
	lowerInclusive, upperInclusive bool
}

func (w *rangeWindow) holds(rec Record, m moment) (in, ok bool) {
	lower, okLower := w.lower.at(rec)
	upper, okUpper := w.upper.at(rec)
	if !okLower || !okUpper {
		return false, false
	}
	return lower.after(m.in(w.lower.zone), w.lowerInclusive) && upper.before(m.in(w.upper.zone), w.upperInclusive), true
}

func (w *rangeWindow) describe(rec Record) string {
	return "between " + w.lower.words(rec) + " and " + w.upper.words(rec)
}

func compileTimeRange(c *compiler, t target) test {
	lower := c.point(t.op.LowerPoint, t.op.Node.Get("lowerBoundTimePoint"), t, "lowerBoundTimePoint")
	upper := c.point(t.op.UpperPoint, t.op.Node.Get("upperBoundTimePoint"), t, "upperBoundTimePoint")
	lowerInclusive, okLower := c.endpoint(t.op.LowerEndpoint, "INCLUSIVE", t)
	upperInclusive, okUpper := c.endpoint(t.op.UpperEndpoint, "INCLUSIVE", t)
	if lower == nil || upper == nil || !okLower || !okUpper {
		return nil
	}
	c.order(lower, upper, t)
	out := c.dateTest(t, &rangeWindow{lower, upper, lowerInclusive, upperInclusive})
	if out.noDate = lower.noDate(); out.noDate == "" {
		out.noDate = upper.noDate()
	}
	return out
}

// order warns about bounds that are the wrong way round.
func (c *compiler) order(lower, upper *point, t target) {
	if lower.typ == "DATE" && upper.typ == "DATE" && lower.offset.move(lower.fixed).from.After(upper.offset.move(upper.fixed).from) {
		c.r.Warnf(t.op.Pos, "bad_value", "swap the bounds", "the lower bound is later than the upper bound, so nothing lies between them")
	}
}

// timestamp makes a point of a value in DATETIME and RANGED_DATE: epoch milliseconds, or a date as text.
func (c *compiler) timestamp(value string, t target, wholeDay bool) *point {
	m, ok := parseMoment(value, t.prop.Type, c.env.Zone)
	if !ok {
		c.r.Errorf(t.op.Pos, "bad_value", "write milliseconds since 1970, YYYY-MM-DD or RFC 3339", "%s %s on %s compares with %s, which is no date", t.op.Type, t.op.Operator, show(t.prop.Name), quote(value))
		return nil
	}
	at := m.in(c.env.Zone)
	p := &point{zone: c.env.Zone, typ: "DATE", fixed: span{at, at}}
	if m.day || wholeDay {
		p.fixed = daySpan(at)
	}
	return p
}

// dayWindow is one calendar day.
type dayWindow struct{ p *point }

func (w *dayWindow) holds(_ Record, m moment) (in, ok bool) {
	t := m.in(w.p.zone)
	return !t.Before(w.p.fixed.from) && t.Before(w.p.fixed.until), true
}

func (w *dayWindow) describe(rec Record) string { return "on " + w.p.words(rec) }

func compileDatetime(c *compiler, t target) test {
	if !c.need(t) {
		return nil
	}
	wholeDay := t.operator != "IS_BEFORE" && t.operator != "IS_AFTER"
	p := c.timestamp(t.op.Values[0], t, wholeDay)
	if p == nil {
		return nil
	}
	if t.operator == "IS_EQUAL_TO" {
		return c.dateTest(t, &dayWindow{p})
	}
	return c.dateTest(t, &pointWindow{p: p, before: t.operator == "IS_BEFORE" || t.operator == "IS_BEFORE_DATE"})
}

func compileRangedDate(c *compiler, t target) test {
	if !c.bounds(t) {
		return nil
	}
	lower, upper := c.timestamp(t.op.Lower, t, false), c.timestamp(t.op.Upper, t, false)
	if lower == nil || upper == nil {
		return nil
	}
	c.order(lower, upper, t)
	return c.dateTest(t, &rangeWindow{lower, upper, true, true})
}

// rollingWindow is ROLLING_DATE_RANGE: days count as whole days, times as 24 hours each.
type rollingWindow struct {
	days    int
	future  bool
	more    bool
	zone    *time.Location
	wording string
}

func compileRolling(c *compiler, t target) test {
	if t.op.Node != nil && t.op.Node.Get("numberOfDays") == nil {
		c.r.Errorf(t.op.Pos, "missing_value", "", "%s on %s needs \"numberOfDays\"", t.op.Operator, show(t.prop.Name))
		return nil
	}
	if t.op.NumberOfDays < 0 || t.op.NumberOfDays > 1_000_000 {
		c.r.Errorf(t.op.Pos, "bad_value", "", "%s on %s takes a number of days from 0 to 1000000, not %d", t.op.Operator, show(t.prop.Name), t.op.NumberOfDays)
		return nil
	}
	w := &rollingWindow{days: t.op.NumberOfDays, zone: c.env.Zone}
	length, side := "less", "ago"
	switch t.operator {
	case "IS_MORE_THAN_X_DAYS_AGO":
		w.more, length = true, "more"
	case "IS_LESS_THAN_X_DAYS_FROM_NOW":
		w.future, side = true, "from now"
	case "IS_MORE_THAN_X_DAYS_FROM_NOW":
		w.future, w.more, length, side = true, true, "more", "from now"
	}
	w.wording = fmt.Sprintf("%s than %d days %s", length, w.days, side)
	return c.dateTest(t, w)
}

func (w *rollingWindow) holds(rec Record, m moment) (in, ok bool) {
	now := rec.Now().In(w.zone)
	if m.day {
		now = startOfDay(now)
	}
	t := m.in(w.zone)
	direction := -1
	if w.future {
		direction = 1
	}
	edge := now.AddDate(0, 0, direction*w.days)
	switch {
	case w.more && w.future:
		return t.After(edge), true
	case w.more:
		return t.Before(edge), true
	case w.future:
		return !t.Before(now) && t.Before(edge), true
	default:
		return !t.After(now) && t.After(edge), true
	}
}

func (w *rollingWindow) describe(rec Record) string {
	return w.wording + " (now: " + rec.Now().In(w.zone).Format("2006-01-02 15:04") + ")"
}

// comparativeDate is before or after another date of the same record.
type comparativeDate struct {
	property  string
	propType  hubspot.PropertyType
	otherwise string
	before    bool
	zone      *time.Location
}

func compileComparativeDate(c *compiler, t target) test {
	if t.op.ComparisonProperty == "" {
		c.r.Errorf(t.op.Pos, "missing_value", "", "COMPARATIVE_DATE on %s needs \"comparisonPropertyName\"", show(t.prop.Name))
		return nil
	}
	w := &comparativeDate{property: t.op.ComparisonProperty, propType: t.comparison.Type, otherwise: t.op.ComparisonDefault, before: t.operator == "IS_BEFORE", zone: c.env.Zone}
	out := c.dateTest(t, w)
	out.noDate = show(w.property) + " has no date"
	return out
}

func (w *comparativeDate) other(rec Record) string {
	if v := rec.Get(w.property); v != "" {
		return v
	}
	return w.otherwise
}

// holds compares days as soon as one of the two is a day.
func (w *comparativeDate) holds(rec Record, m moment) (in, ok bool) {
	other, ok := parseMoment(w.other(rec), w.propType, w.zone)
	if !ok {
		return false, false
	}
	a, b := m.in(w.zone), other.in(w.zone)
	if m.day || other.day {
		a, b = startOfDay(a), startOfDay(b)
	}
	if w.before {
		return a.Before(b), true
	}
	return a.After(b), true
}

func (w *comparativeDate) describe(rec Record) string {
	words := "after "
	if w.before {
		words = "before "
	}
	return words + show(w.property) + ", which is " + quote(w.other(rec))
}
