package action

import (
	"context"

	"askflow/internal/hubspot"
	"askflow/internal/run"
	"askflow/internal/source"
)

// NeverGoesOn begins the reason of an enrollment that stays ACTIVE for good, in a delay that does not end.
const NeverGoesOn = "waits without end: "

// never is the outcome of a delay that does not end. HubSpot lets ERAS and FOREVER, and spans that no calendar holds, be
// written; nobody has published what it does with them. Here the enrollment stays ACTIVE and never goes on, as the words say.
func never(why error) run.Outcome {
	return run.Outcome{State: run.Success, Forever: true, Reason: NeverGoesOn + why.Error()}
}

// delay waits for a set amount of time.
type delay struct {
	delta int
	unit  string
}

func (c *compiler) delay() Runner {
	f := c.r.Object(c.action.Fields, "a delay")
	d := &delay{delta: f.Int("delta", 0), unit: f.String("time_unit")}
	if f.Get("delta") == nil {
		c.r.Errorf(c.action.Pos, "missing_key", "", `a delay needs "delta"`)
	}
	if d.unit != "" && !hubspot.IsTimeUnit(d.unit) {
		c.r.Errorf(f.Pos("time_unit"), "bad_delay", "use MINUTES, HOURS or DAYS", "this delay cannot be computed: %q is no unit of time", d.unit)
	}
	return d
}

func (d *delay) Run(_ context.Context, s *Scope) run.Outcome {
	if d.delta <= 0 { // of whatever unit
		now := s.Now()
		return run.Outcome{State: run.Success, WaitUntil: &now}
	}
	then, err := addSpan(s.Now(), d.delta, d.unit)
	if err != nil {
		return never(err)
	}
	return run.Outcome{State: run.Success, WaitUntil: &then}
}

// delayUntil waits until a calendar date, or a date in a property of the record, plus or minus a span, at a time of day.
type delayUntil struct {
	env   *Env
	date  *evaluator
	delta int
	unit  string
	at    *hubspot.TimeOfDay
}

func (c *compiler) delayUntil() Runner {
	f := c.r.Object(c.action.Fields, "a delay until a date")
	d := &delayUntil{env: c.env, delta: f.Int("delta", 0), unit: f.String("time_unit"), at: hubspot.ReadTimeOfDay(c.r, f.Get("time_of_day"))}
	n := c.action.Field("date")
	if n == nil { // the documentation also prints this type id as a plain delay
		return &delay{delta: d.delta, unit: d.unit}
	}
	v := hubspot.ReadValue(c.r, n, "date")
	d.date = c.value(v)
	if v.Type == hubspot.StaticValue && !source.ValidNumber(v.Text) {
		if _, ok := parseMoment(v.Text, c.env.Location); !ok && d.date.text.tpl.Static() {
			c.r.Errorf(v.TextPos, CodeInvalidDate, "write 2026-01-31, 2026-01-31T09:00, or epoch milliseconds", "%q is no date", shorten(v.Text, 60))
		}
	}
	return d
}

func (d *delayUntil) Run(_ context.Context, s *Scope) run.Outcome {
	raw, ok, failure := d.date.eval(s)
	if failure != nil {
		return failed(failure)
	}
	if !ok || raw == "" {
		return run.Outcome{State: run.Success, Reason: d.date.describe() + " is empty, so there is nothing to wait for"}
	}
	then, ok := parseMoment(raw, d.env.Location)
	if !ok {
		return failed(failf(CodeInvalidDate, "", "%q is no date to wait for", shorten(raw, 60)))
	}
	if d.delta != 0 {
		later, err := addSpan(then, d.delta, d.unit)
		switch {
		case err != nil && d.delta > 0:
			return never(err)
		case err != nil:
			return run.Outcome{State: run.Success, Reason: "the date has passed: it lies before every calendar"}
		}
		then = later
	}
	if d.at != nil {
		then = atTime(then, d.at)
	}
	if !then.After(s.Now()) {
		return run.Outcome{State: run.Success, Reason: "the date has passed: " + then.Format("2006-01-02 15:04")}
	}
	return run.Outcome{State: run.Success, WaitUntil: &then}
}
