package assistant

import (
	"context"
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/flow"
	"askflow/internal/report"
	"askflow/internal/service"
	"askflow/internal/source"
	"askflow/internal/tui/dialog"
	"askflow/internal/tui/text"
	"askflow/internal/tui/ui"
)

// target is a step of a workflow that asks.
type target struct {
	file, fileName, workflow string
	// step is what edits and queries name it by, id its action id.
	step, id   string
	objectType string
	errors     int
	// what the step says itself, "" for nothing
	assistant, prompt, model, temperature, effort string
	// written is false for a prompt that is no text, such as another action's output.
	written bool
}

func (t *target) String() string { return t.workflow + " › " + t.step }

// targets are the steps that ask, read when they are needed.
type targets struct {
	loader ui.Loader
	list   []*target
	known  bool
	then   []func() tea.Cmd
}

// forget lets what is known go, and what is being read.
func (t *targets) forget() {
	t.known = false
	t.loader.Cancel()
}

// withTargets does something as soon as the steps that ask are known.
func (s *Screen) withTargets(then func() tea.Cmd) tea.Cmd {
	if s.targets.known && !s.targets.loader.Busy() {
		return then()
	}
	s.targets.then = append(s.targets.then, then)
	if s.targets.loader.Busy() {
		return nil
	}
	workflows, openAI := s.env.Services.Workflows, s.env.Portal.OpenAIAction
	return ui.Load(s.env, &s.targets.loader, func(ctx context.Context) ([]*target, error) { return readTargets(ctx, workflows, openAI) })
}

func (s *Screen) tookTargets(msg ui.Loaded[[]*target]) tea.Cmd {
	if msg.Of != &s.targets.loader || !s.targets.loader.Take(msg.N) {
		return nil
	}
	then := s.targets.then
	s.targets.then = nil
	if msg.Err != nil {
		return ui.Fail(msg.Err)
	}
	s.targets.list, s.targets.known = msg.Value, true
	cmds := make([]tea.Cmd, 0, len(then))
	for _, do := range then {
		cmds = append(cmds, do())
	}
	return tea.Batch(cmds...)
}

func readTargets(ctx context.Context, svc service.Workflows, openAI flow.OpenAIAction) ([]*target, error) {
	if openAI.TypeID == "" {
		openAI = flow.DefaultOpenAIAction()
	}
	kinds := flow.NewKinds(openAI)
	list, err := svc.List(ctx)
	if err != nil {
		return nil, err
	}
	out := []*target{}
	for _, item := range list {
		if item.Asks == 0 {
			continue
		}
		wf, err := svc.Workflow(ctx, item.File)
		if err != nil {
			return nil, err
		}
		if wf.Flow == nil {
			continue
		}
		for _, a := range wf.Flow.Actions {
			if kinds.IsOpenAI(a) {
				out = append(out, targetOf(item, a, openAI))
			}
		}
	}
	return out, nil
}

func targetOf(item *service.WorkflowItem, a *flow.Action, openAI flow.OpenAIAction) *target {
	t := &target{file: item.File, fileName: item.FileName, workflow: item.Name, step: a.Display(), id: a.ID, objectType: item.ObjectType.Name, errors: item.Errors}
	if t.workflow == "" {
		t.workflow = item.FileName
	}
	t.assistant, _ = literal(a.Field(openAI.Assistant))
	t.prompt, t.written = literal(a.Field(openAI.Prompt))
	t.model, _ = literal(a.Field(openAI.Model))
	t.temperature, _ = literal(a.Field(openAI.Temperature))
	t.effort, _ = literal(a.Field(openAI.ReasoningEffort))
	return t
}

// literal is a field's text; ok is false for a value of another kind.
func literal(n *source.Node) (s string, ok bool) {
	if n == nil {
		return "", true
	}
	if v := n.Get("staticValue"); v.IsScalar() {
		n = v
	}
	if !n.IsScalar() {
		return "", false
	}
	return n.Text, true
}

// find is the step of a file, named by its name or action id; "" is the first that asks.
func (t *targets) find(file, step string) *target {
	for _, one := range t.list {
		if one.file == file && (step == "" || one.step == step || one.id == step) {
			return one
		}
	}
	return nil
}

// choosing describes a choice among the steps that ask.
type choosing struct {
	title string
	at    *target
	// none offers to choose no step, and says what that means.
	none string
	then func(*target) tea.Cmd
}

// chooseTarget asks for a step.
func (s *Screen) chooseTarget(c choosing) tea.Cmd {
	list := s.targets.list
	if len(list) == 0 && c.none == "" {
		return ui.Note("No workflow of this portal asks OpenAI; add the action Ask OpenAI Assistant to one in Workflows (1).")
	}
	var items []dialog.Choice
	if c.none != "" {
		items = append(items, dialog.Choice{ID: "none", Title: c.none})
	}
	o := dialog.ChooseOptions{Title: c.title, At: "none"}
	for i, t := range list {
		id := fmt.Sprint(i)
		detail := t.file + ", a workflow of " + t.objectType + " records"
		if t.assistant != "" {
			detail += ", asks " + t.assistant
		}
		items = append(items, dialog.Choice{ID: id, Title: t.String(), Detail: detail})
		if c.at != nil && c.at.file == t.file && c.at.id == t.id {
			o.At = id
		}
	}
	o.Items = items
	o.Do = func(chosen dialog.Choice) tea.Cmd {
		for i, t := range list {
			if chosen.ID == fmt.Sprint(i) {
				return ui.Send(targetMsg{t, c.then})
			}
		}
		return ui.Send(targetMsg{nil, c.then})
	}
	return ui.Open(dialog.Choose(s.env, o))
}

// run runs a workflow that asks.
func (s *Screen) run() tea.Cmd {
	if t := s.form.target; t != nil && s.level == levelMain {
		return s.launch(t.file, t.workflow)
	}
	if len(s.catalog.asking) == 1 {
		return s.launch(s.catalog.asking[0].File, s.catalog.asking[0].Name)
	}
	var items []dialog.Choice
	for _, w := range s.catalog.asking {
		c := dialog.Choice{ID: w.File, Title: w.Name, Detail: w.File + ": " + report.Count(int64(w.Asks), "questions") + " for each " + w.ObjectType.Name}
		if w.Errors > 0 {
			c.Disabled = "It has " + report.Count(int64(w.Errors), "errors") + " and cannot run; Workflows (1) shows them."
		}
		items = append(items, c)
	}
	return ui.Open(dialog.Choose(s.env, dialog.ChooseOptions{Title: "Run which workflow with these settings?", Items: items, Do: func(c dialog.Choice) tea.Cmd {
		return ui.Send(doMsg{func() tea.Cmd { return s.launch(c.ID, c.Title) }})
	}}))
}

// launch starts a run; one that asks OpenAI is confirmed first.
func (s *Screen) launch(file, name string) tea.Cmd {
	start := func() tea.Cmd { return s.settings.once(ui.Launch(service.RunRequest{Workflow: file})) }
	if !s.live() || s.needsAccount() { // without an account the frame offers to connect one
		return start()
	}
	budget := s.settings.chosen.MaxCost
	if budget == "" {
		budget = s.env.Portal.MaxCostUSD
	}
	limit := "There is no budget: it may cost whatever its questions cost. A budget is one of the settings."
	if budget != "" {
		limit = "It stops before it costs more than $" + budget + "."
	}
	return ui.Open(dialog.Confirm(s.env, dialog.ConfirmOptions{Title: "Ask OpenAI for real?", Text: "The run of " + text.Clip(name, 60) + " sends its prompts, with the records' data in them, to OpenAI, which costs money.",
		Details: []string{limit, "Chosen: " + strings.TrimPrefix(s.chosenLine(), " ")}, Yes: "run it", Do: start}))
}

// chosenLine lists what is chosen for the next run.
func (s *Screen) chosenLine() string {
	c := s.settings.chosen
	var parts []string
	for _, p := range [][2]string{{"assistant ", c.Assistant}, {"model ", c.Model}, {"temperature ", number(c.Temperature)}, {"reasoning effort ", c.ReasoningEffort}, {"answers ", c.Answers}, {"budget $", c.MaxCost}} {
		if p[1] != "" {
			parts = append(parts, p[0]+text.Clip(p[1], 60))
		}
	}
	if len(parts) == 0 {
		return "nothing, everything is left to the workflow and the assistant"
	}
	return strings.Join(parts, ", ")
}
