package runs

import (
	"context"
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/assistant"
	"askflow/internal/report"
	"askflow/internal/run"
	"askflow/internal/service"
	"askflow/internal/tui/dialog"
	"askflow/internal/tui/inspect"
	"askflow/internal/tui/text"
	"askflow/internal/tui/ui"
)

// active is the progress of the run that actions are about, nil when it does not go on here.
func (s *Screen) active() *service.Progress {
	if r := s.target(); r != nil {
		return s.env.Active[r.ID]
	}
	return nil
}

// notRunning says why there is nothing to cancel.
func (s *Screen) notRunning() string {
	r := s.target()
	switch {
	case r == nil:
		return "There is no run under the cursor."
	case s.active() != nil:
		return ""
	case r.Status == run.RunRunning:
		return "Run " + r.ID + " goes on in another program: interrupt it there, with ctrl+c."
	}
	return "Run " + r.ID + " is not running."
}

// notStopped says why there is nothing to resume.
func (s *Screen) notStopped() string {
	r := s.target()
	switch {
	case r == nil:
		return "There is no run under the cursor."
	case s.active() != nil || r.Status == run.RunRunning:
		return "Run " + r.ID + " is running."
	case r.Status != run.RunInterrupted && r.Status != run.RunStopped:
		return "Run " + r.ID + " has ended: there is nothing to resume. R runs the same again."
	}
	return ""
}

// noFailed says why there is nothing to retry.
func (s *Screen) noFailed() string {
	if r := s.target(); r != nil && r.Totals.FailedSteps == 0 && s.active() == nil {
		return "No step of run " + r.ID + " failed."
	}
	return s.stillRunning("retried")
}

// stillRunning says why something has to wait.
func (s *Screen) stillRunning(what string) string {
	r := s.target()
	switch {
	case r == nil:
		return "There is no run under the cursor."
	case s.active() != nil || r.Status == run.RunRunning:
		return "Run " + r.ID + " is running; it can be " + what + " when it has ended."
	}
	return ""
}

func (s *Screen) notComparable() string {
	if n := len(s.list.table.Marked()); s.one == nil && n > 2 {
		return fmt.Sprintf("%d runs are marked; two can be compared. V takes the marks away.", n)
	}
	return ""
}

// noneFailed says why showing only failed enrollments shows nothing.
func (o *one) noneFailed() string {
	if o.totals().FailedSteps == 0 && !o.failedOnly {
		return "No step of run " + o.id + " failed."
	}
	return ""
}

// noneLeftOut says why showing all records shows no more.
func (o *one) noneLeftOut() string {
	if o.totals().Enrollments[run.NotEnrolled] == 0 && !o.all {
		return "Every record that run " + o.id + " considered was enrolled."
	}
	return ""
}

// cancel interrupts the run.
func (s *Screen) cancel() tea.Cmd {
	id, launcher := s.target().ID, s.env.Services.Launcher
	return ui.Start(ui.Task{Name: "interrupting run " + id, Run: func(ctx context.Context) (string, error) {
		if err := launcher.Cancel(ctx, id); err != nil {
			return "", err
		}
		return "Run " + id + " was interrupted; what is done is kept, and u resumes it.", nil
	}})
}

// resume goes on with the run. One that stopped at its budget would stop there again, so that another budget is asked for.
func (s *Screen) resume() tea.Cmd {
	r := s.target()
	if r.Error == nil || r.Error.Code != assistant.CodeOverBudget {
		return s.goOn(service.RunRequest{Resume: r.ID})
	}
	return ui.Open(dialog.Input(s.env, dialog.InputOptions{
		Title: "Resume run " + r.ID + " with another budget", Label: "Budget for the whole run, in US dollars", Placeholder: "0.50",
		Hint: "So far it has cost " + inspect.Money(r.Totals.CostUSD) + ", and it stopped because the next record might cost more than was left.",
		Check: func(v string) error {
			_, err := assistant.ParseMoney(v)
			return err
		},
		Do: func(v string) tea.Cmd {
			return s.goOn(service.RunRequest{Resume: r.ID, MaxCost: strings.TrimSpace(v)})
		}}))
}

// goOn goes on with a run, and says so: what was said of its end holds no more.
func (s *Screen) goOn(r service.RunRequest) tea.Cmd {
	return tea.Batch(ui.Note("Run "+r.Resume+r.RetryFailed+" goes on."), ui.Launch(r))
}

func (s *Screen) retryFailed() tea.Cmd {
	return s.goOn(service.RunRequest{RetryFailed: s.target().ID})
}

func (s *Screen) copyID() tea.Cmd {
	id := s.target().ID
	return ui.Copy(id, "the id "+id)
}

// openWorkflow opens the run's workflow, with the path of the enrollment that is open or under the cursor.
func (s *Screen) openWorkflow() tea.Cmd {
	r := s.target()
	show := ui.ShowWorkflow{File: r.Workflow.File}
	if s.one != nil {
		if b, ok := s.row(); ok {
			show.Run, show.Seq = r.ID, b.Seq
		}
		if s.enrollment != nil {
			show.ActionID = s.enrollment.Action()
		}
	}
	return ui.GoTo(ui.Workflows, show)
}

// row is the enrollment that is open, or under the cursor.
func (s *Screen) row() (run.Brief, bool) {
	o := s.one
	switch {
	case o == nil:
		return run.Brief{}, false
	case s.enrollment != nil:
		record, known := s.enrollment.Record()
		return run.Brief{Seq: s.enrollment.Seq(), Record: record}, known
	}
	return o.table.Selected()
}

func (s *Screen) noRow() string {
	if b, ok := s.row(); !ok || b.Record.ID == "" {
		return "There is no enrollment under the cursor."
	}
	return ""
}

func (s *Screen) openRecord() tea.Cmd {
	b, _ := s.row()
	return ui.GoTo(ui.Records, ui.ShowRecord{ObjectType: b.Record.ObjectType, ID: b.Record.ID})
}

// remove deletes the run, after asking.
func (s *Screen) remove() tea.Cmd {
	r, runs := s.target(), s.env.Services.Runs
	id := r.ID
	return ui.Open(dialog.Confirm(s.env, dialog.ConfirmOptions{
		Title: "Delete run " + id, Danger: true, Yes: "delete",
		Text:    fmt.Sprintf("Run %s of %s and everything it kept will be gone: %s with their steps, prompts, answers and effects.", id, text.Clip(r.Workflow.Name, 60), report.Count(r.Totals.Considered, "records")),
		Details: []string{"Recordings, and the files of the portal, stay.", "x exports its results first."},
		Do: func() tea.Cmd {
			return ui.Start(ui.Task{Name: "deleting run " + id,
				Run:  func(ctx context.Context) (string, error) { return "Run " + id + " was deleted.", runs.Delete(ctx, id) },
				Done: func(err error) tea.Msg { return deletedMsg{id, err} }})
		}}))
}

// otherRuns are runs that one can be compared with.
type otherRuns struct {
	of   *run.Run
	list []*run.Run
}

// compareRuns compares two marked runs, or lets one be chosen to compare the current one with.
func (s *Screen) compareRuns() tea.Cmd {
	r := s.target()
	if s.one == nil {
		if marked := s.list.table.Marked(); len(marked) == 2 {
			return s.openCompare(marked[0], marked[1])
		} else if len(marked) == 1 && marked[0] != r.ID {
			return s.openCompare(marked[0], r.ID)
		}
	}
	runs := s.env.Services.Runs
	return ui.Load(s.env, &s.load.choose, func(ctx context.Context) (otherRuns, error) {
		const most = 100
		same, err := runs.List(ctx, run.RunQuery{Workflow: r.Workflow.File, Limit: most})
		if err != nil {
			return otherRuns{}, err
		}
		all, err := runs.List(ctx, run.RunQuery{Limit: most})
		for _, o := range all {
			if o.Workflow.File != r.Workflow.File {
				same = append(same, o)
			}
		}
		return otherRuns{r, slices.DeleteFunc(same, func(o *run.Run) bool { return o.ID == r.ID })}, err
	})
}

func (s *Screen) othersLoaded(msg ui.Loaded[otherRuns]) tea.Cmd {
	if msg.Of != &s.load.choose || !s.load.choose.Take(msg.N) {
		return nil
	}
	got := msg.Value
	switch {
	case msg.Err != nil:
		return ui.Fail(msg.Err)
	case len(got.list) == 0:
		return ui.Note("There is no other run to compare " + got.of.ID + " with. R runs the same again.")
	}
	items := make([]dialog.Choice, len(got.list))
	for i, o := range got.list {
		sign, _ := inspect.RunStanding(s.env.Theme, o.Status, o.Totals.FailedSteps)
		items[i] = dialog.Choice{ID: o.ID, Title: o.ID + "  " + text.Clip(o.Workflow.Name, 40) + "  " + sign + "  " + when(o.Created, s.env.Now(), s.zone()),
			Detail: report.Count(o.Totals.Considered, "records") + ", " + report.Count(o.Totals.FailedSteps, "failed steps") + ", " + o.Answers + " answers, " + inspect.Money(o.Totals.CostUSD)}
	}
	return ui.Open(dialog.Choose(s.env, dialog.ChooseOptions{Title: "Compare " + got.of.ID + " with", Items: items,
		Do: func(c dialog.Choice) tea.Cmd { return ui.Send(compareMsg{got.of.ID, c.ID}) }}))
}

// compareMsg opens a comparison.
type compareMsg struct{ a, b string }
