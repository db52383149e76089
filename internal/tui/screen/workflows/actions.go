package workflows

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/flow"
	"askflow/internal/service"
	"askflow/internal/source"
	"askflow/internal/tui/builder"
	"askflow/internal/tui/dialog"
	"askflow/internal/tui/keymap"
	"askflow/internal/tui/ui"
	"askflow/internal/tui/widget"
)

// key is how the first key of an action is written.
func (s *Screen) key(id string) string {
	if keys := s.env.Keys.Get(id).Keys; len(keys) > 0 {
		return keymap.Label(keys[0])
	}
	return "the palette"
}

// Bindings are what can be done here.
func (s *Screen) Bindings() []ui.Binding {
	switch {
	case s.list.filter.Editing:
		return widget.FilterBindings(s.press)
	case s.plan != nil:
		return []ui.Binding{s.runBinding(), ui.When("workflows.options", s.noRun(), s.openOptions), ui.On("workflows.edit", s.edit)}
	case s.tests != nil:
		return s.tests.bindings()
	case s.focus == paneFindings && s.findings != nil:
		return s.findingsBindings()
	case s.inside:
		return s.flowBindings()
	}
	list := []ui.Binding{ui.When("workflows.open", s.noWorkflow(), s.enter), s.runBinding()}
	list = append(list, s.connectBinding()...)
	return append(list,
		ui.When("workflows.plan", s.noRun(), s.startPlan), s.testBinding(), ui.When("workflows.edit", s.noWorkflow(), s.edit),
		ui.On("workflows.new", func() tea.Cmd { return builder.Create(s.env) }),
		ui.When("workflows.options", s.noRun(), s.openOptions), ui.When("workflows.problems", s.noPortalProblems(), s.openFindings),
		ui.When("workflows.runs", s.noRuns(), s.lastRunOf))
}

func (s *Screen) findingsBindings() []ui.Binding {
	none := ""
	if s.findings.table.Len() == 0 {
		none = "There is no problem to fix."
	}
	list := []ui.Binding{ui.When("workflows.fix", none, s.fix)}
	if s.findings.file == "" {
		return list
	}
	return append(list, s.runBinding(), ui.When("workflows.plan", s.noRun(), s.startPlan), s.testBinding(), ui.On("workflows.edit", s.edit))
}

// flowBindings are what can be done with an open workflow, and with the card under the cursor.
func (s *Screen) flowBindings() []ui.Binding {
	var list []ui.Binding
	if s.focus != paneCard {
		list = append(list, ui.When("workflows.open", s.noCard(), s.enter))
	}
	problems := ui.When("workflows.problems", s.noProblems(), s.openFindings)
	if d := s.opened.data; d != nil && d.errors > 0 { // then nothing matters more
		list = append(list, problems)
	}
	list = append(list, s.runBinding(), ui.When("workflows.edit", s.noWorkflow(), s.edit))
	list = append(list, s.connectBinding()...)
	list = append(list,
		ui.When("workflows.fields", s.noAction("Its triggers are changed with "+s.key("workflows.triggers")+"."), s.editFields),
		ui.When("workflows.add", s.noCard(), s.addAction),
		ui.When("workflows.remove", s.noAction("The enrollment triggers cannot be removed; "+s.key("workflows.triggers")+" changes them."), s.remove),
		ui.When("workflows.triggers", s.noCard(), func() tea.Cmd { return builder.Triggers(s.env, s.opened.data.wf) }),
		ui.When("workflows.plan", s.noRun(), s.startPlan), s.testBinding())
	if a := s.opened.action(); a != nil && s.opened.data.kinds.IsOpenAI(a) {
		list = append(list, ui.On("workflows.settings", s.trySettings))
	}
	if s.env.Settings.Chosen() {
		list = append(list, ui.When("workflows.write", s.noWrite(), s.writeSettings))
	}
	list = append(list, ui.When("workflows.options", s.noRun(), s.openOptions), problems, ui.When("workflows.runs", s.noRuns(), s.lastRunOf))
	if s.opened.data != nil && len(s.opened.data.tokens(s.opened.action())) > 0 {
		list = append(list, ui.On("workflows.copy", s.copyToken))
	}
	if lit := s.opened.path.lit; lit != nil && !lit.none {
		list = append(list, ui.On("workflows.nextpath", func() tea.Cmd { return s.opened.step(false) }), ui.On("workflows.prevpath", func() tea.Cmd { return s.opened.step(true) }))
	}
	return list
}

func (s *Screen) runBinding() ui.Binding {
	return ui.When("workflows.run", s.noRun(), func() tea.Cmd {
		s.plan = nil
		return ui.Launch(service.RunRequest{Workflow: s.opened.file})
	})
}

func (s *Screen) testBinding() ui.Binding {
	return ui.When("workflows.test", s.noRun(), s.startTests)
}

// connectBinding is offered only where something is missing.
func (s *Screen) connectBinding() []ui.Binding {
	if s.nag() == "" {
		return nil
	}
	locked := ""
	if s.env.Account.Locked {
		locked = "No subscription of this portal unlocks the action, so nothing can be connected; portal.yaml lists the subscriptions."
	}
	return []ui.Binding{ui.When("workflows.connect", locked, func() tea.Cmd { return ui.GoTo(ui.Account, ui.ConnectAccount{Return: ui.Workflows}) })}
}

// Reasons why something cannot be done now.

func (s *Screen) noWorkflow() string {
	if s.opened.file == "" {
		return "There is no workflow here; " + s.key("workflows.new") + " makes one."
	}
	return ""
}

func (s *Screen) noRun() string {
	if why := s.noWorkflow(); why != "" {
		return why
	}
	errs := s.opened.item().Errors
	if d := s.opened.data; d != nil {
		errs = d.errors
	}
	switch {
	case errs == 0:
		return ""
	case s.inside:
		return fmt.Sprintf("First correct what is wrong with it: %s lists the problems.", s.key("workflows.problems"))
	}
	return fmt.Sprintf("First correct what is wrong with it: %s opens it, %s then lists its problems.", s.key("workflows.open"), s.key("workflows.problems"))
}

func (s *Screen) noCard() string {
	switch {
	case s.opened.err != nil:
		return "The workflow could not be read."
	case s.opened.data == nil:
		return "The workflow is still being read."
	case s.opened.flow() == nil:
		return "The file cannot be read as a workflow; " + s.key("workflows.edit") + " opens it in the editor."
	}
	return ""
}

func (s *Screen) noAction(triggers string) string {
	if why := s.noCard(); why != "" {
		return why
	}
	if s.opened.action() == nil {
		return "Choose an action first. " + triggers
	}
	return ""
}

func (s *Screen) noWrite() string {
	if why := s.noCard(); why != "" {
		return why
	}
	if len(s.opened.data.asks) == 0 {
		return "No action of this workflow asks OpenAI."
	}
	return ""
}

func (s *Screen) noProblems() string {
	if d := s.opened.data; d == nil || len(d.wf.Problems) == 0 {
		return "Checking found nothing wrong with this workflow."
	}
	return ""
}

func (s *Screen) noPortalProblems() string {
	if len(s.env.Portal.Problems) == 0 {
		return "Checking found nothing wrong with this portal."
	}
	return ""
}

func (s *Screen) noRuns() string {
	if s.opened.newest() == "" {
		return "This workflow was never run; " + s.key("workflows.run") + " runs it."
	}
	return ""
}

// lastRunOf goes to the workflow's newest run.
func (s *Screen) lastRunOf() tea.Cmd {
	id := s.opened.newest()
	if p := s.active(s.opened.file); p != nil {
		id = p.Run
	}
	return ui.GoTo(ui.Runs, ui.ShowRun{ID: id})
}

// edit opens the file in the editor, at the card under the cursor.
func (s *Screen) edit() tea.Cmd {
	o := s.opened
	at := source.Pos{}
	switch f := o.flow(); {
	case !s.inside || f == nil:
	case o.action() != nil:
		at = o.action().Pos
	case f.Enrollment != nil:
		at = f.Enrollment.Pos
	}
	if d := o.data; d != nil && d.wf.Flow == nil && len(d.wf.Problems) > 0 {
		at = source.Pos{Line: d.wf.Problems[0].Line, Col: d.wf.Problems[0].Col}
	}
	return s.editAt(o.file, s.pathOf(o.file), at.Line, at.Col)
}

func (s *Screen) editFields() tea.Cmd {
	return builder.EditFields(s.env, s.opened.data.wf, s.opened.at)
}

func (s *Screen) remove() tea.Cmd { return builder.Remove(s.env, s.opened.data.wf, s.opened.at) }

// addAction adds an action behind the card under the cursor; behind a branch, which has no behind, in one of its arms.
func (s *Screen) addAction() tea.Cmd {
	wf, a := s.opened.data.wf, s.opened.action()
	if a == nil {
		return builder.AddAction(s.env, wf, "", "", "")
	}
	arms := armsOf(a)
	if len(arms) == 0 {
		return builder.AddAction(s.env, wf, a.ID, "", "")
	}
	items := make([]dialog.Choice, len(arms))
	for i, arm := range arms {
		items[i] = dialog.Choice{ID: arm, Title: arm}
	}
	return ui.Open(dialog.Choose(s.env, dialog.ChooseOptions{Title: "In which arm?", Items: items, Do: func(c dialog.Choice) tea.Cmd {
		return builder.AddAction(s.env, wf, "", a.ID, c.ID)
	}}))
}

// armsOf are the arms of a branch, as flow.Edge names them, those that end at once included; none for other actions.
func armsOf(a *flow.Action) []string {
	var arms []string
	for _, b := range a.ListBranches {
		arms = append(arms, b.Name)
	}
	for _, b := range a.StaticBranches {
		arms = append(arms, b.Value)
	}
	for i := range a.TestBranches {
		arms = append(arms, flow.TestArm(i))
	}
	if len(arms) > 0 && len(a.TestBranches) == 0 {
		arms = append(arms, a.DefaultArm())
	}
	return arms
}

// trySettings goes to Assistant with the settings of the asking action under the cursor.
func (s *Screen) trySettings() tea.Cmd {
	a := s.opened.action()
	msg := ui.ShowAssistant{File: s.opened.file, Step: a.ID}
	if n := a.Field(s.opened.data.kinds.OpenAI.Assistant); n != nil {
		msg.Assistant = n.Text
	}
	return ui.GoTo(ui.Assistant, msg)
}

// writeSettings writes what is chosen for the next run into the asking action under the cursor, or into all that ask.
func (s *Screen) writeSettings() tea.Cmd {
	step := ""
	if a := s.opened.action(); a != nil && s.opened.data.kinds.IsOpenAI(a) {
		step = a.ID
	}
	return builder.WriteSettings(s.env, s.opened.data.wf, step, s.env.Settings)
}

// copyToken copies the data token of the action's first output.
func (s *Screen) copyToken() tea.Cmd {
	t := s.opened.data.tokens(s.opened.action())[0]
	return ui.Copy(t, t)
}

// word writes a word of a command line so that a shell takes it as it is.
func word(w string) string {
	if w != "" && strings.Trim(w, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./") == "" {
		return w
	}
	return "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
}
