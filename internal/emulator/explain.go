package emulator

import (
	"context"
	"errors"
	"slices"

	"askflow/internal/check"
	"askflow/internal/clock"
	"askflow/internal/engine"
	"askflow/internal/flow"
	"askflow/internal/hubspot"
	"askflow/internal/records"
	"askflow/internal/source"
)

// Explanation says whether a workflow would enroll a record, and why, condition by condition.
type Explanation struct {
	File    string `json:"file"`
	Name    string `json:"name"`
	Enrolls bool   `json:"enrolls"`
	// Reason is why it would not, in one sentence; "" when it would, and when the workflow cannot run.
	Reason string `json:"reason,omitempty"`
	// Problem is why the workflow cannot run at all.
	Problem  string    `json:"problem,omitempty"`
	Sections []Section `json:"sections"`
}

type (
	// Section is one part of what decides whether a record enrolls.
	Section = engine.Section
	// Condition is one of its conditions.
	Condition = engine.Condition
)

// explainers are the compiled workflows of one object type.
type explainers struct {
	flows []explained
}

type explained struct {
	flow      *flow.Flow
	explainer *engine.Explainer // nil when the workflow cannot run
	problem   string
}

// Explain asks every workflow of the record's object type whether it would enroll the record. The records of that type are
// not read; those of others only where a workflow's conditions look at them, once until the files change.
func (e *Emulator) Explain(ctx context.Context, rec *hubspot.Record) ([]Explanation, error) {
	if rec == nil {
		return []Explanation{}, nil
	}
	b := e.browsing
	end, err := b.begin(ctx, e)
	if err != nil {
		return nil, err
	}
	x := b.explain[rec.ObjectType]
	if x == nil {
		if x, err = e.explainersOf(ctx, rec.ObjectType); err == nil {
			b.explain[rec.ObjectType] = x
		}
	}
	end()
	if err != nil {
		return nil, err
	}
	out := []Explanation{}
	for _, f := range x.flows {
		one := Explanation{File: f.flow.File, Name: f.flow.Name, Problem: f.problem, Sections: []Section{}}
		if one.Name == "" {
			one.Name = f.flow.FileName
		}
		if f.explainer != nil {
			found := f.explainer.Explain(rec)
			one.Enrolls, one.Reason = found.Enrolls, found.Reason
			one.Sections = append(one.Sections, found.Sections...)
		}
		out = append(out, one)
	}
	return out, nil
}

// explainersOf compiles the workflows of an object type.
func (e *Emulator) explainersOf(ctx context.Context, objectType string) (*explainers, error) {
	var flows []*flow.Flow
	looked := map[string]bool{}
	for _, f := range e.Portal.Flows {
		if f.ObjectType().Name == objectType {
			flows = append(flows, f)
			looksInto(f, looked)
		}
	}
	library, problems, err := e.looked(ctx, looked)
	if err != nil {
		return nil, err
	}
	w := newWorld(library, e.Portal.Lists)
	out := &explainers{}
	for _, f := range flows {
		one := explained{flow: f}
		mine := map[string]bool{}
		if looksInto(f, mine); len(mine) > 0 && problems.HasErrors() {
			one.problem = whyNot(invalid("the records", problems))
		} else if one.explainer, err = e.explainer(ctx, f, w); ctx.Err() != nil {
			return nil, ctx.Err()
		} else if err != nil {
			one.problem = whyNot(err)
		}
		out.flows = append(out.flows, one)
	}
	return out, nil
}

// whyNot is an error with the first finding behind it.
func whyNot(err error) string {
	var found *Error
	if errors.As(err, &found) && len(found.Problems) > 0 {
		return found.Message + ": " + found.Problems[0].Error()
	}
	return err.Error()
}

// looked loads the records of the types that conditions look at.
func (e *Emulator) looked(ctx context.Context, types map[string]bool) (*records.Library, source.Problems, error) {
	files := map[string][]records.File{}
	for t := range types {
		if found := e.Portal.RecordFiles[t]; len(found) > 0 {
			files[t] = found
		}
	}
	if len(files) == 0 {
		return nil, nil, nil
	}
	library, problems := records.LoadLibrary(ctx, e.browsing.schema, files, e.Portal.Users)
	return library, problems, ctx.Err()
}

// explainer compiles one workflow as a plan does, without looking at its records.
func (e *Emulator) explainer(ctx context.Context, f *flow.Flow, w *world) (*engine.Explainer, error) {
	s, err := e.settle(Request{Workflow: f.File, Seed: 1})
	if err != nil {
		return nil, err
	}
	if err := e.readable(s); err != nil {
		return nil, err
	}
	p := &prepared{settled: s, world: w, inputs: map[string]string{}}
	p.mode = clock.Skip
	problems := e.problemsOf(s)
	if slices.ContainsFunc(problems.Errors(), unknownProperty) && !e.browsing.whole {
		if err := e.readColumns(ctx); err != nil {
			return nil, err
		}
		problems = e.problemsOf(s)
	}
	if problems.HasErrors() {
		return nil, invalid("the workflow "+f.FileName, problems)
	}
	program, found := engine.Compile(e.config(p, e.browsing.schema, &planner{}))
	if program == nil {
		return nil, invalid("the workflow "+f.FileName, found)
	}
	p.program = program
	if err := p.affordable(e.Models); err != nil {
		return nil, err
	}
	return program.Explainer(), nil
}

func (e *Emulator) problemsOf(s *settled) source.Problems {
	return append(e.otherFiles(s, true), check.Flow(e.Portal, s.flow, check.Options{Schema: e.browsing.schema, Models: e.Models, Now: s.now})...)
}

func unknownProperty(p source.Problem) bool { return p.Code == "unknown_property" }

// readColumns completes the schema from records files whose start does not show all their properties: JSON, where any
// record may bring another one. They are read only for a workflow that names a property which is not known without them.
func (e *Emulator) readColumns(ctx context.Context) error {
	schema := cloneSchema(e.browsing.schema) // explainers made before keep theirs
	for t, files := range e.Portal.RecordFiles {
		if _, all := e.pager(t).Columns(ctx); all {
			continue
		}
		if _, _, err := e.scan(ctx, schema, t, files); err != nil {
			return err
		}
	}
	e.browsing.schema, e.browsing.whole = schema, true
	return ctx.Err()
}

// looksInto notes the object types whose records a workflow's enrollment conditions look at.
func looksInto(f *flow.Flow, types map[string]bool) {
	branches := []*hubspot.FilterBranch{f.Goal, f.SuppressionFilter}
	if c := f.Enrollment; c != nil {
		branches = slices.Concat(branches, []*hubspot.FilterBranch{c.ListFilter, c.Refinement}, c.EventFilters, c.ListMembershipFilters)
	}
	for _, b := range branches {
		branchLooks(b, f.ObjectType().Name, types)
	}
}

func branchLooks(b *hubspot.FilterBranch, from string, types map[string]bool) {
	if b == nil {
		return
	}
	if b.Type == "ASSOCIATION" || b.Type == "PROPERTY_ASSOCIATION" {
		if t, ok := hubspot.LookupObjectType(b.ObjectTypeID); ok {
			from = t.Name
		} else if name, ok := b.Association().LeadsTo(from); ok {
			from = name
		}
		types[from] = true
	}
	for _, sub := range b.Branches {
		branchLooks(sub, from, types)
	}
}
