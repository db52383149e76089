package openaisim_test

import (
	"context"
	"net/http"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/assistant"
	"askflow/internal/openaisim"
)

// TestAnswered: every rule that answers is told of, faults too, attempt by attempt; what no rule answers is not.
func TestAnswered(t *testing.T) {
	t.Parallel()
	faults := rules(t, `
- {name: overloaded, when: {record: "1"}, fault: {status: 503}, times: 1}
- {name: lost, when: {record: "4"}, fault: reset}
- {name: late, when: {record: "5"}, fault: timeout}
`)
	scripted := rules(t, `
- {name: slow down, when: {record: "1"}, fault: {status: 429}, times: 1}
- {name: unwritten, when: {record: "3"}, reply: ""}
- {name: refuses, when: {record: "6"}, fault: refusal}
- {name: hi, when: {prompt: hi}, reply: there}
`)
	for _, protocol := range protocols() {
		for _, c := range []struct {
			record, prompt string
			want           []string
		}{
			{"1", "hi", []string{"overloaded", "slow down", "hi"}},
			{"2", "hi", []string{"hi"}},
			{"2", "nobody knows", nil},
			{"3", "hi", nil},
			{"4", "hi", []string{"lost", "lost", "lost"}},
			{"5", "hi", []string{"late", "late", "late"}},
			{"6", "hi", []string{"refuses"}},
		} {
			var mu sync.Mutex
			var got []string
			o := openaisim.Options{Rules: scripted, Faults: faults, Answered: func(r *openaisim.Rule) {
				mu.Lock()
				defer mu.Unlock()
				got = append(got, r.Name)
			}}
			_, _, _ = play(t, o, who{record: c.record, prompt: c.prompt, protocol: protocol}) // whether it fails, is other tests' business
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%s, record %s, %q (-want +got):\n%s", protocol, c.record, c.prompt, diff)
			}
		}
	}
}

// TestAnsweredIsAboutQuestions: a request that is refused before a rule is looked for tells of none.
func TestAnsweredIsAboutQuestions(t *testing.T) {
	t.Parallel()
	told := 0
	sim := openaisim.New(openaisim.Options{Rules: rules(t, "- reply: CA\n"), Models: assistant.DefaultModels(), Allowed: []string{"gpt-6-luna"},
		Answered: func(*openaisim.Rule) { told++ }})
	client := assistant.NewClient(assistant.Config{Transport: sim, Models: assistant.DefaultModels(), Seed: 1})
	q := benchQuestion()
	q.Model = "gpt-5.4-mini"
	if _, err := client.Ask(benchContext(), q); err == nil {
		t.Error("a model that is not allowed was asked")
	}
	if req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, "https://api.openai.com/v1/models", nil); err != nil {
		t.Fatal(err)
	} else if resp, err := sim.RoundTrip(req); err != nil {
		t.Fatal(err)
	} else if err := resp.Body.Close(); err != nil {
		t.Fatal(err)
	}
	if told != 0 {
		t.Errorf("a rule was told of %d times", told)
	}
	if _, err := client.Ask(benchContext(), benchQuestion()); err != nil || told != 1 {
		t.Errorf("told %d times, %v", told, err)
	}
}
