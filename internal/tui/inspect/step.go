package inspect

import (
	"fmt"
	"slices"
	"strings"

	"askflow/internal/flow"
	"askflow/internal/run"
	"askflow/internal/token"
)

// notes are warnings and times of a step.
func (t tabOf) notes(d *doc, s *run.Step) {
	if len(s.Warnings) > 0 {
		d.Head("Notes")
	}
	for _, w := range s.Warnings {
		style, sign := t.th.Warn, "! "
		if run.IsNote(w) {
			style, sign = t.th.Faint, "· "
		}
		d.Hang(4)
		d.Put(style, "  "+sign)
		d.indented(t.th.Text, w, "    ")
		d.Newline()
	}
	if s.Started == nil && s.Ended == nil {
		return
	}
	d.Head("On the timeline")
	if s.Started != nil {
		d.field("began", strings.TrimSpace(t.row.moment(*s.Started)+"  "+t.row.since(s.Started)), t.th.Text)
	}
	if s.Ended != nil {
		d.field("ended", strings.TrimSpace(t.row.moment(*s.Ended)+"  "+t.row.since(s.Ended)), t.th.Text)
	}
}

// step says what became of a step that asked nobody: why a branch was taken, until when it waits, why it was skipped.
func (t tabOf) step(d *doc, s *run.Step) {
	sign, style := StepSign(t.th, s)
	d.Put(style, sign+" "+string(s.State))
	d.Newline()
	why := ""
	switch {
	case s.State == run.Skipped, s.State == run.Blocked, s.WaitUntil != nil, s.Branch != nil:
		why = "why"
	case s.Reason != "":
		why = "reason"
	}
	if s.Branch != nil {
		arm := *s.Branch
		if arm == "" {
			arm = "(no arm: the path ends)"
		}
		d.field("branch", arm, t.th.Accent)
	}
	if s.WaitUntil != nil {
		d.field("until", strings.TrimSpace(t.row.moment(*s.WaitUntil)+"  "+t.row.since(s.WaitUntil)), t.th.Value)
	}
	d.field(why, s.Reason, t.th.Text)
	if s.Pinned {
		d.field("pinned", "the output was given with --pin; nothing was executed", t.th.Warn)
	}
	if s.Stubbed {
		d.field("stubbed", "the inputs were kept and nothing was executed", t.th.Warn)
	}
	about := s.ActionID
	if s.Name != "" {
		about = s.Name + " (" + s.ActionID + ")"
	}
	d.field("action", about, t.th.Text)
	d.field("type", s.ActionTypeID, t.th.Text)
	if s.Visit > 1 {
		d.field("visit", fmt.Sprintf("%d: a loop came back here", s.Visit), t.th.Text)
	}
	t.failure(d, s)
	if len(s.Inputs) > 0 {
		d.Head("Inputs")
	}
	for _, k := range sortedKeys(s.Inputs) {
		d.field(k, orEmpty(s.Inputs[k]), t.th.Value)
	}
	t.notes(d, s)
}

// outputs are what the step offers to later ones, each with the token that gives it.
func (t tabOf) outputs(d *doc, s *run.Step) {
	name := s.ActionID
	if s.Name != "" && !strings.HasSuffix(strings.ToLower(t.row.run.Workflow.File), ".json") { // names are the YAML form's
		name = s.Name
	}
	keys := sortedKeys(s.Outputs)
	if i := slices.Index(keys, flow.ExecutionState); i >= 0 { // every action has it; it says least
		keys = append(slices.Delete(keys, i, i+1), flow.ExecutionState)
	}
	for _, k := range keys {
		ref := token.Ref{Kind: token.ActionOutput, Name: name, Property: k}
		if d.Len() > 0 {
			d.Newline()
		}
		d.Line(t.th.Token, ref.String())
		d.Text("  ")
		style := t.th.Value
		if s.Outputs[k] == "" {
			style = t.th.Faint
		}
		d.indented(style, orEmpty(s.Outputs[k]), "  ")
		d.Newline()
	}
}

func orEmpty(s string) string {
	if s == "" {
		return "(empty)"
	}
	return s
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
