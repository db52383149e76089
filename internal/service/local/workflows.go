package local

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"askflow/internal/flow"
	"askflow/internal/hubspot"
	"askflow/internal/portal"
	"askflow/internal/run"
	"askflow/internal/service"
	"askflow/internal/source"
)

// workflows is service.Workflows.
type workflows struct{ l *Local }

var _ service.Workflows = workflows{}

// lastRuns is how many runs of a workflow its list shows.
const lastRuns = 20

// Portal says which portal is open.
func (w workflows) Portal(ctx context.Context) (*service.Portal, error) {
	s, err := w.l.portal(ctx)
	if err != nil {
		return nil, err
	}
	found, err := s.problems(ctx)
	if err != nil {
		return nil, problem(err)
	}
	p := s.e.Portal
	set := p.Settings
	out := &service.Portal{Dir: p.Dir, Demo: w.l.opt.Demo, ID: set.ID, Name: set.Name, TimeZone: set.TimeZone, Answers: set.Answers, Era: set.OpenAI.Era,
		Protocol: string(set.OpenAI.Protocol), BaseURL: set.OpenAI.BaseURL, DefaultModel: set.OpenAI.DefaultModel, MaxCostUSD: budgetOf(p, nil, ""),
		Now: set.StartOfClock(), Subscriptions: slices.Clone(set.Subscriptions), Unlocked: set.Unlocked(), Users: slices.Clone(p.Users), OpenAIAction: set.OpenAIAction,
		Problems: slices.Clone(service.FoundOnScreen(found)), Command: w.l.opt.command()}
	if out.Users == nil {
		out.Users = []hubspot.User{}
	}
	return out, nil
}

// List lists the workflows.
func (w workflows) List(ctx context.Context) ([]*service.WorkflowItem, error) {
	s, err := w.l.portal(ctx)
	if err != nil {
		return nil, err
	}
	found, err := s.problems(ctx)
	if err != nil {
		return nil, problem(err)
	}
	out := []*service.WorkflowItem{}
	for _, file := range s.workflowFiles() {
		at := slices.IndexFunc(s.e.Portal.Flows, func(f *flow.Flow) bool { return f.File == file })
		var f *flow.Flow
		if at >= 0 {
			f = s.e.Portal.Flows[at]
		}
		out = append(out, s.item(file, f, found))
	}
	// Workflows are worth seeing without their runs: what is wrong with the database, the list of runs says.
	_ = w.l.store.use(ctx, s.e.RunsDir(), func(r reader) error {
		for _, item := range out {
			list, err := r.RunList(ctx, run.RunQuery{Workflow: item.File, Limit: lastRuns})
			if err != nil {
				return err
			}
			item.Runs = list
		}
		return nil
	})
	return out, ctx.Err()
}

// workflowFiles are the files of workflows/, whether or not they can be read as workflows.
func (s *snapshot) workflowFiles() []string {
	var out []string
	for name, is := range s.files {
		if isWorkflow(name) && !is.mode.IsDir() {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// isName tells whether a name can be that of a file that a portal reads.
func isName(name string) bool {
	return !portal.Ignored(name) && !strings.ContainsAny(name, `/\`) && filepath.IsLocal(name)
}

// isWorkflow tells whether a path, relative to the portal with slashes, can be a workflow's file.
func isWorkflow(file string) bool {
	folder, name := path.Split(file)
	if folder != "workflows/" || !isName(name) {
		return false
	}
	switch strings.ToLower(path.Ext(name)) {
	case ".yaml", ".yml", ".json":
		return true
	}
	return false
}

// item describes a workflow; f is nil for a file that is none.
func (s *snapshot) item(file string, f *flow.Flow, found source.Problems) *service.WorkflowItem {
	name := path.Base(file)
	it := &service.WorkflowItem{File: file, FileName: strings.TrimSuffix(name, path.Ext(name))}
	it.Name = it.FileName
	for _, p := range found {
		switch {
		case p.File != file:
		case p.Severity == source.SeverityError:
			it.Errors++
		case p.Severity == source.SeverityWarning:
			it.Warnings++
		}
	}
	if f == nil {
		return it
	}
	if f.Name != "" {
		it.Name = f.Name
	}
	it.ID, it.ObjectType, it.Enabled, it.Actions = f.ID, f.ObjectType(), f.Enabled, len(f.Actions)
	for _, a := range f.Actions {
		if s.e.Kinds.IsOpenAI(a) {
			it.Asks++
		}
	}
	return it
}

// Workflow reads one, as its file stands now.
func (w workflows) Workflow(ctx context.Context, file string) (*service.Workflow, error) {
	s, err := w.l.portal(ctx)
	if err != nil {
		return nil, err
	}
	text, f, found, err := s.readWorkflow(ctx, file)
	if err != nil {
		return nil, problem(err)
	}
	out := &service.Workflow{Item: s.item(file, f, found), Path: filepath.Join(s.e.Portal.Dir, filepath.FromSlash(file)), Text: text, Flow: f, Problems: service.FoundOnScreen(found)}
	// As in List.
	_ = w.l.store.use(ctx, s.e.RunsDir(), func(r reader) error {
		list, err := r.RunList(ctx, run.RunQuery{Workflow: file, Limit: lastRuns})
		out.Item.Runs = list
		return err
	})
	return out, ctx.Err()
}

// readWorkflow reads a workflow's file as it stands now, which may be newer than the snapshot, and checks it.
func (s *snapshot) readWorkflow(ctx context.Context, file string) ([]byte, *flow.Flow, source.Problems, error) {
	text, err := s.readFile(file)
	if err != nil {
		return nil, nil, nil, err
	}
	f, found, err := s.workflow(ctx, file, text)
	return text, f, found, err
}

func (s *snapshot) readFile(file string) ([]byte, error) {
	if !isWorkflow(file) {
		return nil, unknownWorkflow(s, file)
	}
	text, err := s.e.Portal.Read(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, unknownWorkflow(s, file)
	}
	if text == nil && err == nil {
		text = []byte{}
	}
	return text, err
}

func unknownWorkflow(s *snapshot, file string) error {
	hint := ""
	if near := source.Nearest(file, s.workflowFiles()); near != "" {
		hint = fmt.Sprintf("did you mean %s?", near)
	}
	return usage("unknown_workflow", fmt.Sprintf("There is no workflow file %.200q in this portal.", file), hint)
}
