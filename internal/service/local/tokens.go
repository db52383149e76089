package local

import (
	"context"
	"fmt"
	"path"
	"strings"

	"askflow/internal/flow"
	"askflow/internal/hubspot"
	"askflow/internal/records"
	"askflow/internal/service"
	"askflow/internal/source"
	"askflow/internal/token"
)

// Tokens lists the data tokens that an action's text can use.
func (w workflows) Tokens(ctx context.Context, file, actionID string) ([]service.TokenChoice, error) {
	s, err := w.l.portal(ctx)
	if err != nil {
		return nil, err
	}
	_, f, found, err := s.readWorkflow(ctx, file)
	if err != nil {
		return nil, problem(err)
	}
	if f == nil {
		e := usage("invalid_workflow", "The file "+file+" cannot be read as a workflow, so it is not known which tokens it has.", "correct it first")
		e.Problems = found.Errors()
		return nil, e
	}
	if actionID != "" {
		a := f.ActionByName(actionID)
		if a == nil {
			return nil, unknownStep(f, actionID)
		}
		actionID = a.ID
	}
	out, err := s.recordTokens(ctx, f)
	if err != nil {
		return nil, problem(err)
	}
	for i := range f.DataSources {
		more, err := s.sourceTokens(ctx, &f.DataSources[i])
		if err != nil {
			return nil, problem(err)
		}
		out = append(out, more...)
	}
	return append(out, s.outputTokens(f, actionID)...), nil
}

func unknownStep(f *flow.Flow, name string) error {
	var names []string
	for _, a := range f.Actions {
		names = append(names, a.Display())
	}
	hint := ""
	if near := source.Nearest(name, names); near != "" {
		hint = fmt.Sprintf("did you mean %s?", near)
	}
	return usage("unknown_step", fmt.Sprintf("The workflow has no step %.80q.", name), hint)
}

// recordTokens are the enrolled record's properties: first those that the records files carry, with what the first record
// holds, then all others of its type.
func (s *snapshot) recordTokens(ctx context.Context, f *flow.Flow) ([]service.TokenChoice, error) {
	t := f.ObjectType()
	first, err := s.firstRecord(ctx, t)
	if err != nil {
		return nil, err
	}
	return s.propertyTokens(ctx, t, t.Singular, token.Ref{Kind: token.EnrolledObject}, first)
}

// sourceTokens are the properties of the record that a data source finds.
func (s *snapshot) sourceTokens(ctx context.Context, d *flow.DataSource) ([]service.TokenChoice, error) {
	t, ok := hubspot.LookupObjectType(d.ObjectTypeID)
	if !ok || d.Name == "" {
		return nil, nil
	}
	return s.propertyTokens(ctx, t, t.Singular+": "+d.Name, token.Ref{Kind: token.FetchedObject, Name: d.Name}, nil)
}

// firstRecord is the first record of a type, nil when there is none or it cannot be read, which records say themselves.
func (s *snapshot) firstRecord(ctx context.Context, t hubspot.ObjectType) (*hubspot.Record, error) {
	if len(s.e.Portal.RecordFiles[t.Name]) == 0 {
		return nil, nil
	}
	pager, err := s.e.RecordPages(t.Name)
	if err != nil {
		return nil, err
	}
	page, err := pager.Page(ctx, records.PageQuery{Limit: 1})
	if err != nil || len(page.Records) == 0 {
		return nil, ctx.Err()
	}
	return page.Records[0], nil
}

// longestSample is how many characters of a value are shown.
const longestSample = 80

func (s *snapshot) propertyTokens(ctx context.Context, t hubspot.ObjectType, group string, ref token.Ref, first *hubspot.Record) ([]service.TokenChoice, error) {
	var out []service.TokenChoice
	seen := map[string]bool{}
	add := func(p hubspot.Property) {
		if seen[p.Name] || p.Name == "" {
			return
		}
		seen[p.Name] = true
		ref.Property = p.Name
		c := service.TokenChoice{Token: ref.String(), Label: p.Label, Group: group}
		if c.Label == "" {
			c.Label = p.Name
		}
		if first != nil {
			c.Sample = cut(first.Get(p.Name), longestSample)
		}
		out = append(out, c)
	}
	if _, known := hubspot.LookupObjectType(t.Name); known {
		for _, p := range s.e.Columns(t.Name) {
			add(p)
		}
	}
	all, err := s.properties(ctx, t.Name)
	if err != nil {
		return nil, err
	}
	for _, name := range all.Names() {
		if p, ok := all.Get(name); ok {
			add(p)
		}
	}
	return out, nil
}

// cut shortens a text to whole characters.
func cut(text string, most int) string {
	n := 0
	for i := range text {
		if n++; n > most {
			return text[:i] + "…"
		}
	}
	return text
}

const outputs = "Action outputs"

// outputTokens are the outputs of the actions that can have run before an action; of all that records come to at the end.
func (s *snapshot) outputTokens(f *flow.Flow, actionID string) []service.TokenChoice {
	graph := flow.Analyze(f)
	var earlier map[string]bool
	if actionID != "" {
		earlier = graph.Earlier(actionID)
	}
	named := !strings.EqualFold(path.Ext(f.File), ".json") // step names are the YAML form's
	var out []service.TokenChoice
	for _, a := range f.Actions {
		if actionID != "" && !earlier[a.ID] || actionID == "" && !graph.Reachable(a.ID) || isBranch(a) {
			continue
		}
		kind := s.e.Kinds.Of(a)
		ref, of := token.Ref{Kind: token.ActionOutput, Name: a.ID}, a.Display()
		if named && a.Name != "" {
			ref.Name = a.Name
		}
		if a.Name == "" {
			of = fmt.Sprintf("%s (%s)", kind.Label, a.ID)
		}
		for _, o := range append(append([]string(nil), kind.Outputs...), flow.ExecutionState) {
			ref.Property = o
			out = append(out, service.TokenChoice{Token: ref.String(), Label: s.outputLabel(a, o) + " of " + of, Group: outputs})
		}
	}
	return out
}

func (s *snapshot) outputLabel(a *flow.Action, output string) string {
	switch {
	case output == flow.ExecutionState:
		return "Execution state"
	case s.e.Kinds.IsOpenAI(a) && output == s.e.Kinds.OpenAI.Output:
		return "Response"
	}
	return output
}

// isBranch tells actions that only choose a way.
func isBranch(a *flow.Action) bool {
	return a.Type == flow.ListBranchType || a.Type == flow.StaticBranchType || a.Type == flow.ABTestBranch
}
