package runs_test

import (
	"context"
	"testing"

	"askflow/internal/rewrite"
	"askflow/internal/run"
	"askflow/internal/service"
)

// writing is a portal that notes what is written.
type writing struct {
	portal
	wrote []*service.Proposal
	err   error
}

func (w *writing) Write(_ context.Context, p *service.Proposal) error {
	w.wrote = append(w.wrote, p)
	return w.err
}

func TestTheDraftIsShownBeforeItIsWritten(t *testing.T) {
	t.Parallel()
	s := sample()
	services, w := s.services(), &writing{}
	services.Workflows = w
	d, _ := drive(t, services, 120, 40)
	d.Press("M").NotSee("without an answer")
	text := "# Questions of run r5\n- name: \"\x1b[31mAda\"\n  reply: \"\"\n"
	p := &service.Proposal{File: "responses/draft-r5.yaml", Text: []byte(text), Lines: rewrite.Lines("", text)}
	d.Msg(service.Event{Kind: service.EventRun, Progress: &service.Progress{Run: "r5", Total: 45, Ended: true, Status: run.RunCompleted, Draft: p}})
	d.See("had no answer", "nothing is written")
	d.Press("M").See("The questions of r5 without an answer", "responses/draft-r5.yaml (new)", "␛[31mAda").Press("esc").NotSee("without an answer")
	d.Press("enter", "M").See("responses/draft-r5.yaml (new)")
	if len(w.wrote) != 0 {
		t.Fatal("it was written before anybody said yes")
	}
	w.err = &service.Error{Code: service.CodeChanged, Message: "responses/draft-r5.yaml exists already.", Hint: "look at it"}
	d.Press("enter").See("exists already").Press("M").See("(new)")
	w.err = nil
	d.Press("enter").See("Wrote responses/draft-r5.yaml")
	if len(w.wrote) != 2 || w.wrote[1] != p {
		t.Errorf("written was %+v", w.wrote)
	}
	d.Press("M").NotSee("(new)")
}
