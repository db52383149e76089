package service_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/run"
	"askflow/internal/service"
	"askflow/internal/source"
)

// Hints that name commands and options name places and keys on the screen.
func TestHintsOnTheScreen(t *testing.T) {
	t.Parallel()
	for from, want := range map[string]string{
		"add a rule to responses/, or let run --draft-missing write a skeleton of it":                       "add a rule to responses/, or let R › Draft missing in Workflows (1) make a skeleton of it",
		"record some with emulator run lead-qualification --answers record, or run with --answers scripted": "record some with R in Workflows (1), answers record, or choose scripted answers there",
		"record some with emulator run WORKFLOW --answers record":                                           "record some with R in Workflows (1), answers record",
		"record it: emulator run WORKFLOW --answers record":                                                 "record it with R in Workflows (1), answers record",
		"emulator validate shows warnings too":                                                              "P in Workflows (1) lists all problems",
		"connect one: emulator account connect":                                                             "connect one with c in Account (6)",
		"run: emulator account connect; scripted and replayed runs need no account":                         "connect one with c in Account (6); scripted and replayed runs need no account",
		"make a new key at platform.openai.com/api-keys and run: emulator account reconnect":                "make a new key at platform.openai.com/api-keys and connect it with n in Account (6)",
		"connect a valid key: emulator account reconnect":                                                   "connect a valid key with n in Account (6)",
		"emulator run lead --resume r12":                                                                    "u in Runs (4) goes on with it",
		"emulator records list contacts shows those there are":                                              "Records (3) shows those there are",
		"try again; lower --concurrency":                                                                    "try again; lower R › At once in Workflows (1)",
		"raise --max-cost or openai.limits.max_cost_usd":                                                    "raise the budget or openai.limits.max_cost_usd",
		"emulator assistants import FILE makes a file of each":                                              "emulator assistants import FILE makes a file of each",
		"add credit": "add credit",
		"":           "",
	} {
		if got := service.OnScreen(from); got != want {
			t.Errorf("%q became %q, want %q", from, got, want)
		}
	}
}

// What is handed on is changed in a copy.
func TestHintsAreChangedInCopies(t *testing.T) {
	t.Parallel()
	found := source.Problems{{Code: "a", Hint: "fine"}, {Code: "b", Hint: "run with --draft-missing, which writes a file for the replies"}}
	out := service.FoundOnScreen(found)
	if found[1].Hint == out[1].Hint || out[0] != found[0] || strings.Contains(out[1].Hint, "--") {
		t.Error(cmp.Diff(found, out))
	}
	e := &run.Error{Code: "no_scripted_answer", Message: "m", Hint: "or let run --draft-missing write a skeleton of it"}
	if got := service.AskedOnScreen(e); got == e || strings.Contains(got.Hint, "--") || got.Code != e.Code || !strings.Contains(e.Hint, "--draft-missing") {
		t.Errorf("%+v", got)
	}
	if service.AskedOnScreen(nil) != nil {
		t.Error("no error became one")
	}
}
