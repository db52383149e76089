package workflows

import (
	"context"
	"fmt"
	"strconv"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/report"
	"askflow/internal/run"
	"askflow/internal/service"
	"askflow/internal/tui/text"
	"askflow/internal/tui/theme"
	"askflow/internal/tui/ui"
	"askflow/internal/tui/widget"
)

// planned is a plan that is shown.
type planned struct {
	file, fileName, name string
	plan                 *run.Plan
	doc                  *widget.Doc
	text                 *widget.Sheet
}

// plannedMsg brings a plan.
type plannedMsg struct {
	planned *planned
	// again tells that it is one that was shown already.
	again bool
}

// startPlan works out what a run would ask and cost, as a task that can be cancelled.
func (s *Screen) startPlan() tea.Cmd {
	o := s.opened
	out := &planned{file: o.file, fileName: o.fileName(), name: o.name()}
	launcher, th := s.env.Services.Launcher, s.env.Theme
	request := s.env.Settings.Fill(service.RunRequest{Workflow: o.file}, false)
	return ui.Start(ui.Task{
		Name: "planning a run of " + out.fileName,
		Run: func(ctx context.Context) (string, error) {
			plan, err := launcher.Plan(ctx, request)
			if err != nil {
				return "", err
			}
			out.plan = plan
			out.draw(th)
			return "", nil
		},
		Done: func(err error) tea.Msg {
			if err != nil {
				return nil
			}
			return plannedMsg{planned: out}
		},
	})
}

// draw writes the plan, outside of Update: prompts may be long.
func (p *planned) draw(th *theme.Theme) {
	d := newDoc(th)
	d.plan(p.plan)
	p.doc, p.text = d.Doc, d.Sheet()
}

// redraw is the plan in the colours of another theme.
func (p *planned) redraw(th *theme.Theme) tea.Cmd {
	again := *p
	return func() tea.Msg {
		again.draw(th)
		return plannedMsg{&again, true}
	}
}

// showPlan shows the plan, unless another workflow is looked at by now, or it was left.
func (s *Screen) showPlan(msg plannedMsg) tea.Cmd {
	switch {
	case msg.planned.file != s.opened.file:
		return ui.Note("The plan of " + text.Clip(msg.planned.name, 60) + " is ready, but another workflow is open; plan it again to see it.")
	case !msg.again:
		s.plan = msg.planned
	case s.plan != nil && s.plan.plan == msg.planned.plan:
		s.plan.text.Repaint(msg.planned.doc) // it stays where it was scrolled to
	}
	return nil
}

// plan writes a plan.
func (d *doc) plan(p *run.Plan) {
	th := d.Theme
	d.Head("Records")
	d.Put(th.Strong, "  "+report.Number(p.Enrolled))
	d.Line(th.Text, " of "+report.Count(p.Considered, "records")+" would enroll")
	for _, r := range p.NotEnrolled {
		d.Put(th.Text, fmt.Sprintf("  %8s", report.Number(r.Records)))
		d.Line(th.Faint, "  not: "+r.Reason)
	}
	d.Head("Asks, with " + p.Answers + " answers")
	if len(p.Asks) == 0 {
		d.Line(th.Faint, "  none: no action of this workflow asks OpenAI")
	}
	for i := range p.Asks {
		d.planAsk(&p.Asks[i])
	}
	d.Head("Cost")
	switch {
	case p.MaxCostUSD == "":
		d.Line(th.Warn, "  ! not known: a model's price is not known")
	case p.Answers == "scripted" || p.Answers == "replay":
		d.Line(th.Text, "  nothing with "+p.Answers+" answers; live it would be "+costRange(p.MinCostUSD, p.MaxCostUSD))
	default:
		d.Line(th.Strong, "  "+costRange(p.MinCostUSD, p.MaxCostUSD))
	}
	d.Line(th.Faint, "  prices as of "+p.PricesAsOf)
	if len(p.Samples) > 0 {
		d.Head("Prompts as they would be sent")
	}
	for i, sample := range p.Samples {
		if i > 0 {
			d.Newline()
		}
		name := sample.Record.Name
		if name == "" {
			name = sample.Record.ObjectType + " " + sample.Record.ID
		}
		d.Put(th.Strong, "  "+name)
		d.Line(th.Faint, fmt.Sprintf("  action %s, %s", sample.Action, report.Count(int64(sample.Tokens), "tokens")))
		d.Text("    ")
		d.Lines(th.Value, sample.Prompt, "    ")
		d.Newline()
	}
}

func costRange(from, to string) string {
	if from == "" || from == to {
		return "at most $" + to
	}
	return "$" + from + " to $" + to
}

func (d *doc) planAsk(a *run.PlanAsk) {
	th := d.Theme
	name := a.Name
	if name == "" {
		name = "action " + a.ActionID
	}
	d.Put(th.Strong, "  "+name)
	what := "  " + a.Assistant + ", " + a.Model
	if a.Temperature != nil {
		what += ", temperature " + strconv.FormatFloat(*a.Temperature, 'f', -1, 64)
	}
	if a.ReasoningEffort != "" {
		what += ", effort " + a.ReasoningEffort
	}
	d.Line(th.Value, what)
	for _, w := range a.Warnings {
		d.Line(th.Warn, "    ! "+w)
	}
	if a.Refused != nil {
		d.Line(th.Bad, "    ✗ "+a.Refused.Message)
		if a.Refused.Hint != "" {
			d.Line(th.Faint, "      "+a.Refused.Hint)
		}
		return
	}
	often := report.Count(a.Asks, "questions")
	if a.Conditional {
		often = "at most " + often + ", since not every record comes here"
	}
	d.Line(th.Text, "    "+often)
	d.Line(th.Text, "    "+report.Number(a.InputTokens)+" tokens in, at most "+report.Number(a.MaxOutput)+" out")
	if a.MaxCostUSD != "" {
		d.Line(th.Text, "    "+costRange(a.MinCostUSD, a.MaxCostUSD))
	}
}
