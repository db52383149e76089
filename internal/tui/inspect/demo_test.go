package inspect_test

import (
	"testing"

	"askflow/internal/run"
	"askflow/internal/service"
	"askflow/internal/tui/inspect"
	"askflow/internal/tui/tuitest"
	"askflow/internal/tui/ui"
)

// openRecord shows a record of a run of the demo portal.
func (d *demo) openRecord(t *testing.T, id, record string, width, height int) *screen {
	t.Helper()
	stored, err := d.Runs.Run(d.ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	page, err := d.Runs.Briefs(d.ctx, id, run.BriefQuery{AfterSeq: -1, BeforeSeq: -1, Text: record})
	if err != nil || len(page.Briefs) == 0 {
		t.Fatalf("there is no record %s in %s: %v", record, id, err)
	}
	return openServices(t, width, height, d.Services, func(env *ui.Env) part { return inspect.NewEnrollment(env, stored, page.Briefs[0].Seq) })
}

// TestReadPromptAnswerAndAttempts: somebody wants to know what was asked for one record, what came back, and why it took so long.
func TestReadPromptAnswerAndAttempts(t *testing.T) {
	t.Parallel()
	d := openDemo(t)
	id := d.run(service.RunRequest{Workflow: "workflows/lead-qualification.yaml"})
	s := d.openRecord(t, id, "2002", 100, 30)
	s.See("Callum Reid", "✓ completed", "[Response]", "A butcher with one chiller", "→ Warm", "lead_grade =")
	s.Press("[").See("how much for 3 sensors").Press("m").See("enrolled_object.company", "▸ Company: Reid's Game Butchers")
	s.Press("]", "y")
	if s.Clipboard != "B: A butcher with one chiller and two freezers asks for the price of three sensors, but names no date." {
		t.Errorf("copied %q", s.Clipboard)
	}
	s = d.openRecord(t, id, "2005", 100, 40)
	s.See("2 attempts").Press("]").See("[Attempts]", "✗ 429 rate_limit_exceeded", "then waited 2.0 s", "✓ 200")
	s = d.openRecord(t, id, "2057", 100, 40)
	s.See("✗ 1 failed", "[Attempts]", "refus")
}

// TestDemoWorkflows: every record of every workflow of the demo can be looked at, step by step.
func TestDemoWorkflows(t *testing.T) {
	t.Parallel()
	d := openDemo(t)
	for _, file := range []string{"email-draft.yaml", "record-summary.yaml", "state-formatting.json"} {
		id := d.run(service.RunRequest{Workflow: "workflows/" + file})
		page, err := d.Runs.Briefs(d.ctx, id, run.BriefQuery{AfterSeq: -1, BeforeSeq: -1, Asked: true, Limit: 3})
		if err != nil || len(page.Briefs) == 0 {
			t.Fatalf("%s asked for nobody: %v", file, err)
		}
		for _, b := range page.Briefs {
			s := d.openRecord(t, id, b.Record.ID, 80, 24)
			s.Press("home", "i", "enter").See("[Response]").Press("[").See("data tokens").NotSee("cannot be told").Press("esc", "home")
			for range b.Steps {
				for range 4 {
					if err := tuitest.Check(s.Styled(), 80, 24); err != nil {
						t.Errorf("%s, record %s: %v", file, b.Record.ID, err)
					}
					s.Press("]")
				}
				s.Press("down")
			}
		}
	}
}

// TestWhatAChangedPromptDid: somebody edits an answer and a prompt, runs again and wants to see what that did.
func TestWhatAChangedPromptDid(t *testing.T) {
	t.Parallel()
	d := openDemo(t)
	a := d.run(service.RunRequest{Workflow: "workflows/lead-qualification.yaml"})
	d.edit("responses/lead-qualification.yaml", "B: A butcher with one chiller", "A: A tiny butcher with two chillers")
	d.edit("workflows/lead-qualification.yaml", "Job title:", "Role:")
	b := d.run(service.RunRequest{Workflow: "workflows/lead-qualification.yaml"})
	s := openServices(t, 120, 40, d.Services, func(env *ui.Env) part { return inspect.NewCompare(env, a, b) })
	s.See("Changed  prompt of step qualify · responses/lead-qualification.yaml", "1 record differs · 254 alike", "Callum Reid", "[-B-]{+A+}: A {+tiny +}butcher", "[-Job title-]{+Role+}:", "+ Send in-app notification (8)")
	s.Press("!", "!").See("No record differs in state").Press("!").See("1 record differs in path").Press("s").See("{+B+}", "r2 ⇄ r1")
}
