package workflows

import (
	"context"
	"path"
	"slices"
	"sort"
	"strings"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/flow"
	"askflow/internal/service"
	"askflow/internal/source"
	"askflow/internal/tui/flowdraw"
	"askflow/internal/tui/theme"
	"askflow/internal/tui/ui"
	"askflow/internal/tui/widget"
)

// opened is a workflow that is drawn.
type opened struct {
	s      *Screen
	file   string
	loader ui.Loader
	data   *flowData
	err    error
	// at is the id of the action under the cursor, "" for the enrollment triggers.
	at string
	// want is an action that the cursor goes to once the workflow is loaded, by name or id; check that its problems are shown then.
	want  string
	check bool

	card struct {
		loader  ui.Loader
		shown   *cardText // nil before the first
		repaint bool      // what is shown has the colours of another theme
		err     error
	}
	path lighting
}

// flowData is what was found out about a workflow outside of Update. Nothing changes it afterwards.
type flowData struct {
	wf      *service.Workflow
	kinds   *flow.Kinds
	drawing *flowdraw.Drawing
	graph   *flow.Graph
	names   map[string]string // of assistants, by id
	uses    map[string][]use
	// byAction are the problems of each action, worst the worst of them; "" is whatever stands before the first action.
	byAction map[string]source.Problems
	worst    map[string]source.Severity
	asks     []*flow.Action
	errors   int           // how many of the problems are errors
	unread   *widget.Sheet // of a file that is no workflow
}

func newOpened(s *Screen, file string) *opened {
	return &opened{s: s, file: file, at: s.cards[file]}
}

// close gives up what is being loaded.
func (o *opened) close() {
	o.remember()
	o.loader.Cancel()
	o.card.loader.Cancel()
	o.path.loader.Cancel()
}

// remember keeps the cursor for the next time.
func (o *opened) remember() {
	if o.file != "" {
		o.s.cards[o.file] = o.at
	}
}

func (o *opened) item() *service.WorkflowItem {
	if o.data != nil {
		return o.data.wf.Item
	}
	for _, it := range o.s.list.all {
		if it.File == o.file {
			return it
		}
	}
	return &service.WorkflowItem{File: o.file, FileName: o.fileName(), Name: o.fileName()}
}

func (o *opened) name() string { return o.item().Name }

func (o *opened) fileName() string {
	name := path.Base(o.file)
	return strings.TrimSuffix(name, path.Ext(name))
}

// flow is the workflow, nil while it is not loaded and for a file that is none.
func (o *opened) flow() *flow.Flow {
	if o.data == nil {
		return nil
	}
	return o.data.wf.Flow
}

// action is the one under the cursor, nil on the triggers.
func (o *opened) action() *flow.Action {
	if f := o.flow(); f != nil && o.at != "" {
		return f.Action(o.at)
	}
	return nil
}

// cardName names the card under the cursor.
func (o *opened) cardName() string {
	a := o.action()
	switch {
	case o.flow() == nil:
		return "file"
	case a == nil:
		return "enrollment"
	}
	return o.data.nameOf(a)
}

// nameOf is an action's name, or its kind and id.
func (d *flowData) nameOf(a *flow.Action) string {
	if a.Name != "" {
		return a.Name
	}
	return d.kinds.Of(a).Label + " " + a.ID
}

// load reads the workflow.
func (o *opened) load() tea.Cmd {
	if o.file == "" {
		return nil
	}
	services, file, th := o.s.env.Services, o.file, o.s.env.Theme
	return ui.Load(o.s.env, &o.loader, func(ctx context.Context) (*flowData, error) { return readFlow(ctx, services, file, th) })
}

// readFlow reads a workflow and finds out what the screen says about it.
func readFlow(ctx context.Context, services *service.Services, file string, th *theme.Theme) (*flowData, error) {
	wf, err := services.Workflows.Workflow(ctx, file)
	if err != nil {
		return nil, err
	}
	openAI := flow.DefaultOpenAIAction()
	if p, err := services.Workflows.Portal(ctx); err == nil && p.OpenAIAction.TypeID != "" {
		openAI = p.OpenAIAction
	}
	d := &flowData{wf: wf, kinds: flow.NewKinds(openAI), names: map[string]string{}}
	if services.Assistants != nil {
		if list, err := services.Assistants.List(ctx); err == nil { // without them, ids are shown
			for _, a := range list {
				d.names[a.ID] = a.Name
			}
		}
	}
	d.errors = len(wf.Problems.Errors())
	if wf.Flow == nil {
		d.unread = unreadable(th, wf).Sheet()
		return d, ctx.Err()
	}
	d.drawing, d.graph = flowdraw.New(wf.Flow, d.kinds), flow.Analyze(wf.Flow)
	for _, a := range wf.Flow.Actions {
		if d.kinds.IsOpenAI(a) {
			d.asks = append(d.asks, a)
		}
	}
	d.uses = usesOf(wf.Flow)
	d.assign()
	return d, ctx.Err()
}

// assign finds the action that each problem belongs to: the last one that begins before it.
func (d *flowData) assign() {
	actions := slices.Clone(d.wf.Flow.Actions)
	sort.SliceStable(actions, func(i, j int) bool { return actions[i].Pos.Line < actions[j].Pos.Line })
	d.byAction, d.worst = map[string]source.Problems{}, map[string]source.Severity{}
	for _, p := range d.wf.Problems {
		if p.File != d.wf.Item.File {
			continue
		}
		id := actionAt(actions, p.Line, d.wf.Flow)
		d.byAction[id] = append(d.byAction[id], p)
		if rank(p.Severity) > rank(d.worst[id]) {
			d.worst[id] = p.Severity
		}
	}
}

// actionAt is the id of the action that a line belongs to, "" for none. actions are in the order of their lines.
func actionAt(actions []*flow.Action, line int, f *flow.Flow) string {
	i := sort.Search(len(actions), func(i int) bool { return actions[i].Pos.Line > line })
	if i == 0 {
		return ""
	}
	last := actions[i-1]
	// What stands behind the last action may be the triggers, which JSON writes below the actions.
	if e := f.Enrollment; i == len(actions) && e != nil && e.Pos.Line > last.Pos.Line && line >= e.Pos.Line {
		return ""
	}
	return last.ID
}

func rank(s source.Severity) int {
	switch s {
	case source.SeverityError:
		return 3
	case source.SeverityWarning:
		return 2
	case source.SeverityNote:
		return 1
	}
	return 0
}

// take takes the workflow as it was read.
func (o *opened) take(msg ui.Loaded[*flowData]) tea.Cmd {
	if msg.Of != &o.loader || !o.loader.Take(msg.N) {
		return nil
	}
	o.err = msg.Err
	if msg.Err != nil {
		return nil
	}
	o.data = msg.Value
	if f := o.flow(); f != nil {
		if a := f.ActionByName(o.want); a != nil && o.want != "" {
			o.at = a.ID
		}
		if f.Action(o.at) == nil {
			o.at = ""
		}
		o.want = ""
	}
	cmds := []tea.Cmd{o.readCard(), o.relight()}
	if o.check {
		o.check = false
		cmds = append(cmds, o.s.checked())
	} else if o.s.findings != nil && o.s.inside {
		o.s.findings.set(o.data.wf.Problems)
	}
	return tea.Batch(cmds...)
}

// selectCard moves the cursor to a card.
func (o *opened) selectCard(id string) tea.Cmd {
	if o.flow() == nil || id == o.at {
		return nil
	}
	o.at = id
	return o.readCard()
}
