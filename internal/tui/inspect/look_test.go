package inspect_test

import (
	"os"
	"strconv"
	"testing"

	"askflow/internal/run"
	"askflow/internal/service"
	"askflow/internal/tui/inspect"
	"askflow/internal/tui/ui"
)

func TestLook(t *testing.T) {
	d := openDemo(t)
	id := d.run(service.RunRequest{Workflow: "workflows/" + os.Getenv("WF"), Enroll: os.Getenv("ENROLL")})
	r, err := d.Runs.Run(d.ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	seq, _ := strconv.ParseInt(os.Getenv("SEQ"), 10, 64)
	page, err := d.Runs.Briefs(d.ctx, id, run.BriefQuery{AfterSeq: -1, BeforeSeq: -1, States: []run.State{run.Completed}})
	if err != nil {
		t.Fatal(err)
	}
	seq = page.Briefs[seq].Seq
	sizes := [][2]int{{80, 24}, {120, 40}, {200, 60}}
	if n, err := strconv.Atoi(os.Getenv("SIZE")); err == nil {
		sizes = sizes[n : n+1]
	}
	for _, size := range sizes {
		s := openServices(t, size[0], size[1], d.Services, func(env *ui.Env) part { return inspect.NewEnrollment(env, r, seq) })
		t.Log("\n" + s.Screen())
		if err := fits(s.Styled(), size[0], size[1]); err != nil {
			t.Error(err)
		}
		s.Press("[")
		t.Log("\n" + s.Screen())
		s.Press("m", "enter")
		t.Log("\n" + s.Screen())
		s.Press("]", "]")
		t.Log("\n" + s.Screen())
		s.Press("]")
		t.Log("\n" + s.Screen())
		s.Press("esc", "down", "down", "down", "down")
		t.Log("\n" + s.Screen())
	}
}

func TestLookCompare(t *testing.T) {
	d := openDemo(t)
	a := d.run(service.RunRequest{Workflow: "workflows/lead-qualification.yaml"})
	d.edit("responses/lead-qualification.yaml", "B: A butcher with one chiller", "A: A tiny butcher with two chillers")
	d.edit("workflows/lead-qualification.yaml", "Job title:", "Role:")
	b := d.run(service.RunRequest{Workflow: "workflows/lead-qualification.yaml"})
	sizes := [][2]int{{80, 24}, {120, 40}, {200, 60}}
	if n, err := strconv.Atoi(os.Getenv("SIZE")); err == nil {
		sizes = sizes[n : n+1]
	}
	for _, size := range sizes {
		s := openServices(t, size[0], size[1], d.Services, func(env *ui.Env) part { return inspect.NewCompare(env, a, b) })
		t.Log("\n" + s.Screen())
		if err := fits(s.Styled(), size[0], size[1]); err != nil {
			t.Error(err)
		}
		s.Press("down", "enter")
		t.Log("\n" + s.Screen())
	}
}
