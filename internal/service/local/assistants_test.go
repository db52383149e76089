package local_test

import (
	"strings"
	"testing"

	"askflow/internal/run"
	"askflow/internal/service"
)

func TestAssistantsAndModels(t *testing.T) {
	t.Parallel()
	d := open(t, demoDir(t))
	list, err := d.Assistants.List(d.ctx)
	if err != nil || len(list) != 5 || list[0].File != "assistants/email-drafter.json" {
		t.Fatalf("%v %v", list, err)
	}
	models, err := d.Assistants.Models(d.ctx)
	if err != nil {
		t.Fatal(err)
	}
	priced, words := 0, map[string]bool{}
	for _, m := range models {
		words[m.Temperature] = true
		if m.InputUSD != "" {
			priced++
		}
		if m.Offered != nil {
			t.Errorf("without an account, somebody knows whether %s is offered", m.ID)
		}
	}
	delete(words, "")
	if priced < 5 || !words["always"] || !words["with_none"] || len(words) > 3 {
		t.Errorf("%d models with a price, temperatures %v", priced, words)
	}
}

func TestResolve(t *testing.T) {
	t.Parallel()
	d := open(t, demoDir(t))
	q := service.SettingsQuery{File: "workflows/lead-qualification.yaml", Step: "qualify"}
	r, err := d.Assistants.Resolve(d.ctx, q)
	if err != nil || r.Refused != nil || r.Assistant == "" || r.Model == "" || r.Temperature == nil || *r.Temperature != 0.2 || r.ReasoningEffort != "none" || len(r.Efforts) == 0 {
		t.Fatalf("%+v %v", r, err)
	}
	hot := 3.0
	q.Temperature = &hot
	if r, err = d.Assistants.Resolve(d.ctx, q); err != nil || r.Refused == nil {
		t.Errorf("%+v %v", r, err)
	}
	_, err = d.Assistants.Resolve(d.ctx, service.SettingsQuery{File: "workflows/nothing.yaml", Step: "x"})
	wants(t, err, "unknown_workflow")
}

func TestRenderAndTry(t *testing.T) {
	t.Parallel()
	d := open(t, demoDir(t))
	q := service.TryRequest{SettingsQuery: service.SettingsQuery{File: "workflows/lead-qualification.yaml", Step: "qualify"}, ObjectType: "contact", RecordID: "2001"}
	q.Prompt = "Dear {{ enrolled_object.firstname }}, {{ enrolled_object.nosuch }}!"
	r, err := d.Assistants.Render(d.ctx, q)
	if err != nil || r.Text != "Dear Nora, !" || len(r.Tokens) != 2 || r.Text[r.Tokens[0].Start:r.Tokens[0].End] != "Nora" || !r.Tokens[1].Missing || r.Tokens[1].Why == "" {
		t.Fatalf("%+v %v", r, err)
	}
	q.Prompt = "" // the step's own, which is scripted
	tried, err := d.Assistants.Try(d.ctx, q)
	if err != nil {
		t.Fatal(err)
	}
	ask := tried.Step.Ask
	if tried.Step.State != run.Success || ask == nil || ask.Response == nil || !strings.HasPrefix(*ask.Response, "A:") || !strings.Contains(tried.Rendered.Text, "Nora Feldmann") || tried.Sent.Model != ask.Model {
		t.Errorf("%+v", tried)
	}
	if list, err := d.Runs.List(d.ctx, run.RunQuery{}); err != nil || len(list) != 0 {
		t.Errorf("a single question was stored as a run: %v %v", list, err)
	}
	q.Answers = "live"
	_, err = d.Assistants.Try(d.ctx, q)
	wants(t, err, service.CodeNotConnected)
}
