package emulator

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sort"

	"askflow/internal/action"
	"askflow/internal/clock"
	"askflow/internal/flow"
	"askflow/internal/hubspot"
	"askflow/internal/records"
	"askflow/internal/run"
	"askflow/internal/source"
	"askflow/internal/token"
)

// scratchName is what a question outside of any workflow is called: its step, and the file that its recordings go to.
const scratchName = "scratchpad"

// scratch is one Ask OpenAI Assistant action over one record, outside of a run.
type scratch struct {
	*prepared
	// of is the workflow whose data sources and steps the prompt's tokens name; nil for none.
	of     *flow.Flow
	schema hubspot.Schema
	asker  *lateAsker
	runner action.Runner
	// problems are the findings in the action's fields, the prompt's tokens among them.
	problems source.Problems
	prompt   *token.Template
	// written is false for a step whose own prompt is no text with tokens.
	written bool
	record  *hubspot.Record
	scope   *action.Scope
}

// scratch settles a request: the action is compiled, nothing is read yet and nobody is asked.
func (e *Emulator) scratch(req TryRequest) (*scratch, error) {
	s := &scratch{schema: e.Portal.Schema, asker: &lateAsker{}}
	var step *flow.Action
	var err error
	if s.of, step, err = e.askingStep(req.Workflow, req.Step); err != nil {
		return nil, err
	}
	objectType, err := s.objectTypeOf(req.ObjectType)
	if err != nil {
		return nil, err
	}
	ask := e.scratchAction(step, req.Prompt)
	f := &flow.Flow{FileName: scratchName, Name: scratchName, ObjectTypeID: objectType.ID, Actions: []*flow.Action{ask}, Node: source.NewObject(source.Pos{})}
	if s.of != nil {
		f.File, f.FileName, f.Name, f.DataSources = s.of.File, s.of.FileName, s.of.Name, s.of.DataSources
	}
	settled, err := e.settleOn(f, Request{Workflow: f.File, Answers: req.Answers, Era: req.Era, Clock: req.Clock, Now: req.Now, MaxCost: req.MaxCost, Seed: max(1, req.Seed)})
	if err != nil {
		return nil, err
	}
	// What is wrong with these is the action's to refuse, which knows the model.
	settled.req.Assistant, settled.req.Model, settled.req.Temperature, settled.req.ReasoningEffort = req.Assistant, req.Model, req.Temperature, req.ReasoningEffort
	s.prepared = &prepared{settled: settled, inputs: map[string]string{}, world: newWorld(nil, e.Portal.Lists)}
	if s.asksLive() && s.mode == clock.Skip {
		s.mode = clock.Real // answers are waited for
	}
	s.runner, s.problems = action.Compile(e.config(s.prepared, s.schema, s.asker).Env, ask)
	text, written := literalText(ask.Field(e.Kinds.OpenAI.Prompt))
	s.prompt, _ = token.Parse(text) // its problems are among those of the action
	s.written = written
	return s, nil
}

// askingStep finds a workflow and one of its steps; both are nil where nothing is named.
func (e *Emulator) askingStep(workflow, step string) (*flow.Flow, *flow.Action, error) {
	if workflow == "" {
		if step != "" {
			return nil, nil, usage("usage", "name the workflow too", "the step %q is of no workflow", step)
		}
		return nil, nil, nil
	}
	f, err := e.Portal.Workflow(workflow)
	if err != nil || step == "" {
		return f, nil, err
	}
	a, err := (&settled{flow: f}).step(f.FileName, step)
	return f, a, err
}

// objectTypeOf is the type of the record, which is the workflow's where there is one, and contact where nothing says.
func (s *scratch) objectTypeOf(name string) (hubspot.ObjectType, error) {
	if name == "" && s.of != nil {
		return s.of.ObjectType(), nil
	}
	if name == "" {
		name = "contact"
	}
	t, ok := hubspot.LookupObjectType(name)
	switch {
	case !ok:
		hint := "there are: " + fmt.Sprint(hubspot.ObjectTypeNames())
		if near := source.Nearest(name, hubspot.ObjectTypeNames()); near != "" {
			hint = fmt.Sprintf("did you mean %s?", near)
		}
		return t, usage("unknown_object_type", hint, "%q is no object type", name)
	case s.of != nil && s.of.ObjectType().ID != t.ID:
		return t, usage("usage", "choose a record of that type, or another workflow", "the workflow %s is about %s, not about %s", s.of.FileName, s.of.ObjectType().Plural, t.Plural)
	}
	return t, nil
}

// scratchAction is the action that asks: in place of a step of a workflow, whose own settings then count beneath, or on its own.
// A prompt that is not given is the step's.
func (e *Emulator) scratchAction(step *flow.Action, prompt string) *flow.Action {
	k := e.Kinds.OpenAI
	ask := &flow.Action{ID: scratchName, Type: flow.SingleConnection, TypeID: k.TypeID, TypeVersion: k.Version, Fields: source.NewObject(source.Pos{})}
	if step != nil {
		ask.ID, ask.Name = step.ID, step.Name
		if e.Kinds.IsOpenAI(step) && step.Fields != nil {
			ask.Fields = step.Fields.Clone()
		}
	}
	if prompt != "" || ask.Fields.Get(k.Prompt) == nil {
		ask.Fields.Set(k.Prompt, source.NewString(prompt, source.Pos{}))
	}
	return ask
}

// literalText is a field's text with its tokens; ok is false for a value of another kind.
func literalText(n *source.Node) (text string, ok bool) {
	if v := n.Get("staticValue"); v.IsScalar() {
		n = v
	}
	if n == nil || !n.IsScalar() {
		return "", n == nil
	}
	return n.Text, true
}

// open reads what the prompt is rendered with: the record, and those of other types that the prompt looks at.
func (e *Emulator) open(ctx context.Context, s *scratch, req TryRequest) error {
	t := s.objectType()
	s.record = hubspot.NewRecordFromMap(t.Name, "", nil)
	if req.RecordID != "" {
		rec, err := e.scratchRecord(ctx, t, req.RecordID)
		if err != nil {
			return err
		}
		s.record = rec
		if err := e.scratchWorld(ctx, s); err != nil {
			return err
		}
	}
	s.scope = action.NewScope(0, s.record, s.flow.DataSources, s.world, clock.NewTimeline(s.now, s.mode))
	s.scope.Enter(s.flow.Actions[0].ID)
	names := make([]string, 0, len(req.Outputs))
	for name := range req.Outputs {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		id, called := name, ""
		if s.of != nil {
			if a := s.of.ActionByName(name); a != nil {
				id, called = a.ID, a.Name
			}
		}
		s.scope.Keep(id, called, run.Success, req.Outputs[name])
	}
	return nil
}

// scratchRecord finds a record, reading no further than to its place.
func (e *Emulator) scratchRecord(ctx context.Context, t hubspot.ObjectType, id string) (*hubspot.Record, error) {
	src := records.Open(t.Name, e.Portal.RecordFiles[t.Name], records.Options{Properties: e.Portal.Schema.Of(t.Name), Users: e.Portal.Users})
	defer func() { _ = src.Close() }() // it was only read
	for n := 0; ; n++ {
		rec, err := src.Next()
		if errors.Is(err, io.EOF) {
			return nil, usage("unknown_record", "emulator records list shows those there are", "there is no %s %s in the records", t.Name, id)
		}
		if err == nil && n%256 == 0 {
			err = ctx.Err()
		}
		if err != nil {
			return nil, err
		}
		if rec.ID == id {
			return rec, nil
		}
	}
}

// scratchWorld loads the records of the types that the prompt's tokens look at beside the record itself.
func (e *Emulator) scratchWorld(ctx context.Context, s *scratch) error {
	own := s.objectType()
	files := map[string][]records.File{}
	for _, ref := range s.prompt.Refs() {
		id := ""
		switch ref.Kind {
		case token.FetchedObject:
			if d := s.flow.DataSource(ref.Name); d != nil {
				id = d.ObjectTypeID
			}
		case token.AssociatedObject:
			if id = ref.Name; id == own.ID {
				continue
			}
		default:
			continue
		}
		if t, ok := hubspot.LookupObjectType(id); ok && len(e.Portal.RecordFiles[t.Name]) > 0 {
			files[t.Name] = e.Portal.RecordFiles[t.Name]
		}
	}
	if len(files) == 0 {
		return nil
	}
	library, problems := records.LoadLibrary(ctx, s.schema, files, e.Portal.Users)
	if err := ctx.Err(); err != nil {
		return err
	}
	if problems.HasErrors() {
		return invalid("the records", problems)
	}
	s.world = newWorld(library, e.Portal.Lists)
	return nil
}
