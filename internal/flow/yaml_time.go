package flow

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"askflow/internal/hubspot"
	"askflow/internal/source"
)

// span is a stretch of time as people write it: 2d, 4h, 1d12h, -3d.
var (
	spanForm = regexp.MustCompile(`^-?([0-9]{1,7}(mo|[smhdwy]))+$`)
	spanPart = regexp.MustCompile(`([0-9]+)(mo|[smhdwy])`)
)

var spanUnits = map[string]string{"s": "SECONDS", "m": "MINUTES", "h": "HOURS", "d": "DAYS", "w": "WEEKS", "mo": "MONTHS", "y": "YEARS"}

var unitSeconds = map[string]int{"SECONDS": 1, "MINUTES": 60, "HOURS": 3600, "DAYS": 86400, "WEEKS": 7 * 86400}

// span reads a span as an amount of one unit: the unit as written where there is one, else minutes or seconds.
func (y *yamlFlow) span(n *source.Node, what string) (delta int, unit string, ok bool) {
	text := textOf(n)
	parts := spanPart.FindAllStringSubmatch(text, -1)
	if !spanForm.MatchString(text) {
		y.r.Errorf(n.Pos, "bad_span", "write 30m, 4h, 2d, 1w or 1d12h", "%s: %s is no span of time", what, show(n))
		return 0, "", false
	}
	sign := 1
	if strings.HasPrefix(text, "-") {
		sign = -1
	}
	if len(parts) == 1 {
		v, _ := strconv.Atoi(parts[0][1]) // seven digits at most
		return sign * v, spanUnits[parts[0][2]], true
	}
	seconds := 0
	for _, p := range parts {
		each := unitSeconds[spanUnits[p[2]]]
		v, _ := strconv.Atoi(p[1])
		if each == 0 {
			y.r.Errorf(n.Pos, "bad_span", "write months and years alone, for example 6mo", "%s: %s mixes months or years with other units", what, show(n))
			return 0, "", false
		}
		seconds += v * each
		if seconds > 1_000_000_000_000 {
			y.r.Errorf(n.Pos, "bad_span", "", "%s: %s is too long", what, show(n))
			return 0, "", false
		}
	}
	if seconds%60 == 0 {
		return sign * seconds / 60, "MINUTES", true
	}
	return sign * seconds, "SECONDS", true
}

// inMinutes turns a span into minutes where that is exact.
func inMinutes(delta int, unit string) (int, string) {
	if each := unitSeconds[unit]; each >= 60 {
		return delta * (each / 60), "MINUTES"
	}
	if unit == "SECONDS" && delta%60 == 0 {
		return delta / 60, "MINUTES"
	}
	return delta, unit
}

// delayFields reads delay: a span, kept in minutes as exports do, or an amount of a named unit, kept as it is.
func (y *yamlFlow) delayFields(s *yamlStep, fields *source.Node) {
	set := func(delta, unit string, pos source.Pos) {
		fields.Set("delta", source.NewString(delta, pos))
		fields.Set("time_unit", source.NewString(unit, pos))
	}
	if s.inner == nil {
		if delta, unit, ok := y.span(s.body, stepDelay); ok {
			if delta < 0 {
				y.r.Errorf(s.body.Pos, "bad_span", "", "a delay cannot be negative")
			}
			delta, unit = inMinutes(delta, unit)
			set(strconv.Itoa(delta), unit, s.body.Pos)
		}
		return
	}
	found := false
	for _, unit := range []string{"SECONDS", "MINUTES", "HOURS", "DAYS", "WEEKS", "MONTHS", "YEARS"} {
		n := y.scalar(s.inner, strings.ToLower(unit))
		if n == nil {
			continue
		}
		if _, ok := smallID(n.Text); !ok || found {
			y.r.Errorf(n.Pos, "bad_span", "for example delay: {days: 2}", "a delay takes one whole number of one unit")
		}
		found = true
		set(n.Text, unit, n.Pos)
	}
	if !found {
		y.r.Errorf(s.body.Pos, "bad_span", "for example delay: 2d, or delay: {days: 2}", "this delay has no length")
	}
}

// timeDelay reads a span from now: 3d, {in: 3d, at: "09:00"}, or a v4 TimeDelay.
func (y *yamlFlow) timeDelay(n *source.Node, what string) *source.Node {
	if n.Kind == source.Object && n.Get("timeUnit") != nil {
		return n.Clone()
	}
	out := source.NewObject(n.Pos)
	span, at := n, (*source.Node)(nil)
	if n.Kind == source.Object {
		o := y.r.Object(n, what)
		span, at = o.Get("in"), o.Get("at")
		o.Done()
	}
	if span == nil {
		y.r.Errorf(n.Pos, "missing_key", "for example {in: 3d, at: \"09:00\"}", "%s needs %q", what, "in")
		return out
	}
	delta, unit, ok := y.span(span, what)
	if !ok {
		return out
	}
	out.Set("delta", source.NewNumber(strconv.Itoa(delta), span.Pos))
	out.Set("timeUnit", source.NewString(unit, span.Pos))
	out.Set("daysOfWeek", source.NewArray(span.Pos))
	if at != nil {
		out.Set("timeOfDay", y.timeOfDay(at))
	}
	return out
}

func (y *yamlFlow) timeOfDay(n *source.Node) *source.Node {
	out := source.NewObject(n.Pos)
	t, err := time.Parse("15:04", textOf(n))
	if err != nil {
		y.r.Errorf(n.Pos, "bad_time", `for example "09:00"`, "%s is no time of day", show(n))
		return out
	}
	out.Set("hour", source.NewNumber(strconv.Itoa(t.Hour()), n.Pos))
	out.Set("minute", source.NewNumber(strconv.Itoa(t.Minute()), n.Pos))
	return out
}

// delayUntilFields reads date or property, plus, and at.
func (y *yamlFlow) delayUntilFields(o *source.Fields, fields *source.Node) {
	date, property := o.Get("date"), y.scalar(o, "property")
	switch {
	case (date == nil) == (property == nil):
		y.r.Errorf(o.Node.Pos, "missing_key", "", "delay_until needs either %q or %q", "date", "property")
	case property != nil:
		fields.Set("date", withText(hubspot.ObjectProperty, "propertyName", source.NewString(property.Text, property.Pos)))
	case date.IsScalar():
		fields.Set("date", withText(hubspot.StaticValue, "staticValue", source.NewString(y.moment(date), date.Pos)))
	default:
		fields.Set("date", y.value(date, "date"))
	}
	delta, unit, pos := 0, "DAYS", o.Node.Pos
	if n := o.Get("plus"); n != nil {
		pos = n.Pos
		delta, unit, _ = y.span(n, "plus")
		if unit != "DAYS" {
			delta, unit = inMinutes(delta, unit)
		}
	}
	fields.Set("delta", source.NewString(strconv.Itoa(delta), pos))
	fields.Set("time_unit", source.NewString(unit, pos))
	if n := o.Get("at"); n != nil {
		fields.Set("time_of_day", y.timeOfDay(n))
	}
}

// moment reads a date for delay_until. With a known zone, or a zone in the text, it becomes epoch milliseconds; else the
// text stays, and means the portal's local time.
func (y *yamlFlow) moment(n *source.Node) string {
	if t, err := time.Parse(time.RFC3339, n.Text); err == nil {
		return strconv.FormatInt(t.UnixMilli(), 10)
	}
	for _, layout := range localLayouts() {
		t, err := time.Parse(layout, n.Text)
		if err != nil {
			continue
		}
		if y.opt.zone == nil {
			return n.Text
		}
		t = time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, y.opt.zone)
		return strconv.FormatInt(t.UnixMilli(), 10)
	}
	y.r.Errorf(n.Pos, "bad_date", "write 2026-02-01 or 2026-02-01T09:00", "%s is no date", show(n))
	return n.Text
}

func localLayouts() []string {
	return []string{"2006-01-02", "2006-01-02T15:04", "2006-01-02T15:04:05"}
}
