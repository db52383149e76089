package engine

import (
	"strings"

	"askflow/internal/action"
	"askflow/internal/filter"
	"askflow/internal/flow"
	"askflow/internal/hubspot"
)

// Explainer says condition by condition why a workflow would enroll a record or not. It is immutable: any number of
// goroutines may ask it.
type Explainer struct {
	p        *Program
	triggers [][]line
	refine   [][]line
	goal     [][]line
	unenroll [][]line
}

// Explained is what a workflow makes of one record.
type Explained struct {
	Enrolls bool
	// Reason says why not, "" when the record enrolls. It is what a run gives.
	Reason string
	// Sections are the parts that decide; the record enrolls when every one of them lets it.
	Sections []Section
}

// Section is one part of what decides: the enrollment triggers, the suppression lists, the goal.
type Section struct {
	Title string `json:"title"`
	// OK tells that this part lets the record enroll.
	OK bool `json:"ok"`
	// Any tells that one of the groups holds: what the triggers need, and what suppression and goal must not have.
	Any bool `json:"any"`
	// Groups are alternatives, each a list of conditions that must all hold.
	Groups [][]Condition `json:"groups"`
}

// Condition is one condition of a section.
type Condition struct {
	// OK tells that the condition holds for the record.
	OK bool `json:"ok"`
	// Unknown tells that a rehearsal cannot know; OK is then false.
	Unknown bool `json:"unknown,omitempty"`
	// Sentence says what was found.
	Sentence string `json:"sentence"`
	// Property is the property looked at, "" for lists, associations and events.
	Property string `json:"property,omitempty"`
}

// Explainer makes the workflow's explainer.
func (p *Program) Explainer() *Explainer {
	c := explaining{p.cfg.Env}
	x := &Explainer{p: p, goal: c.groups(p.flow.Goal), unenroll: c.groups(p.flow.SuppressionFilter)}
	e := p.flow.Enrollment
	if p.triggers.why != "" || e == nil {
		return x
	}
	switch e.Type {
	case flow.ListBased:
		x.triggers = c.groups(e.ListFilter)
	case flow.EventBased:
		for _, b := range append(e.EventFilters[:len(e.EventFilters):len(e.EventFilters)], e.ListMembershipFilters...) {
			x.triggers = append(x.triggers, c.groups(b)...)
		}
		x.refine = c.groups(e.Refinement)
	}
	return x
}

// Explain explains one record. Enrolls and Reason are what Considers says.
func (x *Explainer) Explain(rec *hubspot.Record) Explained {
	w := x.p.newWalker(0, rec)
	out := Explained{Enrolls: w.enroll(), Reason: w.reason}
	view := w.scope.Record()
	if why := x.p.triggers.why; why != "" {
		out.Sections = append(out.Sections, Section{Title: "enrollment triggers", Groups: [][]Condition{{{Sentence: why}}}})
	} else {
		out.wanted("enrollment triggers", x.triggers, view)
	}
	out.wanted("refinement criteria", x.refine, view)
	if lists := x.lists(view); len(lists) > 0 {
		out.unwanted("suppression lists", lists)
	}
	out.unwanted("goal", look(x.goal, view))
	out.unwanted("unenrollment triggers", look(x.unenroll, view))
	return out
}

func (out *Explained) wanted(title string, groups [][]line, view *action.View) {
	if len(groups) > 0 {
		s := Section{Title: title, Groups: look(groups, view)}
		s.Any = anyHolds(s.Groups)
		s.OK = s.Any
		out.Sections = append(out.Sections, s)
	}
}

func (out *Explained) unwanted(title string, groups [][]Condition) {
	if len(groups) > 0 {
		s := Section{Title: title, Groups: groups, Any: anyHolds(groups)}
		s.OK = !s.Any
		out.Sections = append(out.Sections, s)
	}
}

// anyHolds tells whether all conditions of one of the groups hold.
func anyHolds(groups [][]Condition) bool {
	for _, g := range groups {
		holds := true
		for _, c := range g {
			holds = holds && c.OK
		}
		if holds {
			return true
		}
	}
	return false
}

// lists looks at the suppression lists, each a group of its own.
func (x *Explainer) lists(view *action.View) [][]Condition {
	var out [][]Condition
	for _, id := range x.p.flow.SuppressionListIDs {
		name, known := x.p.cfg.ListNames[id]
		if name != "" {
			name = " " + name + " (" + id + ")"
		} else {
			name = " " + id
		}
		c := Condition{OK: view.InList(id), Sentence: "not in the list" + name}
		switch {
		case c.OK:
			c.Sentence = "in the list" + name
		case !known:
			c.Unknown, c.Sentence = true, "the list"+name+" is not in records/lists.yaml, so no record is in it"
		}
		out = append(out, []Condition{c})
	}
	return out
}

// line is one condition, or a branch that is shown as one.
type line struct{ matcher *filter.Matcher }

func look(groups [][]line, view *action.View) [][]Condition {
	out := make([][]Condition, len(groups))
	for i, g := range groups {
		out[i] = make([]Condition, len(g))
		for j, l := range g {
			out[i][j] = l.look(view)
		}
	}
	return out
}

// mostSentences is how many conditions of a branch one sentence names.
const mostSentences = 3

func (l line) look(view *action.View) Condition {
	r := l.matcher.Match(view)
	c := Condition{OK: r.OK, Unknown: r.Unknown}
	found := r.Explain()
	switch {
	case len(found) == 1:
		c.Sentence, c.Property = found[0].Sentence, found[0].Property
	case !r.OK:
		c.Sentence = r.Reason()
	case len(found) == 0:
		c.Sentence = "there is no condition, so every record meets it"
	default:
		var parts []string
		for _, f := range found {
			if !f.OK {
				continue
			}
			if len(parts) == mostSentences {
				parts = append(parts, "…")
				break
			}
			parts = append(parts, f.Sentence)
		}
		c.Sentence = strings.Join(parts, "; ")
	}
	return c
}

// explaining takes filter trees apart into alternatives and their conditions.
type explaining struct{ env *action.Env }

// groups are the alternatives of a branch, each with its conditions.
func (c explaining) groups(b *hubspot.FilterBranch) [][]line {
	var out [][]line
	for _, one := range alternatives(b) {
		out = append(out, c.lines(one))
	}
	return out
}

// alternatives are branches of which any is enough. What is neither a list of alternatives nor a list of conditions is one.
func alternatives(b *hubspot.FilterBranch) []*hubspot.FilterBranch {
	switch {
	case b == nil:
		return nil
	case b.Type == "OR" && len(b.Filters)+len(b.Branches) > 0:
		var out []*hubspot.FilterBranch
		for _, f := range b.Filters {
			out = append(out, &hubspot.FilterBranch{Type: "OR", Filters: []*hubspot.Filter{f}, Pos: f.Pos})
		}
		for _, sub := range b.Branches {
			out = append(out, alternatives(sub)...)
		}
		return out
	case b.Type == "AND" && len(b.Filters) == 0 && len(b.Branches) == 1:
		return alternatives(b.Branches[0])
	}
	return []*hubspot.FilterBranch{b}
}

// lines are the conditions of a branch that must all hold.
func (c explaining) lines(b *hubspot.FilterBranch) []line {
	if b.Type != "AND" || len(b.Filters)+len(b.Branches) == 0 {
		return []line{c.line(b)}
	}
	var out []line
	change := &hubspot.FilterBranch{Type: "AND", Pos: b.Pos} // a property change is written as two filters
	for _, f := range b.Filters {
		if f.Property == "hs_name" || f.Property == "hs_value" {
			change.Filters = append(change.Filters, f)
		}
	}
	if len(change.Filters) > 1 {
		out = append(out, c.line(change))
	}
	for _, f := range b.Filters {
		if len(change.Filters) < 2 || f.Property != "hs_name" && f.Property != "hs_value" {
			out = append(out, c.line(&hubspot.FilterBranch{Type: "AND", Filters: []*hubspot.Filter{f}, Pos: f.Pos}))
		}
	}
	for _, sub := range b.Branches {
		if sub != nil {
			out = append(out, c.lines(sub)...)
		}
	}
	return out
}

func (c explaining) line(b *hubspot.FilterBranch) line {
	m, _ := action.CompileFilter(c.env, b) // what is wrong with it, compiling the whole has told
	return line{m}
}
