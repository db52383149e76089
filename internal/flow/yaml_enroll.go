package flow

import (
	"askflow/internal/source"
)

// enroll reads who enrolls: when with re_enroll, manual: true, or a v4 object under criteria.
func (y *yamlFlow) enroll(o *source.Fields, out *source.Node) {
	n := o.Get("enroll")
	if n == nil {
		return
	}
	e := y.r.Object(n, "enroll")
	when, raw, manual := e.Get("when"), e.Get("criteria"), e.Bool("manual", false)
	ways := 0
	for _, there := range []bool{when != nil, raw != nil, manual} {
		if there {
			ways++
		}
	}
	if ways != 1 {
		y.r.Errorf(n.Pos, "bad_enroll", "keep one of them", "enroll takes one of when, manual: true and criteria")
	}
	criteria := source.NewObject(n.Pos)
	switch {
	case when != nil:
		again, triggers := y.reEnroll(e)
		criteria.Set("type", source.NewString(ListBased, n.Pos))
		criteria.Set("shouldReEnroll", again)
		criteria.Set("listFilterBranch", y.condition(when, "when"))
		criteria.Set("unEnrollObjectsNotMeetingCriteria", source.NewBool(e.Bool("unenroll_when_not_met", false), e.Pos("unenroll_when_not_met")))
		criteria.Set("reEnrollmentTriggersFilterBranches", triggers)
	case raw != nil:
		criteria = y.raw(raw)
	case manual:
		again, triggers := y.reEnroll(e)
		if len(triggers.Items) > 0 {
			y.r.Errorf(triggers.Pos, "bad_enroll", "write re_enroll: true", "a manual workflow has no triggers to re-enroll by")
		}
		criteria.Set("type", source.NewString(Manual, n.Pos))
		criteria.Set("shouldReEnroll", again)
	}
	e.Done()
	out.Set("enrollmentCriteria", criteria)
}

// reEnroll reads true, false, or the properties whose change enrolls a record again.
func (y *yamlFlow) reEnroll(e *source.Fields) (again, triggers *source.Node) {
	n := e.Get("re_enroll")
	pos := e.Pos("re_enroll")
	triggers = source.NewArray(pos)
	if n == nil {
		return source.NewBool(false, pos), triggers
	}
	if n.Kind == source.Bool {
		return source.NewBool(n.Text == "true", pos), triggers
	}
	items := []*source.Node{n}
	if n.Kind == source.Array {
		items = n.Items
	}
	for _, it := range items {
		switch {
		case it.IsScalar():
			known := &operation{y: y, operator: "known", pos: it.Pos, value: it}
			triggers.Items = append(triggers.Items, y.changeTrigger(it.Text, it.Pos, known.begin("ALL_PROPERTY", "IS_KNOWN")))
		case it.Kind == source.Object:
			for _, m := range it.Members {
				for _, f := range y.propertyFilters(m.Key, m.KeyPos, m.Value) {
					triggers.Items = append(triggers.Items, y.changeTrigger(m.Key, m.KeyPos, f.Get("operation")))
				}
			}
		default:
			y.r.Errorf(it.Pos, "wrong_type", "for example re_enroll: [message]", "re_enroll takes properties, but here stands %s", it.Kind)
		}
	}
	return source.NewBool(len(items) > 0, pos), triggers
}

// changeTrigger is how v4 says that a property got a value: its name and what the value must be, side by side.
func (y *yamlFlow) changeTrigger(property string, pos source.Pos, becomes *source.Node) *source.Node {
	and := filterBranch("AND", pos)
	name := (&operation{y: y, pos: pos}).begin("STRING", "IS_EQUAL_TO")
	name.Set("value", source.NewString(property, pos))
	for _, f := range []struct {
		key string
		op  *source.Node
	}{{"hs_name", name}, {"hs_value", becomes}} {
		filter := source.NewObject(pos)
		filter.Set("filterType", source.NewString("PROPERTY", pos))
		filter.Set("property", source.NewString(f.key, pos))
		filter.Set("operation", f.op)
		and.Get("filters").Items = append(and.Get("filters").Items, filter)
	}
	return and
}
