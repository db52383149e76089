// Package builder holds the dialogs that change a workflow: a new one, its enrollment triggers, its actions and their fields.
// Every change is worked out first and shown as a difference; nothing is written before that is accepted.
package builder

import (
	"context"
	"fmt"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/flow"
	"askflow/internal/service"
	"askflow/internal/source"
	"askflow/internal/tui/dialog"
	"askflow/internal/tui/ui"
)

// Written tells the place that a workflow's file was written. Step is what was changed or added, by its name or action id, and
// "" where it was the workflow itself or what is gone now.
type Written struct{ File, Step string }

// Cancelled tells the place that nothing was changed.
type Cancelled struct{}

// cancelled is what leaving the first dialog does.
func cancelled() tea.Cmd { return ui.Send(Cancelled{}) }

// asked is a dialog that does something when it is left without an answer.
type asked struct {
	ui.Dialog
	leave func() tea.Cmd
	// unsaved is what leaving loses beside what the dialog itself would.
	unsaved string
}

// leaving makes a dialog do something when it is left without an answer.
func leaving(d ui.Dialog, leave func() tea.Cmd) ui.Dialog { return &asked{Dialog: d, leave: leave} }

// losing is leaving for a dialog with which something is lost, "" for nothing.
func losing(d ui.Dialog, unsaved string, leave func() tea.Cmd) ui.Dialog {
	return &asked{Dialog: d, leave: leave, unsaved: unsaved}
}

// Unsaved says what is lost when the dialog is left without an answer, "" for nothing.
func (a *asked) Unsaved() string {
	if a.unsaved != "" {
		return a.unsaved
	}
	return dialog.Unsaved(a.Dialog)
}

// Bindings are the dialog's own, with another way out.
func (a *asked) Bindings() []ui.Binding {
	list := append([]ui.Binding(nil), a.Dialog.Bindings()...)
	for i, b := range list {
		if b.Do != nil {
			list[i].Do = func() tea.Cmd { return a.out(b.Do()) }
		}
	}
	return list
}

// Update is the dialog's own, with another way out.
func (a *asked) Update(msg tea.Msg) tea.Cmd { return a.out(a.Dialog.Update(msg)) }

// out puts what leaving does behind a close with nothing behind it.
func (a *asked) out(cmd tea.Cmd) tea.Cmd {
	if cmd == nil {
		return nil
	}
	return func() tea.Msg {
		msg := cmd()
		if c, is := msg.(ui.CloseMsg); is && c.Then == nil {
			return ui.CloseMsg{Then: a.leave()}
		}
		return msg
	}
}

// work is what dialogs read of the environment at the moment they are asked for; the rest happens outside of Update.
type work struct {
	env      *ui.Env
	services *service.Services
	ctx      context.Context
	portal   *service.Portal
}

func newWork(env *ui.Env) work {
	w := work{env: env, services: env.Services, ctx: env.Context, portal: env.Portal}
	if w.ctx == nil {
		w.ctx = context.Background()
	}
	if w.portal == nil {
		w.portal = &service.Portal{}
	}
	return w
}

// openAI is how the portal maps the asking action.
func (w work) openAI() flow.OpenAIAction {
	if w.portal.OpenAIAction.TypeID == "" {
		return flow.DefaultOpenAIAction()
	}
	return w.portal.OpenAIAction
}

// unreadable is why a workflow's actions cannot be changed here, nil when they can.
func unreadable(wf *service.Workflow) error {
	if wf == nil || wf.Item == nil {
		return &service.Error{Code: "usage", Message: "There is no workflow here.", Hint: "choose one first"}
	}
	if wf.Flow == nil {
		return &service.Error{Code: "invalid_workflow", Message: "The file " + wf.Item.File + " cannot be read as a workflow, so it can only be changed in an editor.",
			Hint: "open it in the editor, where its problems are shown", Problems: wf.Problems}
	}
	return nil
}

// failed shows an error, and tells the place that nothing was changed.
func failed(err error) tea.Cmd { return tea.Batch(ui.Fail(err), cancelled()) }

// change is a change on its way into a file.
type change struct {
	work
	title string
	file  string
	edits []service.Edit
	// step is what Written names; where it is "" and added is set, it is the action that was not there before.
	step  string
	added *flow.Flow
	// before are the problems that the file has already.
	before source.Problems
	// again opens the dialog that the change came from; nil when there was none.
	again func() tea.Cmd
	note  string
	// then is what is done besides when it was written; nil for nothing.
	then tea.Cmd
}

// back is what leaving the difference does.
func (c change) back() tea.Cmd {
	if c.again == nil {
		return cancelled()
	}
	return c.again()
}

// propose works the change out and shows it.
func (c change) propose() tea.Cmd {
	return func() tea.Msg {
		p, err := c.services.Workflows.Propose(c.ctx, c.file, c.edits...)
		if err != nil {
			return tea.BatchMsg{c.back(), ui.Fail(err)}
		}
		return ui.OpenMsg{Dialog: c.diff(p)}
	}
}

// diff shows what would be written.
func (c change) diff(p *service.Proposal) ui.Dialog {
	title := c.title
	if c.note != "" {
		title = c.note
	}
	yes := "Write " + p.File
	if p.Problems.HasErrors() {
		yes = "Write it, though it has " + counted(len(p.Problems.Errors()), "error")
	}
	return leaving(dialog.Diff(c.env, dialog.DiffOptions{Title: title, Proposal: p, Yes: yes, Do: func() tea.Cmd { return c.accept(p) }}), c.back)
}

// accept writes; a result with errors only after they were read.
func (c change) accept(p *service.Proposal) tea.Cmd {
	wrong := p.Problems.Errors()
	if len(wrong) == 0 {
		return c.write(p)
	}
	known := map[string]bool{}
	for _, b := range c.before {
		known[b.Code+b.Message] = true
	}
	details, old := make([]string, 0, len(wrong)), 0
	for _, e := range wrong {
		line := e.Error()
		if known[e.Code+e.Message] {
			line, old = line+" (was there before)", old+1
		}
		details = append(details, line)
	}
	text := "The workflow cannot run like this. " + p.File + " would have " + counted(len(wrong), "error")
	if old > 0 {
		text += fmt.Sprintf(", of which %d %s there before", old, were(old))
	}
	return ui.Open(leaving(dialog.Confirm(c.env, dialog.ConfirmOptions{Title: "Write a workflow that cannot run?", Text: text + ":", Details: details, Yes: "Write it anyway", Danger: true,
		Do: func() tea.Cmd { return c.write(p) }}), func() tea.Cmd { return ui.Open(c.diff(p)) }))
}

func were(n int) string {
	if n == 1 {
		return "was"
	}
	return "were"
}

// write writes what was shown. Where the file changed meanwhile, the change is worked out on what it holds now.
func (c change) write(p *service.Proposal) tea.Cmd {
	return func() tea.Msg {
		err := c.services.Workflows.Write(c.ctx, p)
		switch {
		case err == nil:
			return tea.BatchMsg{ui.Send(Written{p.File, c.written(p)}), ui.Note(p.File + " was written."), c.then}
		case service.CodeOf(err) == service.CodeChanged && p.Base != nil:
			c.note = "The file changed meanwhile: this is the change to what it holds now"
			return c.propose()()
		}
		return tea.BatchMsg{c.back(), ui.Fail(err)}
	}
}

// written is the step that Written names.
func (c change) written(p *service.Proposal) string {
	if c.step != "" || c.added == nil {
		return c.step
	}
	now, _ := flow.Parse(p.File, p.Text, c.openAI()) // its problems were shown
	if now == nil {
		return ""
	}
	for _, a := range now.Actions {
		if c.added.Action(a.ID) == nil {
			return a.Display()
		}
	}
	return ""
}

func counted(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}
