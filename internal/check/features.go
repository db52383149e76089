package check

import (
	"strings"

	"askflow/internal/filter"
	"askflow/internal/flow"
	"askflow/internal/hubspot"
	"askflow/internal/source"
)

// features names what a workflow asks for that a rehearsal does not do, and what happens instead.
func (c *checker) features() {
	f := c.f
	pos := func(key string) source.Pos {
		if n := f.Node.Get(key); n != nil {
			return n.Pos
		}
		return f.Pos
	}
	warn := func(present bool, at source.Pos, hint, message string) {
		if present {
			c.Warnf(at, "feature_not_emulated", hint, "%s", message)
		}
	}
	warn(f.Schedule != nil, pos("enrollmentSchedule"), "every run is one occasion", "the enrollment schedule is not emulated: records enroll when you start a run")
	warn(len(f.TimeWindows) > 0, pos("timeWindows"), "look at the actions' times with --timings", "the times at which actions may run are not emulated: actions run at once")
	warn(len(f.BlockedDates) > 0, pos("blockedDates"), "look at the actions' times with --timings", "pause dates are not emulated: actions run on those days too")
	warn(f.UnEnrollment != nil && (f.UnEnrollment.Type == "ALL" || len(f.UnEnrollment.FlowIDs) > 0), pos("unEnrollmentSetting"), "rehearse the other workflows by themselves",
		"leaving other workflows on enrolling is not emulated: each run is one workflow")
	warn(f.EventAnchor != nil, pos("eventAnchor"), "set the start of the clock with --now", "the date that this workflow is centred on is not emulated: delays count from the start of the run")
}

func (c *checker) disabled() {
	if c.f.Enabled {
		return
	}
	pos := c.f.Pos
	if n := c.f.Node.Get("isEnabled"); n != nil {
		pos = n.Pos
	}
	c.Notef(pos, "disabled", "", "the workflow is switched off; a rehearsal runs it all the same")
}

// enrollment says when nobody enrolls by itself.
func (c *checker) enrollment() {
	e := c.f.Enrollment
	const hint = "run with --enroll all, or with record ids"
	switch {
	case e == nil:
		c.Notef(c.f.Pos, "manual_enrollment", hint, "the workflow has no enrollment triggers: records enroll by hand only")
	case e.Type == flow.Manual:
		c.Notef(e.Pos, "manual_enrollment", hint, "records enroll by hand only")
	case e.Type == flow.Dataset:
		c.Warnf(e.Pos, "feature_not_emulated", hint, "enrollment from a dataset is not emulated: no record enrolls by it")
	case e.Type == flow.EventBased && len(e.EventFilters) == 0 && len(e.ListMembershipFilters) == 0:
		c.Warnf(e.Pos, "no_triggers", hint, "the workflow is event based and names no event: no record enrolls")
	case e.Type == flow.ListBased && e.ListFilter == nil:
		c.Warnf(e.Pos, "no_triggers", hint, "the workflow enrolls by a filter and has none")
	}
}

// filters compiles every filter as a run would.
func (c *checker) filters() {
	compile := func(branches ...*hubspot.FilterBranch) {
		for _, b := range branches {
			if b == nil {
				continue
			}
			_, problems := filter.Compile(b, filter.CompileEnv{ObjectType: c.object.Name, Schema: c.opt.Schema, File: c.f.File, Zone: c.p.Settings.Zone,
				KnowsList: func(id string) bool { _, ok := c.p.List(id); return ok }})
			c.Problems = append(c.Problems, problems...)
		}
	}
	if e := c.f.Enrollment; e != nil {
		compile(e.ListFilter, e.Refinement)
		compile(e.EventFilters...)
		compile(e.ListMembershipFilters...)
		compile(e.ReEnrollTriggers...)
	}
	compile(c.f.Goal, c.f.SuppressionFilter)
	for _, a := range c.f.Actions {
		for _, b := range a.ListBranches {
			compile(b.Filter)
			if b.Filter == nil {
				c.Warnf(b.Pos, "no_filter", "give it a condition", "%s: the branch %s has no condition and takes every record", c.name(a), quote(b.Name))
			}
		}
	}
}

// suppression: a list that nobody has named suppresses nobody.
func (c *checker) suppression() {
	n := c.f.Node.Get("suppressionListIds")
	var known []string
	for _, l := range c.p.Lists {
		known = append(known, l.ID)
	}
	for i, id := range c.f.SuppressionListIDs {
		pos := c.f.Pos
		if n != nil && i < len(n.Items) {
			pos = n.Items[i].Pos
		}
		list, ok := c.p.List(id)
		switch {
		case !ok:
			c.Warnf(pos, "unknown_list", joinHints(nearest(id, known), "name its members in records/lists.yaml"), "the suppression list %s is not in records/lists.yaml: it suppresses nobody", quote(id))
		case list.ObjectType != "" && list.ObjectType != c.object.Name:
			c.Warnf(pos, "wrong_list", "suppress with a list of "+c.object.Plural, "the suppression list %s holds records of another object (%s): it suppresses nobody", quote(list.Name), list.ObjectType)
		}
	}
}

func joinHints(a, b string) string {
	if a == "" {
		return b
	}
	if strings.HasSuffix(a, "?") {
		return a + " Otherwise " + b
	}
	return a + "; " + b
}

// notEmulated names every action that a run skips.
func (c *checker) notEmulated() {
	for _, a := range c.f.Actions {
		kind := c.kinds.Of(a)
		if kind.Emulated || !knownNode(a.Type) { // reading the file has named the latter
			continue
		}
		c.Warnf(a.Pos, "not_emulated", "a run skips it and goes on", "action %s (%s) is not emulated: %s", a.ID, kind.Label, kind.WhyNot)
	}
}

// knownNode tells whether a node of a flow is of a type that askflow reads.
func knownNode(t flow.NodeType) bool {
	switch t {
	case flow.SingleConnection, flow.ListBranchType, flow.StaticBranchType, flow.ABTestBranch, flow.CustomCodeType, flow.WebhookType:
		return true
	}
	return false
}

// unknownFields names fields that an emulated action does not have: most often a slip of the pen.
func (c *checker) unknownFields() {
	for _, a := range c.f.Actions {
		kind := c.kinds.Of(a)
		if a.Type != flow.SingleConnection || !kind.Emulated {
			continue
		}
		known := map[string]bool{}
		for _, k := range kind.Fields {
			known[k] = true
		}
		for _, m := range a.Fields.Members {
			if !known[m.Key] {
				c.Warnf(m.KeyPos, "unknown_field", nearest(m.Key, kind.Fields), "%s: the field %s is not known; it is kept, and has no effect", c.name(a), quote(m.Key))
			}
		}
	}
}
